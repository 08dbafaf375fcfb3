package app

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gmosh/bootstrap"
	"gmosh/bootstrap/probe"
	"gmosh/bootstrap/upload"
)

// uploaded shows an upload of 1 MB at 100 kB/s that is looked at every 50 ms.
func uploaded(cols int) string {
	var out bytes.Buffer
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := &progress{name: "gmosh", out: &out, cols: cols, now: func() time.Time { return now }}
	for sent := 0; sent <= 1_000_000; sent += 5_000 {
		p.tell(bootstrap.Uploading{Host: "ho\x1b[2Jst", Platform: "linux-arm64", Sent: sent, Size: 1_000_000})
		now = now.Add(50 * time.Millisecond)
	}
	return out.String()
}

func TestUploadOnATerminalIsABarWithRateAndTimeLeft(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(uploaded(120), "\n"), "\r")
	if len(lines) < 50 || len(lines) > 110 {
		t.Errorf("drawn %d times", len(lines))
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "\n\x1b") || line != "" && len(line) != 119 {
			t.Errorf("a line of %d: %q", len(line), line)
		}
	}
	if want := "gmosh: putting gmosh (linux-arm64) onto ho\\x1b[2Jst [##########          ] 50 %, 100 kB/s, 5.0 s left"; !strings.Contains(strings.Join(lines, "\n"), want) {
		t.Errorf("no %q in\n%s", want, strings.Join(lines, "\n"))
	}
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "gmosh: putting gmosh (linux-arm64) onto ho\\x1b[2Jst: 1.0 MB in 10s" {
		t.Errorf("the last line is %q", last)
	}
	if narrow := uploaded(20); strings.Count(narrow, "\n") != 1 {
		t.Errorf("a narrow terminal: %q", narrow)
	}
}

func TestUploadElsewhereIsOneLine(t *testing.T) {
	if got, want := uploaded(0), "gmosh: putting gmosh (linux-arm64) onto ho\\x1b[2Jst: 1.0 MB\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhyNothingWasUploadedIsSaid(t *testing.T) {
	with := situation{builds: &upload.Options{Folders: []string{"/usr/share/gmosh/servers"}}}
	without := with
	without.NoUpload = true
	send := &probe.Send{}
	for _, c := range []struct {
		name   string
		report probe.Report
		s      situation
		want   string // a part; "" is nothing at all
	}{
		{"not wanted", probe.Report{Platform: "linux-arm"}, without, ""},
		{"no build", probe.Report{Platform: "linux-arm"}, with, "no build of gmosh for host (linux-arm): gmosh-linux-arm was looked for in\n/usr/share/gmosh/servers."},
		{"corrupt", probe.Report{Send: send, Failed: &probe.Failure{Corrupt: true}}, with, "checksum"},
		{"not written", probe.Report{Send: send, Failed: &probe.Failure{Text: "disk\x1b quota exceeded"}}, with, "disk\\x1b quota exceeded"},
		{"noexec", probe.Report{Skipped: []probe.Skip{{Reason: probe.NotRunnable, Text: "/home/u"}}}, with, "(noexec): /home/u"},
		{"full", probe.Report{Skipped: []probe.Skip{{Reason: probe.NoRoom, Text: "/home/u"}}}, with, "no room left"},
		{"does not run", probe.Report{Send: send, Stored: "/x"}, with, "does not run"},
	} {
		got := notUploaded(c.report, "host", c.s)
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") || strings.Contains(got, "\x1b") {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestSessionsThatMayNotGetPastJumpHosts(t *testing.T) {
	for _, c := range []struct {
		event bootstrap.Doubtful
		want  []string
	}{
		{bootstrap.Doubtful{Host: "in\x1bside", Via: []string{"one", "two"}, Doubt: bootstrap.NoAddress},
			[]string{"straight to in\\x1bside", "its name has no address here", "\n  gmosh two -- ssh in\\x1bside"}},
		{bootstrap.Doubtful{Host: "inside", Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.5")}, Doubt: bootstrap.Private},
			[]string{"10.0.0.5 is an address of a private network", "what works is ssh."}},
	} {
		got := doubtful(c.event, situation{name: "gmosh"})
		for _, want := range c.want {
			if !strings.Contains(got, want) || strings.Contains(got, "%!") {
				t.Errorf("no %q in %q", want, got)
			}
		}
	}
}
