package wire

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"gmosh/protocol/wire/internal/gmoshpb"
)

// Bounds of what a Hello, Capabilities or Exit may hold, in bytes of a text and in
// names of a list. More is cut when written and an error when read: these values are
// kept in states, compared and shown.
const (
	MaxText     = 1024
	MaxFeatures = 64
	MaxFeature  = 64

	// maxExtension bounds the bytes of one extension that are looked at, unknown
	// fields of a later version included.
	maxExtension = 64 << 10
)

// ErrText says that a Hello, Capabilities or Exit goes beyond its bounds.
var ErrText = errors.New("text too long or list too long in an extension")

// Hello says that the sender is a gmosh half, and what it can do. It is immutable
// once it is part of a state: states share it.
type Hello struct {
	Version  uint32   // of the extensions; 1
	Features []string // names; a feature is used only if both halves name it
	Widths   uint32   // newest width table the sender knows
	Software string   // name and version, for people: not trusted, not sanitised
}

// Has reports whether the Hello names a feature; a nil one (a stock peer) has none.
func (h *Hello) Has(feature string) bool {
	return h != nil && slices.Contains(h.Features, feature)
}

// Equal reports whether both say the same; nil equals nil alone.
func (h *Hello) Equal(o *Hello) bool {
	if h == nil || o == nil || h == o {
		return h == o
	}
	return h.Version == o.Version && h.Widths == o.Widths && h.Software == o.Software &&
		slices.Equal(h.Features, o.Features)
}

// Names in Capabilities.Features.
const (
	CapabilityClusters  = "clusters"       // it shows grapheme clusters (mode 2027)
	CapabilityKittyKeys = "kitty-keyboard" // it has the kitty keyboard protocol, and so has the client
	CapabilityOtherKeys = "other-keys"     // the same of xterm's modifyOtherKeys

	// What it has not, of what applications expect of an xterm.
	CapabilityNoColors          = "no-colours"
	CapabilityNoUnderlineStyles = "no-underline-styles"
	CapabilityNoOverline        = "no-overline"
	CapabilityNoStrike          = "no-strike"
	CapabilityNoCursorShape     = "no-cursor-shape"
	CapabilityNoPalette         = "no-palette"
	CapabilityNoClipboard       = "no-clipboard"
	CapabilityNoBracketedPaste  = "no-bracketed-paste"
	CapabilityNoFocusEvents     = "no-focus-events"
	CapabilityNoMouse           = "no-mouse"
	CapabilityNoMousePixels     = "no-mouse-pixels"
)

// Capabilities are what the user's terminal can show. Immutable once part of a state.
type Capabilities struct {
	Term      string   // $TERM
	ColorTerm string   // $COLORTERM
	Colors    uint32   // palette size: 0, 8, 16, 256
	TrueColor bool     // 24-bit colour
	Features  []string // what else it can do, by name

	// Who the terminal is and how it looks: what the server's emulator answers an
	// application's queries with. A zero value is not known.
	Version               string  // its answer to XTVERSION, such as "XTerm(379)"; not sanitised
	Foreground            Color   // default colours
	Background, Cursor    Color   // and the cursor's
	Palette               []Color // colours 0 to 15, or to 255
	CellWidth, CellHeight uint32  // of a character, in pixels
}

// Color is a colour as the outer terminal told it: 0x1rrggbb, 0 if it is not known.
type Color uint32

// KnownColor returns the colour with these components.
func KnownColor(r, g, b uint8) Color {
	return 1<<24 | Color(r)<<16 | Color(g)<<8 | Color(b)
}

// RGB returns the components of a colour that is known.
func (c Color) RGB() (r, g, b uint8, ok bool) {
	return uint8(c >> 16), uint8(c >> 8), uint8(c), c>>24 == 1
}

// MaxPalette bounds the colours that Capabilities hold; more are an error when read.
const MaxPalette = 256

// Discipline is what the line discipline of the server's pseudo terminal does.
type Discipline struct {
	Canonical bool // it edits lines (ICANON)
	Echo      bool // it echoes what is typed (ECHO)
	Signals   bool // ^C and its like make signals (ISIG)
}

