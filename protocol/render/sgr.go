package render

import (
	"strconv"

	"gmosh/protocol/terminal"
)

const (
	// decorations are the attributes that show on a blank, too; an underline
	// counts with them.
	decorations = terminal.Inverse | terminal.Strike | terminal.Overline
	always      = terminal.Bold | terminal.Inverse
)

// attrs is the set of attributes that the receiver shows, underlines aside.
func (d *Dialect) attrs() terminal.Attr {
	mask := always
	for _, a := range [...]struct {
		has  bool
		attr terminal.Attr
	}{
		{d.Faint, terminal.Faint}, {d.Italic, terminal.Italic}, {d.Blink, terminal.Blink},
		{d.Invisible, terminal.Invisible}, {d.Strike, terminal.Strike}, {d.Overline, terminal.Overline},
	} {
		if a.has {
			mask |= a.attr
		}
	}
	return mask
}

// rendition brings r down to what the receiver shows.
func (d *Dialect) rendition(r terminal.Rendition) terminal.Rendition {
	if d.kind == full && r.Link == nil {
		return r
	}
	out := terminal.Rendition{FG: d.color(r.FG), BG: d.color(r.BG), Attr: r.Attr & d.attrs()}
	if u := r.Attr.Underline(); u != terminal.NoUnderline {
		if !d.UnderlineStyles {
			u = terminal.SingleUnderline
		}
		out.Attr = out.Attr.WithUnderline(u)
	}
	if d.UnderlineColors {
		out.UnderlineColor = d.color(r.UnderlineColor)
	}
	if d.Links && r.Link != nil {
		out.Link = cleanLink(r.Link)
	}
	if d.Colors == Colors8 {
		out = brightAsBold(out)
	}
	return out
}

// brightAsBold shows the colours 8 to 15 on a terminal that has eight.
func brightAsBold(r terminal.Rendition) terminal.Rendition {
	if n, ok := r.FG.Index(); ok && n > 7 {
		r.FG, r.Attr = terminal.Indexed(n&7), r.Attr|terminal.Bold
	}
	if n, ok := r.BG.Index(); ok && n > 7 {
		r.BG = terminal.Indexed(n & 7)
	}
	return r
}

// onBlank leaves of r what can be seen of a blank cell.
func onBlank(r terminal.Rendition) terminal.Rendition {
	if r.Attr&decorations == 0 && r.Attr.Underline() == terminal.NoUnderline {
		r.FG, r.UnderlineColor, r.Attr = 0, 0, 0
	}
	return r
}

// setPen makes to, already brought down to the dialect, the receiver's current
// rendition.
func (p *painter) setPen(to terminal.Rendition) {
	if p.pen.Equal(to) {
		return
	}
	from := p.pen
	p.pen, p.penRow = to, nil
	if from.Link != to.Link {
		if !sameLink(from.Link, to.Link) {
			p.out = appendLink(p.out, to.Link)
		}
		from.Link, to.Link = nil, nil
		if from == to {
			return
		}
	}
	from.Link, to.Link = nil, nil
	plain := terminal.Rendition{}
	switch {
	case to == plain:
		p.out = append(p.out, "\x1b[m"...)
		return
	case to.Attr&from.Attr == from.Attr && !dropsColor(&from, &to) && !p.misread(&from):
		// Nothing is switched off, so what is switched on is a part of the whole.
		if delta, ok := p.appendDelta(p.out, &from, &to); ok {
			p.out = delta
			return
		}
	}
	start := len(p.out)
	p.out = appendSGR(p.out, &to)
	if p.misread(&from) {
		return
	}
	end := len(p.out)
	delta, ok := p.appendDelta(p.out, &from, &to)
	p.ifShorter(start, end, delta, ok)
}

// dropsColor reports whether one of from's colours is the default in to.
func dropsColor(from, to *terminal.Rendition) bool {
	return from.FG != 0 && to.FG == 0 || from.BG != 0 && to.BG == 0 || from.UnderlineColor != 0 && to.UnderlineColor == 0
}

// misread reports whether the receiver may stand on something other than from:
// stock clients before 1.4.0 read the parts of a direct colour as attributes, which
// only a reset takes back.
func (p *painter) misread(from *terminal.Rendition) bool {
	if p.d.kind != stock {
		return false
	}
	_, _, _, fg := from.FG.RGB()
	_, _, _, bg := from.BG.RGB()
	return fg || bg
}

// appendSGR appends the sequence that sets r whatever was set before: the first
// parameter, 0, is left out.
func appendSGR(dst []byte, r *terminal.Rendition) []byte {
	dst = append(dst, "\x1b["...)
	dst = appendAttrs(dst, r.Attr)
	dst = appendColors(dst, &terminal.Rendition{}, r)
	return append(dst, 'm')
}

