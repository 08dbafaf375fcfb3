package keys

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// csi writes a control sequence.
func csi(s string) string { return "\x1b[" + s }

func TestDecodedKeysSendWhatTheyDidBeforeTheyWereEncoded(t *testing.T) {
	for _, c := range []struct{ sequence, want string }{
		{"97u", "a"}, {"97;1u", "a"}, {"97;1:1u", "a"}, {"97;1:2u", "a"},
		{"97;2u", "A"}, {"97:65;2u", "A"}, {"97;2;65u", "A"}, {"97;65u", "A"}, {"97;66u", "a"}, {"97;129u", "a"},
		{"228u", "ä"}, {"228:196;2u", "Ä"}, {"228;2u", ""}, {"1092::97u", "ф"},
		{"49u", "1"}, {"49:33;2u", "!"}, {"49;2;33u", "!"}, {"49;2u", ""},
		{"32u", " "}, {"32;2u", " "}, {"13u", "\r"}, {"9u", "\t"}, {"27u", "\x1b"}, {"127u", "\x7f"}, {"13;2u", ""}, {"27;129u", "\x1b"},
		{"97;5u", "\x01"}, {"97;69u", "\x01"}, {"97;133u", "\x01"}, {"97;6u", ""}, {"97;7u", ""}, {"97;3u", ""}, {"97;9u", ""},
		{"1092::97;5u", "\x01"}, {"32;5u", "\x00"}, {"47;5u", "\x1f"}, {"54;5u", "\x1e"}, {"54:94;6u", "\x1e"}, {"54;6u", ""}, {"54:38;6u", ""},
		{"57400u", "1"}, {"57409u", "."}, {"57414u", "\r"}, {"57417u", ""}, {"57441;2u", ""},
		{"27;5;97~", "\x01"}, {"27;6;65~", ""}, {"27;5;65~", "\x01"}, {"27;5;94~", "\x1e"}, {"27;2;13~", ""},
		{"0;;229u", "å"}, {"0;;20320:22909u", "你好"},
	} {
		k, ok := Decode([]byte(csi(c.sequence)))
		if got := k.Text(); !ok || got != c.want {
			t.Errorf("CSI %s sends %q (%v), want %q", c.sequence, got, ok, c.want)
		}
	}
}

func TestSequencesThatTellNoEncodedKeyAreNotDecoded(t *testing.T) {
	for _, s := range []string{
		"A", "1;5A", "15~", "200~", "27~", "27;5~", "27;5;94;1~", "27;0;94~", "u", "0u", ";5u", ":54u", "1:2:3:4u", "54;0u", "54;1:4u", "54;1:0u",
		"?1u", ">1u", "=1u", "<1u", "54 u", "54;x;u", "<0;5;5M", "99999999999;5u", "97;5;1;1u", "27;5;99999999~", "1;5", "I",
	} {
		if k, ok := Decode([]byte(csi(s))); ok {
			t.Errorf("CSI %s is %+v", s, k)
		}
	}
	if k, ok := Decode([]byte(csi("1;1:3A"))); !ok || !k.Released() || k.Text() != "" {
		t.Errorf("a released arrow is %+v, %v", k, ok)
	}
}

// ctrlShift6 is Ctrl-^ on a US keyboard, as terminals tell it.
var ctrlShift6 = []string{
	"54;6u", "54;5u", "54:94;6u", "54:94;6:1u", "54:94:54;6u", "54:94;70u", "54:94;134u", "54;198u", "94;5u", "94;6u", "54;6;94u",
	"27;6;94~", "27;5;94~", "27;6;54~", "27;5;54~",
}

func TestEscapeKeyIsKnownHoweverItIsReported(t *testing.T) {
	for _, key := range ctrlShift6 {
		for second, want := range map[string]string{
			".": "QUIT", csi("46u"): "QUIT", csi("46;1;46u"): "QUIT", csi("57409;129u"): "QUIT",
			"\x1a": "SUSPEND", csi("122;5u"): "SUSPEND", csi("122;69u"): "SUSPEND", csi("27;5;122~"): "SUSPEND",
			"?": "PANEL", csi("47:63;2u"): "PANEL", csi("47;2u"): "PANEL", csi("47;2;63u"): "PANEL", csi("63u"): "PANEL",
			"r": "REPAINT", csi("114u"): "REPAINT",
			"^": `"` + `\x1b[` + key + `"`, csi("54:94;2u"): `"` + `\x1b[` + key + `"`, csi("54;2u"): `"` + `\x1b[` + key + `"`,
			"x": `"` + `\x1b[` + key + `x"`, csi("120;5u"): `"` + `\x1b[` + key + `\x1b[120;5u"`, csi("A"): `"` + `\x1b[` + key + `\x1b[A"`,
		} {
			m := New(Default())
			got := transcript(m.Feed(nil, at(0), []byte("a"+csi(key)+second+"b")))
			if want := `"a" ` + want + ` "b"`; got != want || m.Waiting() {
				t.Errorf("CSI %s, then %q: %s, want %s", key, second, got, want)
			}
		}
	}
}