// Counts are how often something happened since a session began; ssp states that
// carry them deliver each thing exactly once.
type Counts struct{ Bells, Clipboard, Notifications uint64 }

// Has reports whether a capability is named; nil has none.
func (c *Capabilities) Has(feature string) bool {
	return c != nil && slices.Contains(c.Features, feature)
}

// Equal reports whether both say the same; nil equals nil alone.
func (c *Capabilities) Equal(o *Capabilities) bool {
	if c == nil || o == nil || c == o {
		return c == o
	}
	return c.Term == o.Term && c.ColorTerm == o.ColorTerm && c.Colors == o.Colors &&
		c.TrueColor == o.TrueColor && slices.Equal(c.Features, o.Features) &&
		c.Version == o.Version && c.Foreground == o.Foreground && c.Background == o.Background &&
		c.Cursor == o.Cursor && slices.Equal(c.Palette, o.Palette) &&
		c.CellWidth == o.CellWidth && c.CellHeight == o.CellHeight
}

// Exit is how a session's command ended. Immutable once part of a state.
type Exit struct {
	Exited bool   // the command ended by itself: Status is its exit status
	Status uint32 // 0 to 255 on Unix
	Signal uint32 // number of the signal that ended it; 0: none
	Reason string // why the server ended the session, for people; not sanitised
}

// Equal reports whether both say the same; nil equals nil alone.
func (x *Exit) Equal(o *Exit) bool {
	if x == nil || o == nil {
		return x == o
	}
	return *x == *o
}

// The proto methods build the generated message; a nil receiver gives an empty one.

func (h *Hello) proto() proto.Message {
	if h == nil {
		return &gmoshpb.Hello{}
	}
	return &gmoshpb.Hello{
		Version:  &h.Version,
		Feature:  cutList(h.Features),
		Widths:   &h.Widths,
		Software: cutText(h.Software, MaxText),
	}
}

func (c *Capabilities) proto() proto.Message {
	if c == nil {
		return &gmoshpb.Capabilities{}
	}
	m := &gmoshpb.Capabilities{
		Term:       cutText(c.Term, MaxText),
		Colorterm:  cutText(c.ColorTerm, MaxText),
		Colors:     &c.Colors,
		Truecolor:  &c.TrueColor,
		Feature:    cutList(c.Features),
		Foreground: known(c.Foreground),
		Background: known(c.Background),
		Cursor:     known(c.Cursor),
		Cellwidth:  known(c.CellWidth),
		Cellheight: known(c.CellHeight),
	}
	if c.Version != "" {
		m.Version = cutText(c.Version, MaxText)
	}
	for _, color := range c.Palette[:min(len(c.Palette), MaxPalette)] {
		m.Palette = append(m.Palette, uint32(color))
	}
	return m
}

// known is the field of a value that is left out if it is not known.
func known[V ~uint32](v V) *uint32 {
	if v == 0 {
		return nil
	}
	n := uint32(v)
	return &n
}

func (c Counts) proto() proto.Message {
	return &gmoshpb.Counts{Bells: &c.Bells, Clipboard: &c.Clipboard, Notifications: &c.Notifications}
}

func (d Discipline) proto() proto.Message {
	return &gmoshpb.Discipline{Canonical: &d.Canonical, Echo: &d.Echo, Signals: &d.Signals}
}

func (x *Exit) proto() proto.Message {
	m := &gmoshpb.Exit{}
	if x == nil {
		return m
	}
	if x.Exited {
		m.Status = &x.Status
	}
	if x.Signal != 0 {
		m.Signal = &x.Signal
	}
	if x.Reason != "" {
		m.Reason = cutText(x.Reason, MaxText)
	}
	return m
}

func cutText(s string, limit int) *string {
	s = s[:min(len(s), limit)]
	return &s
}

func cutList(names []string) []string {
	names = names[:min(len(names), MaxFeatures)]
	if !slices.ContainsFunc(names, func(n string) bool { return len(n) > MaxFeature }) {
		return names
	}
	cut := make([]string, len(names))
	for i, n := range names {
		cut[i] = n[:min(len(n), MaxFeature)]
	}
	return cut
}

