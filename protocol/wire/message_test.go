package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"gmosh/protocol/wire/internal/clientpb"
	"gmosh/protocol/wire/internal/gmoshpb"
	"gmosh/protocol/wire/internal/hostpb"
)

var (
	testHello = &Hello{Version: 1, Features: []string{"a", "b"}, Widths: 2, Software: "gmosh 0"}
	testCaps  = &Capabilities{Term: "xterm", ColorTerm: "truecolor", Colors: 256, TrueColor: true, Features: []string{"sync"},
		Version: "X(1)", Background: KnownColor(0, 0, 0), Palette: []Color{KnownColor(1, 2, 3), 0}, CellWidth: 8, CellHeight: 16}
	testExit = &Exit{Exited: true, Status: 3}

	clientAll = ClientMessage{
		{Kind: ClientKeys, Keys: []byte("ls")},
		{Kind: ClientResize, Cols: 80, Rows: 300},
		{Kind: ClientHello, Hello: testHello},
		{Kind: ClientCapabilities, Capabilities: testCaps},
		{Kind: ClientKeys, Keys: []byte("\r")},
	}
	hostAll = HostMessage{
		{Kind: HostEchoAck, EchoAck: 300},
		{Kind: HostResize, Cols: 80, Rows: 24},
		{Kind: HostBytes, Bytes: []byte("hi")},
		{Kind: HostHello, Hello: testHello},
		{Kind: HostExit, Exit: testExit},
		{Kind: HostCounts, Counts: Counts{Bells: 1, Clipboard: 300}},
		{Kind: HostDiscipline, Discipline: Discipline{Canonical: true, Signals: true}},
	}
)

// Bytes that cross the wire, checked by hand against spec sections 8 and 9: elements
// are field 1, extensions 2, 3, 7 and ours at 1001 (ca3e), 1002 (d23e), 1003 (da3e),
// 1004 (e23e), 1008 (823f).
func TestElementsAreWrittenAsTheSpecSays(t *testing.T) {
	client := []string{
		"0a06" + "1204" + "22026c73",
		"0a07" + "1a05" + "285030ac02",
		"0a16" + "ca3e13" + "0801" + "120161" + "120162" + "1802" + "2207676d6f73682030",
		"0a36" + "d23e33" + "0a05787465726d" + "120974727565636f6c6f72" + "188002" + "2001" + "2a0473796e63" +
			"320458283129" + "4080808008" + "5205" + "8384840800" + "5808" + "6010",
		"0a05" + "1203" + "22010d",
	}
	if got, want := hex.EncodeToString(clientAll.Marshal(nil)), strings.Join(client, ""); got != want {
		t.Errorf("client message\n%s, want\n%s", got, want)
	}
	host := []string{
		"0a05" + "3a03" + "40ac02",
		"0a06" + "1a04" + "28503018",
		"0a06" + "1204" + "22026869",
		"0a16" + "ca3e13" + "0801" + "120161" + "120162" + "1802" + "2207676d6f73682030",
		"0a05" + "da3e02" + "0803",
		"0a0a" + "823f07" + "0801" + "10ac02" + "1800",
		"0a09" + "e23e06" + "0801" + "1000" + "1801",
	}
	if got, want := hex.EncodeToString(hostAll.Marshal(nil)), strings.Join(host, ""); got != want {
		t.Errorf("host message\n%s, want\n%s", got, want)
	}
}

func TestMessagesReadBackAsTheyWereWritten(t *testing.T) {
	var client ClientMessage
	if err := client.Unmarshal(clientAll.Marshal(nil)); err != nil || !reflect.DeepEqual(client, clientAll) {
		t.Errorf("%+v, %v", client, err)
	}
	var host HostMessage
	if err := host.Unmarshal(hostAll.Marshal(nil)); err != nil || !reflect.DeepEqual(host, hostAll) {
		t.Errorf("%+v, %v", host, err)
	}
	for _, x := range []*Exit{
		{}, {Exited: true}, {Exited: true, Status: 1<<32 - 1}, {Signal: 15, Reason: "told to end"},
	} {
		m := HostMessage{{Kind: HostExit, Exit: x}}
		if err := host.Unmarshal(m.Marshal(nil)); err != nil || len(host) != 1 || !host[0].Exit.Equal(x) {
			t.Errorf("%+v reads as %+v, %v", x, host, err)
		}
	}
}