func TestKeysNearTheEscapeKeyAreOthers(t *testing.T) {
	for _, s := range []string{
		"54u", "54;2u", "54:94;2u", "54;7u", "54;8u", "54;13u", "54:38;6u", "55;5u", "94u", "27;2;94~", "27;7;94~", "?54;6u", "54;6;94;1u",
		"54;6~", "27;6;94u", "54;6A",
	} {
		m := New(Default())
		if got, want := transcript(m.Feed(nil, at(0), []byte(csi(s)))), `"\x1b[`+s+`"`; got != want || m.Waiting() {
			t.Errorf("CSI %s gives %s, waiting %v", s, got, m.Waiting())
		}
	}
}

func TestOtherEscapeKeysAreKnownToo(t *testing.T) {
	for _, c := range []struct{ key, typed, want string }{
		{"\x01", csi("97;5u") + ".", "QUIT"},
		{"\x01", csi("1092::97;5u") + ".", "QUIT"},
		{"\x01", csi("97;6u") + ".", `"\x1b[97;6u."`},
		{"\x01", csi("97;5u") + csi("97u"), `"\x1b[97;5u"`},
		{"\x1f", csi("45;6u") + ".", "QUIT"},
		{"\x1f", csi("47;5u") + ".", "QUIT"},
		{"\x1b", csi("27u") + ".", "QUIT"},
		{"\x1b", csi("91;5u") + ".", "QUIT"},
		{"\x1b", "\x1b.", "QUIT"},
		{"~", csi("13u") + csi("96:126;2u") + ".", `"\x1b[13u" QUIT`},
		{"~", csi("13u") + csi("96;2;126u") + ".", `"\x1b[13u" QUIT`},
		{"~", csi("13u") + csi("13;1:3u") + csi("57441;2u") + csi("96;2u") + ".", `"\x1b[13u\x1b[13;1:3u\x1b[57441;2u" QUIT`},
		{"~", csi("13;2u") + csi("96;2u") + ".", `"\x1b[13;2u\x1b[96;2u."`},
		{"~", csi("97u") + csi("96;2u") + ".", `"\x1b[97u\x1b[96;2u."`},
		{"", csi("54;6u") + ".", `"\x1b[54;6u."`},
	} {
		if got := transcript(New(Parse(c.key)).Feed(nil, at(0), []byte(c.typed))); got != c.want {
			t.Errorf("escape key %q, typed %q: %s, want %s", c.key, c.typed, got, c.want)
		}
	}
}

