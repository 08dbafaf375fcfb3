//go:build unix

package pty

import (
	"bytes"
	"testing"
)

func TestTheDisciplineIsThatOfTheProgramsSide(t *testing.T) {
	for modes, want := range map[string]Discipline{
		"sane":  {Canonical: true, Echo: true, Signals: true},
		"-echo": {Canonical: true, Signals: true},
		"raw":   {Echo: true}, // of stty, which leaves echo as it is
	} {
		term := open(t, 80, 24)
		p, err := term.Start(Command{Path: "sh", Args: []string{"sh", "-c", "stty " + modes + "; echo set; read x"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/"})
		if err != nil {
			t.Fatal(err)
		}
		var out []byte
		for !bytes.Contains(out, []byte("set")) {
			buf := make([]byte, 100)
			n, err := term.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, buf[:n]...)
		}
		if got, err := term.(Disciplined).Discipline(); got != want || err != nil {
			t.Errorf("after stty %s: %+v, %v, want %+v", modes, got, err, want)
		}
		term.Close()
		p.Wait()
	}
}
