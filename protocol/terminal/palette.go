package terminal

import (
	"slices"
	"strconv"
	"strings"
)

// Slot is a place of a terminal's palette that an application can set: 0–255 are
// the indexed colours, then come xterm's special and dynamic colours.
type Slot uint16

// The slots beyond the indexed colours. Slot(n).Dynamic is OSC 10+n.
const (
	firstSpecial Slot = 256 // OSC 5: bold, underline, blink, reverse, italic
	lastSpecial  Slot = 260
	firstDynamic Slot = 300 // OSC 10: foreground, 11 background, 12 cursor, … 19

	ForegroundSlot = firstDynamic
	BackgroundSlot = firstDynamic + 1
	CursorSlot     = firstDynamic + 2
	lastDynamic    = firstDynamic + 9
)

// Dynamic reports whether s is set by an OSC of its own, and which.
func (s Slot) Dynamic() (osc int, ok bool) {
	return int(s-firstDynamic) + 10, s >= firstDynamic && s <= lastDynamic
}

// Indexed returns the OSC that sets a slot that is not dynamic, and its number there.
func (s Slot) Indexed() (osc, n int) {
	if s >= firstSpecial {
		return 5, int(s - firstSpecial)
	}
	return 4, int(s)
}

// PaletteColor is a colour of a palette that an application has set; Color is RGB.
type PaletteColor struct {
	Slot  Slot
	Color Color
}

// Palette is the colours that an application has set, by slot. It is immutable;
// nil is the palette that the user's terminal came with.
type Palette struct{ colors []PaletteColor }

// All returns the colours that are set, by slot. They belong to the palette.
func (p *Palette) All() []PaletteColor {
	if p == nil {
		return nil
	}
	return p.colors
}

// Color returns the colour of a slot, if one is set.
func (p *Palette) Color(s Slot) (Color, bool) {
	if i, ok := p.find(s); ok {
		return p.colors[i].Color, true
	}
	return 0, false
}

// Equal reports whether both set the same colours.
func (p *Palette) Equal(o *Palette) bool { return p == o || slices.Equal(p.All(), o.All()) }

func (p *Palette) find(s Slot) (int, bool) {
	return slices.BinarySearchFunc(p.All(), s, func(c PaletteColor, s Slot) int { return int(c.Slot) - int(s) })
}

// with returns p with a colour set.
func (p *Palette) with(s Slot, c Color) *Palette {
	i, ok := p.find(s)
	if ok && p.colors[i].Color == c {
		return p
	}
	colors := slices.Clone(p.All())
	if !ok {
		colors = slices.Insert(colors, i, PaletteColor{Slot: s})
	}
	colors[i].Color = c
	return &Palette{colors}
}

// without returns p with the slots first…last as they came.
func (p *Palette) without(first, last Slot) *Palette {
	i, _ := p.find(first)
	k, _ := p.find(last + 1)
	if i == k {
		return p
	}
	if k-i == len(p.colors) {
		return nil
	}
	return &Palette{slices.Concat(p.colors[:i], p.colors[k:])}
}

// setPaletteColors is OSC 4, and setSpecialColors OSC 5: pairs of a number and a
// colour, or a question mark.
func (e *Emulator) setPaletteColors(text []byte, tooBig bool) {
	e.eachColor("4", 0, 0, lastSpecial, text, tooBig)
}

func (e *Emulator) setSpecialColors(text []byte, tooBig bool) {
	e.eachColor("5", firstSpecial, firstSpecial, lastSpecial, text, tooBig)
}

// eachColor reads pairs of a number, to which base is added, and a colour.
func (e *Emulator) eachColor(osc string, base, first, last Slot, text []byte, tooBig bool) {
	if tooBig {
		return
	}
	fields := strings.Split(string(text), ";")
	for i := 0; i+1 < len(fields); i += 2 {
		n, err := strconv.ParseUint(fields[i], 10, 16)
		s := Slot(n) + base
		if err != nil || n > uint64(last) || s < first || s > last {
			return
		}
		if fields[i+1] == "?" {
			e.answerColor(osc+";"+strconv.FormatUint(n, 10), s)
		} else if c, ok := parseColor(fields[i+1]); ok {
			e.f.Palette = e.f.Palette.with(s, c)
		}
	}
}

// setDynamicColors is OSC 10 to 19: colours from the given one on.
func setDynamicColors(first Slot) func(*Emulator, []byte, bool) {
	return func(e *Emulator, text []byte, tooBig bool) {
		if tooBig {
			return
		}
		s := first
		for spec := range strings.SplitSeq(string(text), ";") {
			if s > lastDynamic {
				return
			}
			if spec == "?" {
				osc, _ := s.Dynamic()
				e.answerColor(strconv.Itoa(osc), s)
			} else if c, ok := parseColor(spec); ok {
				e.f.Palette = e.f.Palette.with(s, c)
			}
			s++
		}
	}
}

