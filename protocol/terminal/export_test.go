package terminal

// Unescape reads what stands in a line of a transcript: Go's escapes, and \e.
func Unescape(s string) (string, error) { return unescape(s) }

// ToldOuter is a user's terminal that tells all there is to tell.
func ToldOuter() Outer { return testOuter }
