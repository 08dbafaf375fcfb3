package client

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTerminalAt9600BaudShowsTheNewestOfAFlood floods a terminal that takes 960 bytes
// a second with twenty times as much.
func TestTerminalAt9600BaudShowsTheNewestOfAFlood(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.user.baud = 9600
		w.start()
		w.pass(5 * time.Second)
		for i := range 500 {
			w.server.print(fmt.Sprintf("\x1b[H%d%s", i, strings.Repeat(fmt.Sprintf("\r\n%c%70d", 'a'+i%26, i), 20)))
			w.pass(20 * time.Millisecond)
			if i == 250 {
				w.user.typeText("x")
			}
			if i == 255 && w.server.typed() != "x" { // 100 ms later, ten round trips
				t.Error("a key waits for the terminal")
			}
		}
		shown := w.user.written()
		w.pass(4 * time.Second) // what is under way, and the newest: 1500 bytes each
		if n := w.user.written() - shown; n > 2 {
			t.Errorf("%d frames were waiting for the terminal", n)
		}
		w.wantLine(20, fmt.Sprintf("%c%70d", 'a'+499%26, 499)+"x")
		w.quit()
	})
}