func TestRepeatsAndReleasesGoWhereThePressWent(t *testing.T) {
	const key, again, up = "54:94;6u", "54:94;6:2u", "54:94;6:3u"
	q := func(all ...string) string {
		text := ""
		for _, s := range all {
			text += `\x1b[` + s
		}
		return `"` + text + `"`
	}
	for _, c := range []struct {
		name    string
		typed   []string
		want    string
		waiting bool
	}{
		{"a release is no press", []string{up}, q(up), false},
		{"nor is a repeat", []string{again}, q(again), false},
		{"held, it waits", []string{key, again, again}, "", true},
		{"let go of, it waits", []string{key, up}, "", true},
		{"what was typed before is let go of while it waits", []string{"97u", key, "97;1:3u", up}, q("97u") + " " + q("97;1:3u"), true},
		{"modifiers pass", []string{"57442;5u", "57441;6u", key, up, "57441;6:3u", "57442;5:3u"}, q("57442;5u", "57441;6u") + " " + q("57441;6:3u", "57442;5:3u"), true},
		{"a command's key is let go of too", []string{key, up, "57441;2u", "47:63;2u", "47:63;2:2u", "47;1:3u", "57441;1:3u"}, q("57441;2u") + " PANEL " + q("57441;1:3u"), false},
		{"both are held at once", []string{key, "46u", up, "46;1:3u"}, "QUIT", false},
		{"the literal has its release", []string{key, up, "54:94;2u", "54:94;2:3u"}, q(key, up), false},
		{"and if it comes later", []string{key, "94u", up, "94;1:3u"}, q(key) + " " + q(up), false},
		{"with an unknown key", []string{key, up, "120u", "120;1:3u"}, q(key, up, "120u") + " " + q("120;1:3u"), false},
		{"a key that was kept is itself again", []string{key, up, "46u", "46;1:3u", "46u", "46;1:3u"}, "QUIT " + q("46u", "46;1:3u"), false},
		{"though nobody has told that it was let go of", []string{key, up, "46u", "46u", "46;1:3u"}, "QUIT " + q("46u", "46;1:3u"), false},
		{"an arrow is let go of while it waits", []string{key, "1;1:3A"}, q("1;1:3A"), true},
		{"the mouse moves while it waits", []string{key, "<35;4;5M", "O", "I"}, q("<35;4;5M", "O", "I"), true},
		{"and in older encodings", []string{key, "MC.!", "35;4;5M"}, q("MC.!", "35;4;5M"), true},
		{"an application's answer comes while it waits", []string{key, "?997;1n"}, q("?997;1n"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := New(Default())
			m.Releases = true
			typed := csi(strings.Join(c.typed, "\x1b["))
			if got := transcript(m.Feed(nil, at(0), []byte(typed))); got != c.want || m.Waiting() != c.waiting {
				t.Errorf("%q gives %s, waiting %v", typed, got, m.Waiting())
			}
		})
	}
	t.Run("the press came as a byte", func(t *testing.T) {
		m := New(Default())
		m.Releases = true
		if got := transcript(m.Feed(nil, at(0), []byte("\x1e"+csi("54;2:3u")+"."+csi("46;1:3u")))); got != "QUIT" {
			t.Errorf("%s", got)
		}
	})
}

// A command key of whose release nobody told is not waited for: what comes later is
// another key.
func TestKeysAfterACommandKeepTheirRepeats(t *testing.T) {
	for _, command := range []string{"\x1e\x1a", csi("54;5u") + csi("122;5u")} {
		m := New(Default())
		m.Feed(nil, at(0), []byte(command))
		m.Releases = true
		typed := "z" + csi("122;1:2u") + csi("122;1:3u") + "6" + csi("54;1:2u") + csi("54;1:3u")
		if got, want := merge(m.Feed(nil, at(time.Minute), []byte(typed))), fmt.Sprintf("%q", typed); got != want {
			t.Errorf("after %q: %s, want %s", command, got, want)
		}
	}
}

