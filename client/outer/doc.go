// Package outer finds out what the terminal around the client can do, by asking it:
// who it is (XTVERSION), synchronized output (DECRQM 2026), the kitty keyboard (CSI ? u),
// a few of its terminfo's entries (XTGETTCAP), its colours (OSC 10 and 11), and at last what every terminal
// answers (DA), so that no answer is waited for that does not come.
//
// A Filter takes the answers out of what is typed, whenever they come and however
// they are cut, and leaves the rest as it is: neither a prompt nor the session gets
// to see one. What it has learnt improves a render.Dialect that was made from TERM
// alone, and is what a gmosh server is told of the terminal.
//
// client feeds it. It reads and writes nothing itself. Pure; a Filter belongs to one
// goroutine.
package outer
