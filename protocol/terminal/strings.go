package terminal

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Bounds of what strings may hold, in bytes. A longer clipboard is dropped, as
// the part would be no base64; a longer title is cut.
const (
	maxString    = 4 << 10
	maxClipboard = 256 << 10
	maxTitle     = 1 << 10
	maxLinkID    = 256
	maxLinkURI   = 2083 // as in other terminals
	keptString   = 4 << 10
)

// Bounds of the stock emulator, in characters; what is beyond is cut.
const (
	maxStockTitle     = 254
	maxStockClipboard = 16384 // with "52;c;"
)

var clipboardPrefix = []byte("52;")

// stepString collects OSC and DCS.
func (e *Emulator) stepString(r rune) {
	var buf [utf8.UTFMax]byte
	e.collect(utf8.AppendRune(buf[:0], r))
}

// collect adds a run of characters to the string that is read, up to its bound.
// The strings that nobody wants (SOS, PM, APC) are not kept.
func (e *Emulator) collect(p []byte) {
	in := &e.in
	if in.state == ignoredString || in.tooBig || len(p) == 0 {
		return
	}
	if n := len(clipboardPrefix) - len(in.str); n > 0 {
		n = min(n, len(p))
		in.str = append(in.str, p[:n]...)
		p = p[n:]
	}
	if n := e.stringLimit() - len(in.str); n < len(p) {
		in.tooBig = true
		p = cutUTF8(p, n)
	}
	in.str = append(in.str, p...)
}

// stringLimit is the bound of the string that is read, of which the first bytes
// are there.
func (e *Emulator) stringLimit() int {
	switch {
	case e.in.state != oscString || !bytes.HasPrefix(e.in.str, clipboardPrefix):
		return maxString
	case e.stock:
		return maxStockClipboard
	}
	return maxClipboard
}

// endString performs a string that has come to its end, if there is one.
func (e *Emulator) endString() {
	in := &e.in
	str := in.str
	switch {
	case in.state == oscString:
		e.command(str, in.tooBig)
	case in.state == dcsString && !in.tooBig && !e.stock:
		e.device(string(str))
	default:
		return
	}
	in.str = str[:0]
	if cap(str) > keptString {
		in.str = nil
	}
}

// commands are the OSC functions by number. The text is what follows the
// number; tooBig says that it was cut.
var commands = map[string]func(e *Emulator, text []byte, tooBig bool){
	"":    (*Emulator).setTitleAndIcon,
	"0":   (*Emulator).setTitleAndIcon,
	"1":   (*Emulator).setIcon,
	"2":   (*Emulator).setTitle,
	"4":   (*Emulator).setPaletteColors,
	"5":   (*Emulator).setSpecialColors,
	"7":   (*Emulator).setDirectory,
	"8":   (*Emulator).setLink,
	"9":   (*Emulator).message,
	"10":  setDynamicColors(firstDynamic),
	"11":  setDynamicColors(firstDynamic + 1),
	"12":  setDynamicColors(firstDynamic + 2),
	"13":  setDynamicColors(firstDynamic + 3),
	"14":  setDynamicColors(firstDynamic + 4),
	"15":  setDynamicColors(firstDynamic + 5),
	"16":  setDynamicColors(firstDynamic + 6),
	"17":  setDynamicColors(firstDynamic + 7),
	"18":  setDynamicColors(firstDynamic + 8),
	"19":  setDynamicColors(firstDynamic + 9),
	"22":  (*Emulator).setPointer,
	"52":  (*Emulator).setClipboard,
	"104": (*Emulator).resetPaletteColors,
	"105": (*Emulator).resetSpecialColors,
	"110": resetDynamicColor(firstDynamic),
	"111": resetDynamicColor(firstDynamic + 1),
	"112": resetDynamicColor(firstDynamic + 2),
	"113": resetDynamicColor(firstDynamic + 3),
	"114": resetDynamicColor(firstDynamic + 4),
	"115": resetDynamicColor(firstDynamic + 5),
	"116": resetDynamicColor(firstDynamic + 6),
	"117": resetDynamicColor(firstDynamic + 7),
	"118": resetDynamicColor(firstDynamic + 8),
	"119": resetDynamicColor(firstDynamic + 9),
	"133": (*Emulator).promptMark,
	"777": (*Emulator).extension,
}

