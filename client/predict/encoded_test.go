package predict

import (
	"fmt"
	"testing"
	"time"

	"gmosh/client/keys"
)

// encoded is a program that has asked for keys to be encoded. Its terminal reports them
// with one of its flags.
type encoded struct {
	program
	flags string
}

func (p encoded) start(f *far) {
	f.print("\x1b[>" + p.flags + "u")
	p.program.start(f)
}

func (p encoded) input(f *far, typed string) {
	for _, k := range SplitKeys(typed) {
		if d, ok := keys.Decode([]byte(k)); ok {
			if d.Released() || d.Modifier() {
				continue
			}
			k = d.Text()
		}
		p.program.input(f, k)
	}
}

// encode is a key as a terminal with all flags reports it, and its release.
func encode(k string) (press, release string) {
	switch c := k[0]; {
	case c == '\r' || c == 0x7f:
		return fmt.Sprintf("\x1b[%du", c), fmt.Sprintf("\x1b[%d;1:3u", c)
	case c == 0x1b:
		return k, "\x1b[1;1:3" + k[len(k)-1:]
	case c < ' ':
		return fmt.Sprintf("\x1b[%d;5u", c+'a'-1), fmt.Sprintf("\x1b[%d;5:3u", c+'a'-1)
	case c >= 'A' && c <= 'Z':
		return fmt.Sprintf("\x1b[%d:%d;2;%du", c+'a'-'A', c, c), fmt.Sprintf("\x1b[%d:%d;2:3u", c+'a'-'A', c)
	default:
		r := []rune(k)[0]
		return fmt.Sprintf("\x1b[%d;;%du", r, r), fmt.Sprintf("\x1b[%d;1:3u", r)
	}
}

// Keys that come as sequences are predicted like those that do not, with a release
// after each.
func TestEncodedKeysArePredictedAsWhatTheyType(t *testing.T) {
	shares := map[bool]float64{}
	for _, encodes := range []bool{false, true} {
		w := newWorld(t, conditions{rtt: 200 * ms, reports: true}, New(Options{}), func() program { return encoded{newShell(), "31"} })
		keys, atOnce := 0, 0
		for range 8 {
			for _, k := range append(SplitKeys("echo Hello wörld\x1b[D\x1b[D\x7fx\x01y\x05z"), "\r") {
				press, release := k, ""
				if encodes {
					press, release = encode(k)
				}
				before := w.scores
				w.typ(press)
				keys += w.scores.keys - before.keys
				atOnce += w.scores.atOnce - before.atOnce
				w.run(60 * ms)
				if encodes {
					w.typ("\x1b[57441;2u")
					w.typ(release)
				}
				w.run(60 * ms)
			}
			w.run(600 * ms)
		}
		shares[encodes] = float64(atOnce) / float64(keys)
		if w.scores.wrong > 0 {
			t.Errorf("encoded %v: cells are wrong for %v", encodes, w.scores.wrong)
		}
	}
	if shares[true] < shares[false] || shares[true] < 0.9 {
		t.Errorf("%.3f are shown at once, %.3f of keys that are not encoded", shares[true], shares[false])
	}
}

// Where nobody has asked for them, or the line discipline echoes them as they are,
// encoded keys are nothing that can be guessed.
func TestEncodedKeysThatNobodyReadsAreNotGuessed(t *testing.T) {
	for name, prog := range map[string]func() program{
		"a line editor that has not asked": newShell,
		"a canonical line":                 newCat,
		"a canonical line, asked for by what ran before": func() program {
			return leftover{newCat()}
		},
	} {
		for _, reports := range []bool{false, true} {
			w := newWorld(t, conditions{rtt: 200 * ms, reports: reports}, New(Options{}), prog)
			for _, k := range SplitKeys("proven") {
				w.typ(k)
				w.run(100 * ms)
			}
			w.settle()
			ahead := w.scores.ahead
			for _, k := range SplitKeys("abcd") {
				press, release := encode(k)
				w.typ(press)
				w.run(100 * ms)
				w.typ(release)
				w.run(100 * ms)
			}
			if w.scores.wrong > 0 || w.scores.ahead > ahead {
				t.Errorf("%s, reports %v: shown ahead %d times, wrong for %v", name, reports, w.scores.ahead-ahead, w.scores.wrong)
			}
		}
	}
}

// leftover is a program that runs in a terminal that another one has left encoding.
type leftover struct{ program }

func (p leftover) start(f *far) {
	f.print("\x1b[>8u")
	p.program.start(f)
}

// A sequence that is too long for a key is none, also when its beginning is one.
func TestLongSequencesAreNoKeys(t *testing.T) {
	var p parser
	p.decodes = true
	long := "\x1b[97;1;97"
	for len(long) < 2*keys.MaxSequence {
		long += ":97"
	}
	var got []key
	p.feed(time.Unix(0, 0), []byte(long+"u"), func(k key) { got = append(got, k) })
	if len(got) != 1 || got[0] != (key{control: true}) {
		t.Errorf("%+v", got)
	}
}
