package app_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
)

// keyboardApp asks for encoded keys; at the first key it asks for what it got, and then
// it shows what is typed.
const keyboardApp = `stty raw -echo
printf '\033[>5u\033[>4;1m'
dd bs=1 count=1 >/dev/null 2>&1
printf '\033[?uready:'
while :; do printf '%s' "$(dd bs=1 count=1 2>/dev/null | od -An -c)"; done
`

// TestAKeyboardIsSetAndGivenBackAllTheWay has an application ask for encoded keys in a
// session, on a terminal whose shell has set flags of its own.
func TestAKeyboardIsSetAndGivenBackAllTheWay(t *testing.T) {
	peertest.Need(t, "dd", "od", "stty")
	script := filepath.Join(peertest.PublicDir(t), "app")
	peertest.WriteFile(t, script, keyboardApp)
	both := terminal.Outer{Version: "XTerm(390)", Kitty: true, OtherKeys: true}
	for name, c := range map[string]struct {
		outer    terminal.Outer
		keyboard terminal.Keyboard
		answer   string
		leave    func(x *peertest.Terminal)
	}{
		"the escape key, encoded": {both, terminal.Keyboard{Kitty: 5, ModifyOtherKeys: 1}, `033[?5u`,
			func(x *peertest.Terminal) { x.Send("\x1b[54:94;6u\x1b[46u") }},
		"a signal": {both, terminal.Keyboard{Kitty: 5, ModifyOtherKeys: 1}, `033[?5u`,
			func(x *peertest.Terminal) { x.Signal(syscall.SIGTERM) }},
		"no such keyboard": {terminal.Outer{Version: "VTE(7600)"}, terminal.Keyboard{}, ``,
			func(x *peertest.Terminal) { x.Send("\x1e.") }},
	} {
		t.Run(name, func(t *testing.T) {
			x := peertest.Start(t, peertest.Options{Outer: c.outer}, "sh", "-c", `printf '\033[=1u'; exec "$0" --local 127.0.0.1 -- sh "$1"`,
				filepath.Join(peertest.Gmosh(t), "gmosh"), script)
			x.WaitFor("the keyboard", func(s *peertest.Screen) bool { return s.Frame.Alternate() && s.Frame.Keyboard == c.keyboard })
			x.Send("x")
			shows := func(typed string) {
				t.Helper()
				x.WaitFor(typed, func(s *peertest.Screen) bool {
					return strings.Contains(strings.ReplaceAll(strings.Join(s.Lines(), ""), " ", ""), "ready:"+typed)
				})
			}
			shows(c.answer)
			x.Send("\x1b[105;6u")
			shows(c.answer + `033[105;6u`)
			c.leave(x)
			x.Wait()
			if s := x.Screen(); s.Frame.Alternate() || s.Frame.Keyboard != (terminal.Keyboard{Kitty: 1}) {
				t.Errorf("at last the keyboard is %+v", s.Frame.Keyboard)
			}
		})
	}
	peertest.NothingLeft(t)
}