func TestEachElementIsAMessageOfItsOwn(t *testing.T) {
	var joined []byte
	for i := range hostAll {
		joined = hostAll[i].Marshal(joined)
	}
	if !bytes.Equal(joined, hostAll.Marshal(nil)) {
		t.Error("elements appended one by one make another message")
	}
	if b := (ClientMessage{{}, {Kind: 99}}).Marshal(nil); len(b) != 0 {
		t.Errorf("elements of no kind are written: %x", b)
	}
	if b := (HostMessage{{}, {Kind: 99}}).Marshal(nil); len(b) != 0 {
		t.Errorf("elements of no kind are written: %x", b)
	}
}

func element(extensions string) string {
	return hex.EncodeToString([]byte{0x0a, byte(len(extensions) / 2)}) + extensions
}

func TestOneExtensionOfSeveralCountsAndUnknownOnesDoNot(t *testing.T) {
	const (
		keys    = "1203" + "220161"
		resize  = "1a04" + "28503018"
		output  = "1203" + "220161"
		echoAck = "3a02" + "4005"
		hello   = "ca3e02" + "0801"
		caps    = "d23e02" + "1808"
		exit    = "da3e02" + "0803"
		unknown = "c23e02" + "ffff" // field 1000: not a message at all
		grouped = "f33e" + "0801" + "f43e"
		badType = "1005" // extension 2 as a number
	)
	client := map[string][]ClientKind{
		element(resize + keys):                {ClientKeys},
		element(keys + resize + hello):        {ClientKeys},
		element(caps + hello + resize):        {ClientResize},
		element(caps + hello):                 {ClientHello},
		element(caps):                         {ClientCapabilities},
		element(unknown + grouped + exit):     {},
		element(unknown + keys + grouped):     {ClientKeys},
		element(badType):                      {},
		element("") + element(keys):           {ClientKeys},
		"1203616263" + element(keys) + "0805": {ClientKeys}, // unknown fields of the message
		element(keys) + element(keys):         {ClientKeys, ClientKeys},
		"":                                    {},
		element(echoAck) + element(unknown):   {},
	}
	for b, want := range client {
		var m ClientMessage
		if err := m.Unmarshal(unhex(t, b)); err != nil || !slices.Equal(clientKinds(m), want) {
			t.Errorf("client message %s: %v, %v, want %v", b, clientKinds(m), err, want)
		}
	}
	host := map[string][]HostKind{
		element(echoAck + resize + output): {HostBytes},
		element(exit + echoAck + resize):   {HostResize},
		element(hello + echoAck):           {HostEchoAck},
		element(exit + hello):              {HostHello},
		element(exit):                      {HostExit},
		element(caps + unknown):            {},
	}
	for b, want := range host {
		var m HostMessage
		if err := m.Unmarshal(unhex(t, b)); err != nil || !slices.Equal(hostKinds(m), want) {
			t.Errorf("host message %s: %v, %v, want %v", b, hostKinds(m), err, want)
		}
	}
}