// answerColor tells a colour as it was set or as the user's terminal has it. Where
// neither is known there is no answer: a guess would be worse.
func (e *Emulator) answerColor(intro string, s Slot) {
	c, ok := e.f.Palette.Color(s)
	if !ok || e.outer.Lacks&NoPalette != 0 {
		c = e.outer.color(s)
	}
	r, g, b, ok := c.RGB()
	if !ok {
		return
	}
	const hex = "0123456789abcdef"
	out := "\x1b]" + intro + ";rgb:"
	for i, v := range [...]uint8{r, g, b} {
		if i > 0 {
			out += "/"
		}
		two := string([]byte{hex[v>>4], hex[v&15]})
		out += two + two
	}
	e.answer(out + e.in.terminator())
}

// resetPaletteColors is OSC 104 and resetSpecialColors OSC 105: the numbers given,
// or all.
func (e *Emulator) resetPaletteColors(text []byte, _ bool) { e.resetColors(text, 0, 0, 255) }
func (e *Emulator) resetSpecialColors(text []byte, _ bool) {
	e.resetColors(text, firstSpecial, firstSpecial, lastSpecial)
}

func (e *Emulator) resetColors(text []byte, base, first, last Slot) {
	if len(text) == 0 {
		e.f.Palette = e.f.Palette.without(first, last)
		return
	}
	for field := range strings.SplitSeq(string(text), ";") {
		n, err := strconv.ParseUint(field, 10, 16)
		if s := Slot(n) + base; err == nil && n <= uint64(lastSpecial) && s <= lastSpecial {
			e.f.Palette = e.f.Palette.without(s, s)
		}
	}
}

// resetDynamicColor is OSC 110 to 119.
func resetDynamicColor(s Slot) func(*Emulator, []byte, bool) {
	return func(e *Emulator, _ []byte, _ bool) { e.f.Palette = e.f.Palette.without(s, s) }
}

// maxStack bounds the stacks of palettes and of renditions; more push out the
// oldest.
const maxStack = 10

// pushColors is XTPUSHCOLORS, popColors XTPOPCOLORS. The place that they may name
// is left to the stack.
func (e *Emulator) pushColors() { e.palettes = pushed(e.palettes, e.f.Palette) }

func (e *Emulator) popColors() {
	if n := len(e.palettes); n > 0 {
		e.f.Palette = e.palettes[n-1]
		e.palettes = e.palettes[:n-1]
	}
}

// reportColors is XTREPORTCOLORS.
func (e *Emulator) reportColors() {
	n := strconv.Itoa(len(e.palettes))
	e.answer("\x1b[?" + n + ";" + n + "#Q")
}

func pushed[T any](stack []T, v T) []T {
	if len(stack) >= maxStack {
		stack = append(stack[:0], stack[1:]...)
	}
	return append(stack, v)
}

// parseColor reads a colour as XParseColor does: rgb:r/g/b with one to four hex
// digits each, #rgb with one to four each, or a name.
func parseColor(spec string) (Color, bool) {
	if hex, ok := strings.CutPrefix(spec, "#"); ok {
		n := len(hex) / 3
		if n < 1 || n > 4 || len(hex)%3 != 0 {
			return 0, false
		}
		// The digits are the most significant ones.
		return parseComponents([]string{hex[:n], hex[n : 2*n], hex[2*n:]}, func(v uint64, n int) uint8 {
			return uint8(v << (16 - 4*n) >> 8)
		})
	}
	if rgb, ok := strings.CutPrefix(strings.ToLower(spec), "rgb:"); ok {
		// The digits are a fraction of the largest such number.
		return parseComponents(strings.Split(rgb, "/"), func(v uint64, n int) uint8 {
			return uint8((v*0xff + (1<<(4*n)-1)/2) / (1<<(4*n) - 1))
		})
	}
	return namedColor(spec)
}

func parseComponents(digits []string, scale func(v uint64, n int) uint8) (Color, bool) {
	if len(digits) != 3 {
		return 0, false
	}
	var out [3]uint8
	for i, s := range digits {
		v, err := strconv.ParseUint(s, 16, 16)
		if err != nil || len(s) > 4 {
			return 0, false
		}
		out[i] = scale(v, len(s))
	}
	return RGB(out[0], out[1], out[2]), true
}
