package render

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gmosh/protocol/terminal"
)

// keyboarded is a terminal that has both ways of encoding keys.
func keyboarded(t rapid.TB) Dialect {
	t.Helper()
	d, err := ForTerm("xterm-256color", "")
	if err != nil {
		t.Fatal(err)
	}
	d.KittyKeys, d.OtherKeys = true, true
	return d
}

func withKeyboard(kitty, other uint8) terminal.Frame {
	f := terminal.NewFrame(10, 3)
	f.Keyboard = terminal.Keyboard{Kitty: kitty, ModifyOtherKeys: other}
	return f
}

func TestAUsersKeyboardIsPushedAndPopped(t *testing.T) {
	d := keyboarded(t)
	full := Full()
	for _, c := range []struct {
		from, to terminal.Frame
		want     string // to a user's terminal
		full     string
	}{
		{withKeyboard(0, 0), withKeyboard(5, 0), "\x1b[>5u", "\x1b[=5u"},
		{withKeyboard(5, 0), withKeyboard(1, 0), "\x1b[=1u", "\x1b[=1u"},
		{withKeyboard(1, 0), withKeyboard(0, 0), "\x1b[<u", "\x1b[=0u"},
		{withKeyboard(0, 0), withKeyboard(0, 2), "\x1b[>4;2m", "\x1b[>4;2m"},
		{withKeyboard(0, 2), withKeyboard(0, 1), "\x1b[>4;1m", "\x1b[>4;1m"},
		{withKeyboard(0, 2), withKeyboard(0, 0), "\x1b[>4m", "\x1b[>4;0m"},
		{withKeyboard(0, 1), withKeyboard(3, 0), "\x1b[>3u\x1b[>4m", "\x1b[=3u\x1b[>4;0m"},
	} {
		if got := string(Frame(nil, &c.from, &c.to, d)); got != c.want {
			t.Errorf("%+v to %+v: %q, want %q", c.from.Keyboard, c.to.Keyboard, got, c.want)
		}
		if got := string(Frame(nil, &c.from, &c.to, full)); got != c.full {
			t.Errorf("%+v to %+v in our own dialect: %q, want %q", c.from.Keyboard, c.to.Keyboard, got, c.full)
		}
		var none Dialect
		if got := string(Frame(nil, &c.from, &c.to, none)); got != "" {
			t.Errorf("%+v to %+v where there is no such thing: %q", c.from.Keyboard, c.to.Keyboard, got)
		}
	}
}

// The alternate screen's flags are taken back before it is left, and what the user's
// shell had set is there again.
func TestClosingLeavesTheKeyboardAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := keyboarded(t)
		init := rapid.Bool().Draw(t, "alternate screen")
		e := terminal.New(10, 3, terminal.Options{})
		own := rapid.SampledFrom([]string{"", "\x1b[>5u", "\x1b[=5u", "\x1b[>1u\x1b[>7u"}).Draw(t, "shell")
		e.Write([]byte(own))
		before := e.Frame()
		e.Write(Open(nil, d, init))
		f := terminal.NewFrame(10, 3)
		e.Write(Repaint(nil, &f, d))
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			next := withKeyboard(uint8(rapid.IntRange(0, 31).Draw(t, "kitty")), uint8(rapid.IntRange(0, 2).Draw(t, "other")))
			e.Write(Frame(nil, &f, &next, d))
			f = next
			if got := e.Frame(); f.Keyboard.Kitty != 0 && got.Keyboard != f.Keyboard {
				t.Fatalf("it has %+v, want %+v", got.Keyboard, f.Keyboard)
			}
		}
		e.Write(Close(nil, &f, d, init))
		if got := e.Frame(); got.Keyboard != before.Keyboard {
			t.Fatalf("%q, then %+v: at last the keyboard is %+v", own, before.Keyboard, got.Keyboard)
		}
		e.Write([]byte("\x1b[<9u"))
		if got := e.Frame(); got.Keyboard.Kitty != 0 {
			t.Fatalf("the stack is not as it was: %+v", got.Keyboard)
		}
	})
}

func TestClosedTerminalIsToldAgainAllButWhatIsCounted(t *testing.T) {
	d := keyboarded(t)
	e := terminal.New(10, 3, terminal.Options{})
	e.Write([]byte("\x1b[>5u\x1b[>4;1m\x1b]4;1;#123456\a\x1b]9;4;1;50\a\x1b[?1007h\x1b]7;file://h/x\a\x1b]52;c;YQ==\a\x1b]9;done\a\a"))
	f := e.Frame()
	closed := Closed(f)
	got := string(Events(nil, &closed, &f, d))
	for _, want := range []string{"\x1b[>5u", "\x1b[>4;1m", "\x1b]4;1;rgb:12/34/56", "\x1b]9;4;1;50", "\x1b[?1007h", "\x1b]7;file://h/x"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not written again: %q", want, got)
		}
	}
	for _, not := range []string{"\x1b]52;", "\x1b]9;done"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is written again", not)
		}
	}
	if strings.HasSuffix(got, "\a\a") {
		t.Errorf("it rings again: %q", got)
	}
}