// command is OSC.
func (e *Emulator) command(str []byte, tooBig bool) {
	number, text, ok := bytes.Cut(str, []byte{';'})
	if !ok && (e.stock || len(number) != 3 || number[0] != '1') { // OSC 104 and 110 on need nothing more
		return
	}
	if f, ok := e.fn.osc[string(number)]; ok {
		f(e, text, tooBig)
	}
}

func (e *Emulator) setTitleAndIcon(text []byte, tooBig bool) {
	e.setIcon(text, tooBig)
	e.setTitle(text, tooBig)
}

func (e *Emulator) setTitle(text []byte, _ bool) {
	e.f.Labels = &Labels{Title: e.title(text), Icon: e.f.Icon()}
}

func (e *Emulator) setIcon(text []byte, _ bool) {
	e.f.Labels = &Labels{Title: e.f.Title(), Icon: e.title(text)}
}

// maxTitles is how many are kept; more push out the oldest.
const maxTitles = 10

func (e *Emulator) pushTitle() {
	if len(e.titles) == maxTitles {
		e.titles = append(e.titles[:0], e.titles[1:]...)
	}
	e.titles = append(e.titles, e.f.labels())
}

// popTitle restores both names, or the icon's (1) or the title (2) alone.
func (e *Emulator) popTitle(which int) {
	if len(e.titles) == 0 {
		return
	}
	last := e.titles[len(e.titles)-1]
	e.titles = e.titles[:len(e.titles)-1]
	switch which {
	case 1:
		last.Title = e.f.Title()
	case 2:
		last.Icon = e.f.Icon()
	}
	if e.f.Labels != nil {
		e.f.Labels = &last
	}
}

// title cuts a title to the bound, between characters.
func (e *Emulator) title(text []byte) string {
	if !e.stock {
		return string(cutUTF8(text, maxTitle))
	}
	n := 0
	for i := range string(text) {
		if n == maxStockTitle {
			return string(text[:i])
		}
		n++
	}
	return string(text)
}

func cutUTF8(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// setLink is OSC 8: parameters, a semicolon, and the target of the text that
// follows; an empty one ends the link.
func (e *Emulator) setLink(text []byte, tooBig bool) {
	params, uri, ok := bytes.Cut(text, []byte{';'})
	if !ok {
		return
	}
	link := Link{ID: linkID(string(params)), URI: string(uri)}
	switch {
	case len(uri) == 0 || tooBig || len(uri) > maxLinkURI || len(link.ID) > maxLinkID:
		e.f.Pen.Link = nil
	case e.f.Pen.Link == nil || *e.f.Pen.Link != link:
		e.f.Pen.Link = &link
	}
	e.penChanged()
}

func linkID(params string) string {
	for param := range strings.SplitSeq(params, ":") {
		if id, ok := strings.CutPrefix(param, "id="); ok {
			return id
		}
	}
	return ""
}

// setClipboard is OSC 52. A question mark asks for what the user has copied
// elsewhere: that is not given to whoever asks, and not answered.
func (e *Emulator) setClipboard(text []byte, tooBig bool) {
	selection, data, ok := bytes.Cut(text, []byte{';'})
	if !ok || string(data) == "?" || tooBig && !e.stock {
		return
	}
	c := Clipboard{Selection: string(selection), Data: string(data)}
	if !e.stock && !base64Text(data) {
		c.Data = "" // clears the selection
	}
	e.keepClipboard(c)
}

// devices are the DCS functions by what they begin with.
var devices = []struct {
	intro string
	run   func(e *Emulator, text string)
}{
	{"$q", (*Emulator).reportSetting},
	{"+q", (*Emulator).reportCapabilities},
	{"1$t", func(e *Emulator, text string) { e.restorePresentation('1', text) }},
	{"2$t", func(e *Emulator, text string) { e.restorePresentation('2', text) }},
}

// device is DCS.
func (e *Emulator) device(str string) {
	for _, d := range devices {
		if text, ok := strings.CutPrefix(str, d.intro); ok {
			d.run(e, text)
			return
		}
	}
}