func TestCtrlLRepaintsOncePerPress(t *testing.T) {
	m := New(Default())
	got := transcript(m.Feed(nil, at(0), []byte(csi("108;5u")+csi("108;5:3u"))))
	if want := `REPAINT "\x1b[108;5u\x1b[108;5:3u"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPasteIsNeverReadAsKeys(t *testing.T) {
	for _, pasted := range []string{"a\x1e.b", csi("54;6u") + ".", "\x0c", "\x1b\x1e.", "x\r~."} {
		for _, key := range []string{"\x1e", "~", "\x1b"} {
			typed := csi("200~") + pasted + csi("201~")
			if key == "\x1b" {
				continue // then no sequence begins with it
			}
			m := New(Parse(key))
			if got, want := merge(m.Feed(nil, at(0), []byte(typed))), transcript([]Event{{Kind: Send, Keys: []byte(typed)}}); got != want {
				t.Errorf("escape key %q, pasted %q: %s", key, pasted, got)
			}
			if got := transcript(m.Feed(nil, at(0), []byte("\r"+key+"."))); got != `"\r" QUIT` {
				t.Errorf("after the paste of %q: %s", pasted, got)
			}
		}
	}
}

func TestPasteCutAnywhereEndsWhereItEnds(t *testing.T) {
	typed := []byte(csi("200~") + "a\x1e.b\r" + csi("201~") + "~.")
	for cut := range typed {
		m := New(Parse("~"))
		events := m.Feed(nil, at(0), typed[:cut])
		events = clone(m.Feed(clone(events), at(20*time.Millisecond), typed[cut:]))
		if got := merge(events); got != `"\x1b[200~a\x1e.b\r\x1b[201~" QUIT` {
			t.Errorf("cut at %d: %s", cut, got)
		}
	}
}

// clone keeps events beyond the bytes that they alias.
func clone(events []Event) (out []Event) {
	for _, e := range events {
		out = append(out, Event{e.Kind, bytes.Clone(e.Keys)})
	}
	return out
}

func TestPasteWithoutAnEndIsOverAfterAWhile(t *testing.T) {
	m := New(Default())
	m.Feed(nil, at(0), []byte(csi("200~")+"abc"))
	if got := transcript(m.Feed(nil, at(9*time.Second), []byte("\x1e."))); got != `"\x1e."` {
		t.Errorf("it is over too soon: %s", got)
	}
	m.Resume(at(time.Minute)) // until then nobody read
	if got := transcript(m.Feed(nil, at(69*time.Second), []byte("\x1e."))); got != `"\x1e."` {
		t.Errorf("it is over because nobody read: %s", got)
	}
	if got := transcript(m.Feed(nil, at(79*time.Second), []byte("\x1e."))); got != "QUIT" {
		t.Errorf("it never ends: %s", got)
	}
}

func TestSequenceCutAnywhereIsStillTheEscapeKey(t *testing.T) {
	for _, key := range ctrlShift6 {
		typed := []byte(csi(key) + csi("46u"))
		for cut := 1; cut < len(typed); cut++ {
			for _, encoded := range []bool{false, true} {
				m := New(Default())
				m.Encoded = encoded
				events := m.Feed(nil, at(0), typed[:cut])
				events = clone(m.Feed(clone(events), at(20*time.Millisecond), typed[cut:]))
				want := "QUIT"
				if !encoded && cut <= 2 { // ESC and Alt-[ are keys
					want = transcript([]Event{{Kind: Send, Keys: typed[:cut]}}) + " QUIT"
				}
				if got := transcript(events); got != want {
					t.Errorf("%q cut at %d, encoded %v: %s, want %s", typed, cut, encoded, got, want)
				}
			}
		}
	}
}

func TestLoneEscIsSentAtOnceUnlessItIsTheBeginningOfMore(t *testing.T) {
	for _, typed := range []string{"\x1b", "\x1b[", "a\x1b"} {
		m := New(Default())
		if got := m.Feed(nil, at(0), []byte(typed)); transcript(got) != transcript([]Event{{Kind: Send, Keys: []byte(typed)}}) || !m.Next().IsZero() {
			t.Errorf("%q gives %s, more at %v", typed, transcript(got), m.Next())
		}
		m = New(Default())
		m.Encoded = true
		events := m.Feed(nil, at(0), []byte(typed))
		if got := transcript(events); strings.Contains(got, `\x1b`) || m.Next() != at(50*time.Millisecond) {
			t.Errorf("encoded, %q gives %s, more at %v", typed, got, m.Next())
		}
		if got := m.Release(nil, at(49*time.Millisecond)); got != nil {
			t.Errorf("it is given up too soon: %s", transcript(got))
		}
		if got := merge(append(clone(events), m.Release(nil, at(50*time.Millisecond))...)); got != transcript([]Event{{Kind: Send, Keys: []byte(typed)}}) {
			t.Errorf("encoded, %q gives %s in the end", typed, got)
		}
		if !m.Next().IsZero() {
			t.Error("and then again")
		}
	}
}

func TestWhatFollowsAnEscLateIsAKeyOfItsOwn(t *testing.T) {
	m := New(Default())
	m.Feed(nil, at(0), []byte("\x1b["))
	if got := transcript(m.Feed(nil, at(60*time.Millisecond), []byte("54;6u"))); got != `"54;6u"` || m.Waiting() {
		t.Errorf("%s", got)
	}
}

func TestEscWhileWaitingIsTheSecondKey(t *testing.T) {
	m := New(Default())
	if got := transcript(m.Feed(nil, at(0), []byte("\x1e\x1b"))); got != "" {
		t.Errorf("%s", got)
	}
	if got := transcript(m.Release(nil, at(50*time.Millisecond))); got != `"\x1e\x1b"` || m.Waiting() {
		t.Errorf("%s", got)
	}
}

func TestEscDismissesWhatIsOverTheScreen(t *testing.T) {
	for typed, want := range map[string]string{
		"\x1b": "DISMISS", csi("27u"): "DISMISS", csi("27;129u"): "DISMISS", csi("27u") + csi("27;1:3u"): "DISMISS",
		"\x1b[A": `"\x1b[A"`, "\x1bx": `"\x1bx"`, csi("27;2u"): `"\x1b[27;2u"`,
	} {
		m := New(Default())
		m.Modal, m.Releases = true, true
		if got := transcript(m.Feed(nil, at(0), []byte(typed))); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
		m.Modal = false
		if got := transcript(m.Feed(nil, at(0), []byte(csi("27u")))); got != `"\x1b[27u"` {
			t.Errorf("nothing is over the screen: %s", got)
		}
	}
	m := New(Parse("~"))
	m.Feed(nil, at(0), []byte("\r"))
	m.Modal = true
	if got := transcript(append(m.Feed(nil, at(0), []byte("\x1b")), m.Feed(nil, at(0), []byte("~."))...)); got != "DISMISS QUIT" {
		t.Errorf("a line began before: %s", got)
	}
	m = New(Default())
	m.Modal, m.Encoded = true, true
	m.Feed(nil, at(0), []byte("\x1b"))
	if got := transcript(m.Release(nil, at(time.Second))); got != "DISMISS" {
		t.Errorf("encoded, an ESC that nothing follows: %s", got)
	}
}

func TestWhereAReadEndsDoesNotMatterToEncodedKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		escape := Parse(rapid.SampledFrom([]string{"", "\x1e", "~", "\x01"}).Draw(t, "key"))
		pieces := []string{"a", "~", ".", "\r", "\x1e", "\x1b", csi(""), csi("54;6u"), csi("54;6:3u"), csi("97;5u"), csi("46u"), csi("46;1:3u"),
			csi("13u"), csi("96;2u"), csi("A"), csi("200~"), csi("201~"), csi("27;5;94~"), "54;6u", csi("<0;1;1M")}
		typed := []byte(strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "typed"), ""))
		cut := rapid.IntRange(0, len(typed)).Draw(t, "cut")
		result := func(reads ...[]byte) string {
			m := New(escape)
			m.Encoded = true
			var events []Event
			for _, read := range reads {
				events = clone(m.Feed(events, at(0), read))
			}
			return merge(m.Release(events, at(2*time.Second)))
		}
		if a, b := result(typed), result(typed[:cut], typed[cut:]); a != b {
			t.Fatalf("%q in one read %s, cut at %d %s", typed, a, cut, b)
		}
	})
}

// FuzzMachine: whatever is typed, and however it is cut, nothing is lost without an
// escape key, nothing is kept back for long, and no input is too much.
func FuzzMachine(f *testing.F) {
	for _, key := range ctrlShift6 {
		f.Add([]byte(csi(key)+csi("46;1:3u")), uint8(3), true)
	}
	f.Add([]byte(csi("200~")+"\x1e."+csi("201~")), uint8(9), false)
	f.Add([]byte(csi("54:94:54;6:1;94:32u\x1b[1;1:3A")), uint8(40), true)
	f.Add([]byte("\x1b\x1b[\x1b[1"), uint8(2), false)
	f.Add([]byte(csi(strings.Repeat("1;", 200)+"u")), uint8(99), true)
	f.Fuzz(func(t *testing.T, typed []byte, cut uint8, encoded bool) {
		for _, escape := range []Escape{{}, Default(), {'~'}, {esc}} {
			m := New(escape)
			m.Encoded = encoded
			at1 := min(int(cut), len(typed))
			events := clone(m.Feed(nil, at(0), typed[:at1]))
			events = clone(m.Feed(events, at(time.Millisecond), typed[at1:]))
			events = clone(m.Release(events, at(time.Second)))
			if !m.Next().IsZero() {
				t.Fatal("something is kept back")
			}
			var sent []byte
			for _, e := range events {
				if e.Kind == Send && len(e.Keys) == 0 {
					t.Fatal("an event that sends nothing")
				}
				sent = append(sent, e.Keys...)
			}
			if !escape.Enabled() && !bytes.Equal(sent, typed) {
				t.Fatalf("typed %q, sent %q", typed, sent)
			}
		}
		if k, ok := Decode(typed); ok {
			_, _ = k.Text(), k.character()
		}
	})
}