// appendExtension writes the element that holds one of our extensions.
func appendExtension(dst []byte, ext protowire.Number, m proto.Message) []byte {
	opts := proto.MarshalOptions{Deterministic: true}
	dst = appendElement(dst, ext, opts.Size(m))
	out, err := opts.MarshalAppend(dst, m)
	if err != nil {
		// Marshal fails on a missing required field or on text that is no UTF-8
		// in a proto3 string: these messages have neither.
		panic("wire: " + err.Error())
	}
	return out
}

// A reader collects one of our extensions from an element. The same extension
// twice merges, as protobuf has it.

type helloReader struct {
	m    *gmoshpb.Hello
	size int
}

func (r *helloReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Hello{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *helloReader) done() (*Hello, error) {
	h := &Hello{
		Version:  r.m.GetVersion(),
		Features: r.m.GetFeature(),
		Widths:   r.m.GetWidths(),
		Software: r.m.GetSoftware(),
	}
	return h, checkTexts(h.Features, h.Software)
}

type capabilitiesReader struct {
	m    *gmoshpb.Capabilities
	size int
}

func (r *capabilitiesReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Capabilities{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *capabilitiesReader) done() (*Capabilities, error) {
	c := &Capabilities{
		Term:      r.m.GetTerm(),
		ColorTerm: r.m.GetColorterm(),
		Colors:    r.m.GetColors(),
		TrueColor: r.m.GetTruecolor(),
		Features:  r.m.GetFeature(),
		Version:   r.m.GetVersion(), Foreground: Color(r.m.GetForeground()),
		Background: Color(r.m.GetBackground()), Cursor: Color(r.m.GetCursor()),
		CellWidth: r.m.GetCellwidth(), CellHeight: r.m.GetCellheight(),
	}
	if len(r.m.GetPalette()) > MaxPalette {
		return c, fmt.Errorf("%w: a palette of %d colours", ErrText, len(r.m.GetPalette()))
	}
	for _, color := range r.m.GetPalette() {
		c.Palette = append(c.Palette, Color(color))
	}
	return c, checkTexts(c.Features, c.Term, c.ColorTerm, c.Version)
}

type countsReader struct {
	m    *gmoshpb.Counts
	size int
}

func (r *countsReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Counts{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *countsReader) done() Counts {
	return Counts{Bells: r.m.GetBells(), Clipboard: r.m.GetClipboard(), Notifications: r.m.GetNotifications()}
}

type disciplineReader struct {
	m    *gmoshpb.Discipline
	size int
}

func (r *disciplineReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Discipline{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *disciplineReader) done() Discipline {
	return Discipline{Canonical: r.m.GetCanonical(), Echo: r.m.GetEcho(), Signals: r.m.GetSignals()}
}

type exitReader struct {
	m    *gmoshpb.Exit
	size int
}

func (r *exitReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Exit{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *exitReader) done() (*Exit, error) {
	x := &Exit{
		Exited: r.m.Status != nil,
		Status: r.m.GetStatus(),
		Signal: r.m.GetSignal(),
		Reason: r.m.GetReason(),
	}
	return x, checkTexts(nil, x.Reason)
}

// merge reads b into m; size is the length of all that has been read into m.
func merge(m proto.Message, b []byte, size int) error {
	if size > maxExtension {
		return fmt.Errorf("%w: an extension of %d bytes", ErrText, size)
	}
	err := proto.UnmarshalOptions{Merge: true, DiscardUnknown: true}.Unmarshal(b, m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

func checkTexts(names []string, texts ...string) error {
	if len(names) > MaxFeatures {
		return fmt.Errorf("%w: %d names", ErrText, len(names))
	}
	for _, n := range names {
		if len(n) > MaxFeature {
			return fmt.Errorf("%w: a name of %d bytes", ErrText, len(n))
		}
	}
	for _, t := range texts {
		if len(t) > MaxText {
			return fmt.Errorf("%w: a text of %d bytes", ErrText, len(t))
		}
	}
	return nil
}
