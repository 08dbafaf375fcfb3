package client

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"gmosh/client/predict"
	"gmosh/protocol/ssp"
	"gmosh/protocol/wire"
)

func TestFarewell(t *testing.T) {
	tests := []struct {
		name   string
		result Result
		status int
		want   []string // on stderr; none: nothing at all
	}{
		{"a clean end", Result{Clean: true, Connected: true}, 0, nil},
		{"a clean end with a status", Result{Clean: true, Connected: true, Exit: &wire.Exit{Exited: true, Status: 3}}, 0, nil},
		{"no answer", Result{}, 1, []string{"No answer came from 192.0.2.1 on UDP port 60001.", "firewall", "-p PORT"}},
		{"no answer, and nobody listens", Result{Refused: true}, 1, []string{"nothing listens there"}},
		{"no answer, and something else answers", Result{Foreign: 7}, 1, []string{"Something else answers there: 7 packets"}},
		{"an unclean end", Result{Connected: true}, 1, []string{"did not end cleanly", "still be running"}},
		{"a fatal error", Result{Connected: true, Err: errors.New("session key is used up")}, 1, []string{"session key is used up"}},
		{"a reason of the server's", Result{Clean: true, Connected: true, Exit: &wire.Exit{Reason: "killed \x1b[2J by SIGTERM"}}, 0,
			[]string{`The server ended the session: killed \x1b[2J by SIGTERM`}},
		{"a command that is not there", Result{Clean: true, Connected: true, Exit: &wire.Exit{Exited: true, Status: 127, Reason: "cannot execute x: not found"}}, 0,
			[]string{"mosh-client: cannot execute x: not found"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			f := Farewell{Name: "mosh-client", Server: netip.MustParseAddrPort("192.0.2.1:60001"), Stdout: &out, Stderr: &errs}
			if status := f.Say(tt.result); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if got, want := out.String(), "[mosh is exiting.]\n"; got != want {
				t.Errorf("stdout %q, want %q", got, want)
			}
			if (errs.Len() == 0) != (len(tt.want) == 0) {
				t.Errorf("stderr %q", errs.String())
			}
			for _, want := range tt.want {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("stderr %q lacks %q", errs.String(), want)
				}
			}
		})
	}
}

func TestVerboseFarewellPrintsTheCounters(t *testing.T) {
	var out, errs bytes.Buffer
	f := Farewell{Name: "gmosh", Stdout: &out, Stderr: &errs, Verbose: true}
	f.Say(Result{Clean: true, Connected: true, Server: &wire.Hello{Software: "\x1b[31mevil"}, Counters: Counters{
		Iterations: 42, TimerSends: 7, Prediction: predict.Stats{Typed: 9, AtOnce: 8, Confirmed: 7, Wrong: 2, Seen: 1},
		Transport: ssp.Stats{Drops: ssp.Drops{Duplicate: 3, Datagram: 1}},
	}})
	got := errs.String()
	for _, want := range []string{"dropped: 1 not authentic, 3 duplicates;", "42 loop iterations", "7 of these sent something", "keys guessed: 9, of which 8 shown at once; 7 came true", "2 did not (1 of them shown)", `\x1b[31mevil`} {
		if !strings.Contains(got, want) {
			t.Errorf("stderr lacks %q:\n%s", want, got)
		}
	}
}
