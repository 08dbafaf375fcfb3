package render

import "gmosh/protocol/terminal"

// color brings c down to what the receiver has.
func (d *Dialect) color(c terminal.Color) terminal.Color {
	if c == 0 || d.Colors >= TrueColor {
		return c
	}
	if d.Colors < Colors8 {
		return 0
	}
	n, ok := c.Index()
	if !ok {
		r, g, b, _ := c.RGB()
		n = nearest256(int(r), int(g), int(b))
	}
	if d.Colors < Colors256 && n > 15 {
		n = nearest16(palette(n))
	}
	return terminal.Indexed(n)
}

// cubeLevels are the components of the 6×6×6 colour cube, 16 to 231.
var cubeLevels = [6]int{0, 95, 135, 175, 215, 255}

// base16 are xterm's colours 0 to 15.
var base16 = [16][3]int{
	{0, 0, 0}, {205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
	{127, 127, 127}, {255, 0, 0}, {0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255}, {0, 255, 255}, {255, 255, 255},
}

// palette returns what colour n of the 256 looks like.
func palette(n uint8) (r, g, b int) {
	switch {
	case n < 16:
		c := base16[n]
		return c[0], c[1], c[2]
	case n < 232:
		n -= 16
		return cubeLevels[n/36], cubeLevels[n/6%6], cubeLevels[n%6]
	}
	v := 8 + 10*int(n-232)
	return v, v, v
}

// nearest256 is the colour of cube or grey ramp nearest to r, g, b. The first 16
// are left out: people change them.
func nearest256(r, g, b int) uint8 {
	i, j, k := cubeLevel(r), cubeLevel(g), cubeLevel(b)
	cube := uint8(16 + 36*i + 6*j + k)
	grey := min(max(((r+g+b)/3-3)/10, 0), 23)
	v := 8 + 10*grey
	if distance(r, g, b, v, v, v) < distance(r, g, b, cubeLevels[i], cubeLevels[j], cubeLevels[k]) {
		return uint8(232 + grey)
	}
	return cube
}

func cubeLevel(v int) int {
	switch {
	case v < 48:
		return 0
	case v < 115:
		return 1
	}
	return (v - 35) / 40
}

func nearest16(r, g, b int) uint8 {
	best, least := uint8(0), 1<<30
	for i, c := range base16 {
		if d := distance(r, g, b, c[0], c[1], c[2]); d < least {
			best, least = uint8(i), d
		}
	}
	return best
}

func distance(r, g, b, s, h, c int) int {
	return (r-s)*(r-s) + (g-h)*(g-h) + (b-c)*(b-c)
}