// appendDelta appends the sequence that turns from into to without a reset, if
// there is one that this receiver knows.
func (p *painter) appendDelta(dst []byte, from, to *terminal.Rendition) ([]byte, bool) {
	lost := from.Attr &^ to.Attr
	gained := to.Attr &^ from.Attr
	if u := to.Attr.Underline(); u != from.Attr.Underline() {
		lost, gained = lost.WithUnderline(0), gained.WithUnderline(u)
		if u == terminal.NoUnderline {
			lost = lost.WithUnderline(terminal.SingleUnderline)
		}
	} else {
		lost, gained = lost.WithUnderline(0), gained.WithUnderline(0)
	}
	if !p.d.SGROff && (lost != 0 || dropsColor(from, to)) {
		return dst, false
	}
	if lost&(terminal.Bold|terminal.Faint) != 0 { // 22 takes both
		gained |= to.Attr & (terminal.Bold | terminal.Faint)
	}
	dst = append(dst, '\x1b')
	body := len(dst)
	dst = appendOff(dst, lost)
	dst = appendAttrs(dst, gained)
	dst = appendColors(dst, from, to)
	if len(dst) == body {
		return dst, false
	}
	dst[body] = '[' // every parameter was written with a semicolon in front
	return append(dst, 'm'), true
}

// attrCodes are the SGR parameters that switch an attribute on and off.
var attrCodes = [...]struct {
	attr    terminal.Attr
	on, off string
}{
	{terminal.Bold, ";1", ";22"},
	{terminal.Faint, ";2", ";22"},
	{terminal.Italic, ";3", ";23"},
	{terminal.Blink, ";5", ";25"},
	{terminal.Inverse, ";7", ";27"},
	{terminal.Invisible, ";8", ";28"},
	{terminal.Strike, ";9", ";29"},
	{terminal.Overline, ";53", ";55"},
}

// underlineCodes are indexed by terminal.Underline.
var underlineCodes = [...]string{";24", ";4", ";4:2", ";4:3", ";4:4", ";4:5"}

func appendAttrs(dst []byte, a terminal.Attr) []byte {
	if a == 0 {
		return dst
	}
	for i := range attrCodes {
		if a&attrCodes[i].attr != 0 {
			dst = append(dst, attrCodes[i].on...)
		}
	}
	if u := int(a.Underline()); u > 0 && u < len(underlineCodes) {
		dst = append(dst, underlineCodes[u]...)
	}
	return dst
}

func appendOff(dst []byte, a terminal.Attr) []byte {
	if a == 0 {
		return dst
	}
	if a&(terminal.Bold|terminal.Faint) != 0 {
		a = a&^terminal.Faint | terminal.Bold
	}
	for i := range attrCodes {
		if a&attrCodes[i].attr != 0 {
			dst = append(dst, attrCodes[i].off...)
		}
	}
	if a.Underline() != terminal.NoUnderline {
		dst = append(dst, underlineCodes[0]...)
	}
	return dst
}

func appendColors(dst []byte, from, to *terminal.Rendition) []byte {
	if from.FG != to.FG {
		dst = appendColor(dst, to.FG, 30)
	}
	if from.BG != to.BG {
		dst = appendColor(dst, to.BG, 40)
	}
	if from.UnderlineColor != to.UnderlineColor {
		dst = appendUnderlineColor(dst, to.UnderlineColor)
	}
	return dst
}

// appendColor writes a foreground (base 30) or background (40) parameter.
func appendColor(dst []byte, c terminal.Color, base uint64) []byte {
	if n, ok := c.Index(); ok {
		switch {
		case n < 8:
			return append(dst, ';', '0'+byte(base/10), '0'+n)
		case n < 16:
			return appendParam(dst, base+60+uint64(n-8))
		}
		dst = appendParam(dst, base+8)
		dst = append(dst, ";5"...)
		return appendParam(dst, uint64(n))
	}
	if r, g, b, ok := c.RGB(); ok {
		dst = appendParam(dst, base+8)
		dst = append(dst, ";2"...)
		dst = appendParam(dst, uint64(r))
		dst = appendParam(dst, uint64(g))
		return appendParam(dst, uint64(b))
	}
	return appendParam(dst, base+9)
}

// appendUnderlineColor writes SGR 58 with colons: a receiver that does not know it
// then skips it whole.
func appendUnderlineColor(dst []byte, c terminal.Color) []byte {
	if n, ok := c.Index(); ok {
		dst = append(dst, ";58:5:"...)
		return strconv.AppendUint(dst, uint64(n), 10)
	}
	if r, g, b, ok := c.RGB(); ok {
		dst = append(dst, ";58:2::"...)
		dst = strconv.AppendUint(dst, uint64(r), 10)
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, uint64(g), 10)
		dst = append(dst, ':')
		return strconv.AppendUint(dst, uint64(b), 10)
	}
	return append(dst, ";59"...)
}

func appendParam(dst []byte, n uint64) []byte {
	return strconv.AppendUint(append(dst, ';'), n, 10)
}