func clientKinds(m ClientMessage) []ClientKind {
	kinds := []ClientKind{}
	for _, e := range m {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func hostKinds(m HostMessage) []HostKind {
	kinds := []HostKind{}
	for _, e := range m {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestOnlyTheFieldsOfItsKindAreSet(t *testing.T) {
	var m ClientMessage
	if err := m.Unmarshal(unhex(t, element("1a04"+"28503018"+"1203"+"220161"))); err != nil {
		t.Fatal(err)
	}
	if want := (ClientMessage{{Kind: ClientKeys, Keys: []byte("a")}}); !reflect.DeepEqual(m, want) {
		t.Errorf("%+v, want %+v", m, want)
	}
}

func TestImpossibleSizesAreNeitherWrittenNorRead(t *testing.T) {
	for _, size := range [][2]int{{0, 24}, {80, 0}, {-1, 24}, {80, 65536}, {1 << 30, 24}} {
		m := ClientMessage{{Kind: ClientResize, Cols: size[0], Rows: size[1]}}
		var back ClientMessage
		err := back.Unmarshal(m.Marshal(nil))
		if err != nil || back[0].Cols != min(max(size[0], 1), MaxSize) || back[0].Rows != min(max(size[1], 1), MaxSize) {
			t.Errorf("%v was written as %+v, %v", size, back, err)
		}
	}
	for _, s := range []string{
		"", "2850", "3018", "28003018", "28503000",
		"28503080808008",             // 2^24
		"28ffffffffffffffffff013018", // -1
	} {
		resize := element(hex.EncodeToString([]byte{0x1a, byte(len(s) / 2)}) + s)
		m := ClientMessage{{Kind: ClientKeys}}
		if err := m.Unmarshal(unhex(t, resize)); !errors.Is(err, ErrSize) || len(m) != 0 {
			t.Errorf("client resize %s: %+v, %v", s, m, err)
		}
		h := HostMessage{{Kind: HostBytes}}
		if err := h.Unmarshal(unhex(t, resize)); !errors.Is(err, ErrSize) || len(h) != 0 {
			t.Errorf("host resize %s: %+v, %v", s, h, err)
		}
	}
}

func TestMalformedMessageIsDroppedWhole(t *testing.T) {
	good := element("1203" + "220161")
	for _, s := range []string{
		"0a", "0a05", "0affffffffffffffffff01", "08", "0c", "00",
		element("12"), element("1205"), element("1202" + "2205"), element("1201" + "22"),
		element("1a01" + "28"), element("3a01" + "40"), element("ca3e01" + "08"), element("d23e01" + "0a"),
		element("da3e01" + "08"), element("03"),
	} {
		b := unhex(t, good+s)
		client := ClientMessage{{Kind: ClientKeys}}
		clientErr := client.Unmarshal(b)
		host := HostMessage{{Kind: HostBytes}}
		hostErr := host.Unmarshal(b)
		if !errors.Is(clientErr, ErrMalformed) && !errors.Is(hostErr, ErrMalformed) {
			t.Errorf("%s: %v, %v", s, clientErr, hostErr)
		}
		if (clientErr != nil) != (len(client) == 0) || (hostErr != nil) != (len(host) == 0) {
			t.Errorf("%s: %+v with %v, %+v with %v", s, client, clientErr, host, hostErr)
		}
	}
}

func TestNumberOfElementsIsBounded(t *testing.T) {
	one := unhex(t, element("1203"+"220161"))
	b := bytes.Repeat(one, MaxElements)
	var client ClientMessage
	if err := client.Unmarshal(b); err != nil || len(client) != MaxElements {
		t.Errorf("%d elements: %v", len(client), err)
	}
	if err := client.Unmarshal(append(b, one...)); err != ErrElements || len(client) != 0 {
		t.Errorf("one more: %d elements, %v", len(client), err)
	}
	var host HostMessage
	if err := host.Unmarshal(append(b, one...)); err != ErrElements || len(host) != 0 {
		t.Errorf("one more: %d elements, %v", len(host), err)
	}
}

func TestExtensionsAreBounded(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	names := slices.Repeat([]string{"f"}, MaxFeatures+1)
	tooLong := map[string]*gmoshpb.Hello{
		"software": {Software: &long},
		"a name":   {Feature: []string{long[:MaxFeature+1]}},
		"names":    {Feature: names},
	}
	for what, m := range tooLong {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var host HostMessage
		if err := host.Unmarshal(append(appendElement(nil, extHello, len(b)), b...)); !errors.Is(err, ErrText) {
			t.Errorf("%s: %v", what, err)
		}
	}
	junk := bytes.Repeat([]byte{0xf8, 0x07, 0x01}, maxExtension/3+1)
	var host HostMessage
	if err := host.Unmarshal(append(appendElement(nil, extExit, len(junk)), junk...)); !errors.Is(err, ErrText) {
		t.Errorf("much of a later version: %v", err)
	}
}

func TestTextsBeyondTheirBoundsAreCutWhenWritten(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	names := slices.Repeat([]string{long}, MaxFeatures+1)
	cut := slices.Repeat([]string{long[:MaxFeature]}, MaxFeatures)
	m := ClientMessage{
		{Kind: ClientHello, Hello: &Hello{Software: long, Features: names}},
		{Kind: ClientCapabilities, Capabilities: &Capabilities{Term: long, ColorTerm: long, Features: names}},
	}
	want := ClientMessage{
		{Kind: ClientHello, Hello: &Hello{Software: long[:MaxText], Features: cut}},
		{Kind: ClientCapabilities, Capabilities: &Capabilities{Term: long[:MaxText], ColorTerm: long[:MaxText], Features: cut}},
	}
	var back ClientMessage
	if err := back.Unmarshal(m.Marshal(nil)); err != nil || !reflect.DeepEqual(back, want) {
		t.Errorf("%v", err)
	}
	if len(names[0]) != len(long) {
		t.Error("the caller's names were cut")
	}
	var host HostMessage
	exit := HostMessage{{Kind: HostExit, Exit: &Exit{Reason: long}}}
	if err := host.Unmarshal(exit.Marshal(nil)); err != nil || host[0].Exit.Reason != long[:MaxText] {
		t.Errorf("reason: %v", err)
	}
}

func TestTheSameExtensionTwiceMerges(t *testing.T) {
	var host HostMessage
	b := unhex(t, element("ca3e05"+"0801"+"120161"+"ca3e05"+"0802"+"120162"))
	want := HostMessage{{Kind: HostHello, Hello: &Hello{Version: 2, Features: []string{"a", "b"}}}}
	if err := host.Unmarshal(b); err != nil || !reflect.DeepEqual(host, want) {
		t.Errorf("%+v, %v", host, err)
	}
}

func TestNilAndEmptyExtensions(t *testing.T) {
	for _, m := range []HostMessage{{{Kind: HostHello}}, {{Kind: HostExit}}} {
		var back HostMessage
		if err := back.Unmarshal(m.Marshal(nil)); err != nil || len(back) != 1 || back[0].Kind != m[0].Kind {
			t.Errorf("%+v reads as %+v, %v", m, back, err)
		}
	}
	var h *Hello
	var c *Capabilities
	if h.Has("a") || c.Has("a") || !testHello.Has("b") || testHello.Has("c") || !testCaps.Has("sync") {
		t.Error("Has is wrong")
	}
}

func TestEqualComparesWhatIsSaid(t *testing.T) {
	hellos := []*Hello{nil, {}, {Version: 1}, {Widths: 1}, {Software: "x"}, {Features: []string{"a"}}, {Features: []string{"b"}}}
	caps := []*Capabilities{nil, {}, {Term: "x"}, {ColorTerm: "x"}, {Colors: 8}, {TrueColor: true}, {Features: []string{"a"}},
		{Version: "x"}, {Foreground: 1}, {Background: 1}, {Cursor: 1}, {Palette: []Color{1}}, {CellWidth: 1}, {CellHeight: 1}}
	exits := []*Exit{nil, {}, {Exited: true}, {Status: 1}, {Signal: 1}, {Reason: "x"}}
	for i := range hellos {
		for k := range hellos {
			if hellos[i].Equal(clone(hellos[k])) != (i == k) {
				t.Errorf("Hello: %+v and %+v", hellos[i], hellos[k])
			}
			if caps[i].Equal(clone(caps[k])) != (i == k) {
				t.Errorf("Capabilities: %+v and %+v", caps[i], caps[k])
			}
			if i < len(exits) && k < len(exits) && exits[i].Equal(clone(exits[k])) != (i == k) {
				t.Errorf("Exit: %+v and %+v", exits[i], exits[k])
			}
		}
	}
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

func TestMessagesOfEachKeystrokeDoNotAllocate(t *testing.T) {
	client := ClientMessage{{Kind: ClientKeys, Keys: []byte("a")}, {Kind: ClientResize, Cols: 80, Rows: 24}}
	host := HostMessage{
		{Kind: HostEchoAck, EchoAck: 1000}, {Kind: HostResize, Cols: 80, Rows: 24}, {Kind: HostBytes, Bytes: []byte("a")},
	}
	room := make([]byte, 0, 200)
	clientBack, hostBack := make(ClientMessage, 0, 4), make(HostMessage, 0, 4)
	n := testing.AllocsPerRun(100, func() {
		if err := clientBack.Unmarshal(client.Marshal(room)); err != nil || len(clientBack) != 2 {
			t.Fatal(err)
		}
		if err := hostBack.Unmarshal(host.Marshal(room)); err != nil || len(hostBack) != 3 {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOutputThatIsAloneIsToldFromWhatIsNot(t *testing.T) {
	echo := HostElement{Kind: HostEchoAck, EchoAck: 1000}
	for _, c := range []struct {
		name string
		m    HostMessage
		only bool
	}{
		{"output", HostMessage{{Kind: HostBytes, Bytes: []byte("a")}}, true},
		{"an echo ack before it", HostMessage{echo, {Kind: HostBytes, Bytes: []byte("a")}}, false},
		{"an echo ack after it", HostMessage{{Kind: HostBytes, Bytes: []byte("a")}, echo}, false},
		{"more than is short", HostMessage{{Kind: HostBytes, Bytes: make([]byte, shortOutput+1)}}, false},
		{"nothing", nil, false},
	} {
		if out, ok := OnlyOutput(c.m.Marshal(nil)); ok != c.only || ok && string(out) != "a" {
			t.Errorf("%s: %q, %v", c.name, out, ok)
		}
	}
}

// The generated code's view of a message, by the rules of spec sections 8 and 9.

func clientByGenerated(b []byte) (ClientMessage, error) {
	var m clientpb.UserMessage
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	out := ClientMessage{}
	for _, in := range m.Instruction {
		switch {
		case proto.HasExtension(in, clientpb.E_Keystroke):
			k := proto.GetExtension(in, clientpb.E_Keystroke).(*clientpb.Keystroke)
			out = append(out, ClientElement{Kind: ClientKeys, Keys: k.GetKeys()})
		case proto.HasExtension(in, clientpb.E_Resize):
			r := proto.GetExtension(in, clientpb.E_Resize).(*clientpb.ResizeMessage)
			out = append(out, ClientElement{Kind: ClientResize, Cols: int(r.GetWidth()), Rows: int(r.GetHeight())})
		case proto.HasExtension(in, clientpb.E_Hello):
			out = append(out, ClientElement{Kind: ClientHello, Hello: helloByGenerated(proto.GetExtension(in, clientpb.E_Hello))})
		case proto.HasExtension(in, clientpb.E_Capabilities):
			c := proto.GetExtension(in, clientpb.E_Capabilities).(*gmoshpb.Capabilities)
			out = append(out, ClientElement{Kind: ClientCapabilities, Capabilities: &Capabilities{
				Term: c.GetTerm(), ColorTerm: c.GetColorterm(), Colors: c.GetColors(), TrueColor: c.GetTruecolor(), Features: c.GetFeature(),
				Version: c.GetVersion(), Foreground: Color(c.GetForeground()), Background: Color(c.GetBackground()), Cursor: Color(c.GetCursor()),
				Palette: colors(c.GetPalette()), CellWidth: c.GetCellwidth(), CellHeight: c.GetCellheight(),
			}})
		}
	}
	return out, nil
}

func colors(in []uint32) (out []Color) {
	for _, c := range in {
		out = append(out, Color(c))
	}
	return out
}

func helloByGenerated(x any) *Hello {
	h := x.(*gmoshpb.Hello)
	return &Hello{Version: h.GetVersion(), Features: h.GetFeature(), Widths: h.GetWidths(), Software: h.GetSoftware()}
}

func hostByGenerated(b []byte) (HostMessage, error) {
	var m hostpb.HostMessage
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	out := HostMessage{}
	for _, in := range m.Instruction {
		switch {
		case proto.HasExtension(in, hostpb.E_Hostbytes):
			h := proto.GetExtension(in, hostpb.E_Hostbytes).(*hostpb.HostBytes)
			out = append(out, HostElement{Kind: HostBytes, Bytes: h.GetHoststring()})
		case proto.HasExtension(in, hostpb.E_Resize):
			r := proto.GetExtension(in, hostpb.E_Resize).(*hostpb.ResizeMessage)
			out = append(out, HostElement{Kind: HostResize, Cols: int(r.GetWidth()), Rows: int(r.GetHeight())})
		case proto.HasExtension(in, hostpb.E_Echoack):
			a := proto.GetExtension(in, hostpb.E_Echoack).(*hostpb.EchoAck)
			out = append(out, HostElement{Kind: HostEchoAck, EchoAck: a.GetEchoAckNum()})
		case proto.HasExtension(in, hostpb.E_Hello):
			out = append(out, HostElement{Kind: HostHello, Hello: helloByGenerated(proto.GetExtension(in, hostpb.E_Hello))})
		case proto.HasExtension(in, hostpb.E_Exit):
			x := proto.GetExtension(in, hostpb.E_Exit).(*gmoshpb.Exit)
			out = append(out, HostElement{Kind: HostExit, Exit: &Exit{
				Exited: x.Status != nil, Status: x.GetStatus(), Signal: x.GetSignal(), Reason: x.GetReason(),
			}})
		case proto.HasExtension(in, hostpb.E_Counts):
			c := proto.GetExtension(in, hostpb.E_Counts).(*gmoshpb.Counts)
			out = append(out, HostElement{Kind: HostCounts, Counts: Counts{c.GetBells(), c.GetClipboard(), c.GetNotifications()}})
		case proto.HasExtension(in, hostpb.E_Discipline):
			d := proto.GetExtension(in, hostpb.E_Discipline).(*gmoshpb.Discipline)
			out = append(out, HostElement{Kind: HostDiscipline, Discipline: Discipline{d.GetCanonical(), d.GetEcho(), d.GetSignals()}})
		}
	}
	return out, nil
}

// ours reports whether an error is about bounds that the generated code does not have.
func ours(err error) bool {
	return errors.Is(err, ErrSize) || errors.Is(err, ErrText) || errors.Is(err, ErrElements)
}

func FuzzClientMessage(f *testing.F) {
	f.Add([]byte{})
	f.Add(clientAll.Marshal(nil))
	f.Add([]byte("\x0a\x0b\x12\x03\x22\x01a\x1a\x04\x28\x50\x30\x18"))
	f.Add([]byte("\x0a\x0a\x12\x03\x22\x01a\x12\x03\x22\x01b"))
	f.Add([]byte("\x0a\x06\xc2\x3e\x03abc\x12\x00\x0b\x0c"))
	f.Add([]byte("\x0a\x0a\xca\x3e\x02\x08\x01\xd2\x3e\x02\x18\x08"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m ClientMessage
		err := m.Unmarshal(b)
		if ours(err) {
			return
		}
		want, wantErr := clientByGenerated(b)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, generated code: %v", err, wantErr)
		}
		if !slices.EqualFunc(m, want, sameClient) {
			t.Fatalf("%+v, generated code: %+v", m, want)
		}
		var back ClientMessage
		if err := back.Unmarshal(m.Marshal(nil)); err != nil || !slices.EqualFunc(m, back, sameClient) {
			t.Fatalf("%+v reads back as %+v, %v", m, back, err)
		}
		if err == nil && !bytes.Equal(m.Marshal(nil), generatedClient(t, m)) {
			t.Fatalf("%+v: written %x, generated code: %x", m, m.Marshal(nil), generatedClient(t, m))
		}
	})
}

func sameClient(a, b ClientElement) bool {
	return a.Kind == b.Kind && bytes.Equal(a.Keys, b.Keys) && a.Cols == b.Cols && a.Rows == b.Rows &&
		a.Hello.Equal(b.Hello) && a.Capabilities.Equal(b.Capabilities)
}

// generatedClient writes the elements that this package writes by itself with the
// generated code, and the others with this package.
func generatedClient(t *testing.T, m ClientMessage) (out []byte) {
	for i := range m {
		in := &clientpb.Instruction{}
		switch e := &m[i]; e.Kind {
		case ClientKeys:
			proto.SetExtension(in, clientpb.E_Keystroke, &clientpb.Keystroke{Keys: notNil(e.Keys)})
		case ClientResize:
			proto.SetExtension(in, clientpb.E_Resize, &clientpb.ResizeMessage{Width: proto.Int32(int32(e.Cols)), Height: proto.Int32(int32(e.Rows))})
		default:
			out = e.Marshal(out)
			continue
		}
		b, err := proto.Marshal(&clientpb.UserMessage{Instruction: []*clientpb.Instruction{in}})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func FuzzHostMessage(f *testing.F) {
	f.Add([]byte{})
	f.Add(hostAll.Marshal(nil))
	f.Add([]byte("\x0a\x0f\x3a\x02\x40\x05\x12\x03\x22\x01a\x1a\x04\x28\x50\x30\x18"))
	f.Add([]byte("\x0a\x08\x3a\x02\x40\x05\x3a\x02\x40\x06"))
	f.Add([]byte("\x0a\x0a\xca\x3e\x02\x08\x01\xda\x3e\x02\x18\x08"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m HostMessage
		err := m.Unmarshal(b)
		if ours(err) {
			return
		}
		want, wantErr := hostByGenerated(b)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, generated code: %v", err, wantErr)
		}
		if !slices.EqualFunc(m, want, sameHost) {
			t.Fatalf("%+v, generated code: %+v", m, want)
		}
		if out, ok := OnlyOutput(b); ok && (err != nil || len(m) != 1 || !sameHost(m[0], HostElement{Kind: HostBytes, Bytes: out})) {
			t.Fatalf("only %q in %+v, %v", out, m, err)
		}
		var back HostMessage
		if err := back.Unmarshal(m.Marshal(nil)); err != nil || !slices.EqualFunc(m, back, sameHost) {
			t.Fatalf("%+v reads back as %+v, %v", m, back, err)
		}
		if err == nil && !bytes.Equal(m.Marshal(nil), generatedHost(t, m)) {
			t.Fatalf("%+v: written %x, generated code: %x", m, m.Marshal(nil), generatedHost(t, m))
		}
	})
}

func sameHost(a, b HostElement) bool {
	return a.Kind == b.Kind && bytes.Equal(a.Bytes, b.Bytes) && a.Cols == b.Cols && a.Rows == b.Rows &&
		a.EchoAck == b.EchoAck && a.Hello.Equal(b.Hello) && a.Exit.Equal(b.Exit) && a.Counts == b.Counts && a.Discipline == b.Discipline
}

func generatedHost(t *testing.T, m HostMessage) (out []byte) {
	for i := range m {
		in := &hostpb.Instruction{}
		switch e := &m[i]; e.Kind {
		case HostBytes:
			proto.SetExtension(in, hostpb.E_Hostbytes, &hostpb.HostBytes{Hoststring: notNil(e.Bytes)})
		case HostResize:
			proto.SetExtension(in, hostpb.E_Resize, &hostpb.ResizeMessage{Width: proto.Int32(int32(e.Cols)), Height: proto.Int32(int32(e.Rows))})
		case HostEchoAck:
			proto.SetExtension(in, hostpb.E_Echoack, &hostpb.EchoAck{EchoAckNum: &e.EchoAck})
		default:
			out = e.Marshal(out)
			continue
		}
		b, err := proto.Marshal(&hostpb.HostMessage{Instruction: []*hostpb.Instruction{in}})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func BenchmarkHostMessage(b *testing.B) {
	m := HostMessage{
		{Kind: HostEchoAck, EchoAck: 1000}, {Kind: HostResize, Cols: 80, Rows: 24}, {Kind: HostBytes, Bytes: make([]byte, 40)},
	}
	room := make([]byte, 0, 200)
	b.Run("facade", func(b *testing.B) {
		b.ReportAllocs()
		var back HostMessage
		for b.Loop() {
			if err := back.Unmarshal(m.Marshal(room)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var pb hostpb.HostMessage
			for i := range m {
				in := &hostpb.Instruction{}
				switch e := &m[i]; e.Kind {
				case HostBytes:
					proto.SetExtension(in, hostpb.E_Hostbytes, &hostpb.HostBytes{Hoststring: e.Bytes})
				case HostResize:
					proto.SetExtension(in, hostpb.E_Resize, &hostpb.ResizeMessage{Width: proto.Int32(int32(e.Cols)), Height: proto.Int32(int32(e.Rows))})
				case HostEchoAck:
					proto.SetExtension(in, hostpb.E_Echoack, &hostpb.EchoAck{EchoAckNum: &e.EchoAck})
				}
				pb.Instruction = append(pb.Instruction, in)
			}
			out, err := proto.MarshalOptions{}.MarshalAppend(room, &pb)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := hostByGenerated(out); err != nil {
				b.Fatal(err)
			}
		}
	})
}
