package terminal

import "strconv"

// Unescape reads what stands in a line of a transcript: Go's escapes, and \e.
func Unescape(s string) (string, error) { return unescape(s) }

// ColorNames are the names of colours, one of each.
func ColorNames() []string {
	var out []string
	for _, c := range colorNames {
		out = append(out, c.name)
	}
	for _, c := range colorShades {
		for n := range c.rgb {
			out = append(out, c.name+strconv.Itoa(n+1))
		}
	}
	for n := range 101 {
		out = append(out, "grey"+strconv.Itoa(n))
	}
	return out
}

// ToldOuter is a user's terminal that tells all there is to tell.
func ToldOuter() Outer { return testOuter }
