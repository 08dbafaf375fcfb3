package ticket

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gmosh/protocol/datagram"
)

const keyText = "AAECAwQFBgcICQoLDA0ODw"

func testKey(t testing.TB) datagram.Key {
	t.Helper()
	k, err := datagram.ParseKey(keyText)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestLinesAreWrittenAsMoshWritesThem(t *testing.T) {
	for got, want := range map[string]string{
		FormatConnect(60001, testKey(t)):                                                  "MOSH CONNECT 60001 " + keyText,
		FormatIP(netip.MustParseAddr("192.0.2.7")):                                        "MOSH IP 192.0.2.7",
		FormatIP(netip.MustParseAddr("::ffff:192.0.2.7")):                                 "MOSH IP 192.0.2.7",
		FormatIP(netip.MustParseAddr("fe80::1%eth0")):                                     "MOSH IP fe80::1%eth0",
		FormatSSHConnection(SSHConnection{ap("192.0.2.1:50000"), ap("[2001:db8::1]:22")}): "MOSH SSH_CONNECTION 192.0.2.1 50000 2001:db8::1 22",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func ap(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestParseLine(t *testing.T) {
	key := testKey(t)
	for _, c := range []struct {
		in   string
		want Line
	}{
		{"MOSH CONNECT 60001 " + keyText, Connect{60001, key}},
		{"  MOSH\tCONNECT 1  " + keyText + " \r", Connect{1, key}},
		{"MOSH CONNECT 65535 " + keyText, Connect{65535, key}},
		{"MOSH IP 192.0.2.7", netip.MustParseAddr("192.0.2.7")},
		{"MOSH IP ::ffff:192.0.2.7", netip.MustParseAddr("192.0.2.7")},
		{"MOSH SSH_CONNECTION 192.0.2.1 50000 ::ffff:192.0.2.2 22", SSHConnection{ap("192.0.2.1:50000"), ap("192.0.2.2:22")}},
		// Not our lines.
		{"", nil}, {"MOSH", nil}, {"MOSH WHAT 1 2", nil}, {"mosh connect 1 " + keyText, nil},
		{"xMOSH CONNECT 1 " + keyText, nil}, {"MOSHCONNECT 1 " + keyText, nil},
	} {
		got, err := ParseLine(c.in)
		if err != nil {
			t.Errorf("ParseLine(%q): %v", c.in, err)
		} else if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
			t.Errorf("ParseLine(%q): -want +got\n%s", c.in, diff)
		}
	}
}

func TestMalformedLinesSayWhatWasSeen(t *testing.T) {
	for in, want := range map[string]string{
		"MOSH CONNECT":                            "0 words",
		"MOSH CONNECT 60001":                      "1 words",
		"MOSH CONNECT 60001 " + keyText + " more": "3 words",
		"MOSH CONNECT 0 " + keyText:               `"0" is no port`,
		"MOSH CONNECT 65536 " + keyText:           `"65536" is no port`,
		"MOSH CONNECT -1 " + keyText:              `"-1" is no port`,
		"MOSH CONNECT +1 " + keyText:              `"+1" is no port`,
		"MOSH CONNECT 60\x1b[2J01 " + keyText:     `\\x1b[2J`,
		"MOSH CONNECT 1 short":                    "5 characters, want 22",
		"MOSH CONNECT 1 AAECAwQFBgcICQoLDA0OD-":   "base64",
		"MOSH CONNECT 1 AAECAwQFBgcICQoLDA0ODx":   "base64", // spare bits set
		"MOSH CONNECT 1 " + keyText + "==":        "24 characters",
		"MOSH IP":                                 "0 words",
		"MOSH IP example.org":                     `"example.org" is no IP address`,
		"MOSH SSH_CONNECTION 1.2.3.4 5 6.7.8.9":   "3 words",
		"MOSH SSH_CONNECTION a 5 6.7.8.9 22":      `"a" is no IP address`,
		"MOSH SSH_CONNECTION 1.2.3.4 5 6.7.8.9 x": `"x" is no port`,
	} {
		_, err := ParseLine(in)
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseLine(%q): error %v, want %q", in, err, want)
		}
		if err != nil && strings.Contains(err.Error(), keyText) {
			t.Errorf("ParseLine(%q): the error shows the key: %v", in, err)
		}
	}
}

// scan runs a Scanner over pieces and returns what it made of them.
func scan(pieces ...string) (found Found, passed []string, err error) {
	s := NewScanner(func(line string) { passed = append(passed, line) })
	for _, p := range pieces {
		if _, err := s.Write([]byte(p)); err != nil {
			return s.Found(), passed, err
		}
	}
	err = s.Close()
	return s.Found(), passed, err
}

func TestScannerFindsTheLineInALogin(t *testing.T) {
	const line = "MOSH CONNECT 60001 " + keyText
	for _, c := range []struct {
		name   string
		in     string
		passed []string
	}{
		{"alone", line + "\n", nil},
		{"no line end", line, nil},
		{"carriage return", line + "\r\n", nil},
		{"after the empty line of a tty", "ls -l\r\n\n" + line + "\r\n", []string{"ls -l", ""}},
		{"after a banner", "Welcome to \x1b[1mhost\x1b[m\n" + line + "\n", []string{`Welcome to \x1b[1mhost\x1b[m`}},
		{"behind escape sequences", "\x1b[?2004l\r\x1b]0;title\a\x1b]2;t\x1b\\\x1b=" + line + "\n", nil},
		{"behind an unfinished sequence", "\x1b[?20\n" + line + "\n", []string{`\x1b[?20`}},
		{"not after other text", "echo " + line + "\n" + line + "\n", []string{"echo " + line}},
		{"the first of several", line + "\nMOSH CONNECT 7 " + keyText + "\n", nil},
		{"a bad one before it", "MOSH CONNECT 99999 " + keyText + "\n" + line + "\n", nil},
		{"nothing after it is passed on", line + "\n\x1b[31mspam\n", nil},
		{"after an endless line", strings.Repeat("x", 3*maxLine) + "\n" + line + "\n",
			[]string{strings.Repeat("x", maxLine)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bytewise := strings.Split(c.in, "")
			for how, pieces := range map[string][]string{"whole": {c.in}, "byte by byte": bytewise} {
				found, passed, err := scan(pieces...)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if want := (Connect{60001, testKey(t)}); *found.Connect != want {
					t.Errorf("%s: found %v, want %v", how, *found.Connect, want)
				}
				if diff := cmp.Diff(c.passed, passed); diff != "" {
					t.Errorf("%s: passed on: -want +got\n%s", how, diff)
				}
			}
		})
	}
}

func TestScannerReadsAddressLines(t *testing.T) {
	found, passed, err := scan("MOSH IP 192.0.2.7\n", "MOSH SSH_CONNECTION 192.0.2.1 50000 10.0.0.2 22\r\n",
		"MOSH SSH_CONNECTION 1.1.1.1 1 1.1.1.1 1\n", FormatConnect(60001, testKey(t)))
	if err != nil || passed != nil {
		t.Fatalf("error %v, passed on %q", err, passed)
	}
	if found.IP != netip.MustParseAddr("192.0.2.7") {
		t.Errorf("IP %v", found.IP)
	}
	if want := (SSHConnection{ap("192.0.2.1:50000"), ap("10.0.0.2:22")}); *found.SSHConnection != want {
		t.Errorf("SSH_CONNECTION %v, want the first, %v", *found.SSHConnection, want)
	}
}

func TestScannerRefusesASecondMoshIP(t *testing.T) {
	_, _, err := scan("MOSH IP 192.0.2.7\nMOSH IP 198.51.100.1\n" + FormatConnect(60001, testKey(t)) + "\n")
	if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "198.51.100.1") {
		t.Errorf("error %v, want one that names the second address", err)
	}
}

func TestScannerWithoutTheLine(t *testing.T) {
	if _, _, err := scan("sh: mosh-server: not found\n"); err != ErrNoConnect {
		t.Errorf("error %v, want ErrNoConnect", err)
	}
	_, passed, err := scan("MOSH CONNECT 70000 " + keyText + "\n")
	if !errors.Is(err, ErrNoConnect) || !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), `"70000"`) {
		t.Errorf("error %v, want one that says what was wrong with the port", err)
	}
	if passed != nil {
		t.Errorf("a line with a key was passed on: %q", passed)
	}
}

func TestScannerBoundsWhatItPassesOn(t *testing.T) {
	const lines = 40_000 // 2.3 MB
	var in strings.Builder
	for i := range lines {
		fmt.Fprintf(&in, "%05d \x1b]0;you have been had\a and so on and so forth\n", i)
	}
	in.WriteString(FormatConnect(60001, testKey(t)) + "\n")
	found, passed, err := scan(in.String())
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, line := range passed {
		total += len(line) + 1
		if strings.ContainsRune(line, '\x1b') {
			t.Fatalf("not sanitised: %q", line)
		}
	}
	if total > maxPassed || total < maxPassed*9/10 {
		t.Errorf("%d bytes passed on, want nearly %d", total, maxPassed)
	}
	if len(passed)+found.Left != lines {
		t.Errorf("%d passed on and %d left out, of %d", len(passed), found.Left, lines)
	}
}

func TestScannerGivesUpOnEndlessOutput(t *testing.T) {
	s := NewScanner(nil)
	s.seen = maxOutput - 10 // as if that much had come before
	if n, err := s.Write([]byte("0123456789\n")); n != 11 || err != nil {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
	for range 2 {
		if n, err := s.Write([]byte(FormatConnect(60001, testKey(t)) + "\n")); n != 0 || err != ErrTooMuch {
			t.Errorf("wrote %d bytes, %v; want ErrTooMuch", n, err)
		}
	}
}

func TestScannerMemoryIsBounded(t *testing.T) {
	s := NewScanner(nil)
	chunk := []byte(strings.Repeat("x", 1<<16))
	for range 16 { // one line of a MiB
		s.Write(chunk)
	}
	if cap(s.line) > 2*maxLine {
		t.Errorf("a line takes %d bytes", cap(s.line))
	}
}

func FuzzTicket(f *testing.F) {
	for _, seed := range []string{
		"MOSH CONNECT 60001 " + keyText, "MOSH CONNECT 060001 " + keyText + "\r",
		"MOSH CONNECT 60001 AAECAwQFBgcICQoLDA0ODx", "MOSH IP fe80::1%eth0",
		"MOSH IP ::ffff:1.2.3.4", "MOSH SSH_CONNECTION 1.2.3.4 5 ::1 22", "MOSH", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		line, err := ParseLine(in)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || line != nil {
				t.Fatalf("%v, %v", line, err)
			}
			return
		}
		var text string
		switch l := line.(type) {
		case Connect:
			text = FormatConnect(l.Port, l.Key)
		case netip.Addr:
			text = FormatIP(l)
		case SSHConnection:
			text = FormatSSHConnection(l)
		default:
			return
		}
		if again, err := ParseLine(text); err != nil || again != line {
			t.Fatalf("%q reads as %v, %v; want %v", text, again, err, line)
		}
	})
}

func FuzzScan(f *testing.F) {
	f.Add("hello\r\nMOSH CONNECT 60001 "+keyText+"\r\nbye", uint8(3))
	f.Add("MOSH IP 1.2.3.4\nMOSH IP 1.2.3.4\n", uint8(1))
	f.Add("\x1b[?2004l\r\x1b]0;t\x1b\\MOSH CONNECT 1 "+keyText, uint8(7))
	f.Add("MOSH CONNECT x y\n\xff\xfe\u202e", uint8(2))
	f.Fuzz(func(t *testing.T, in string, step uint8) {
		var pieces []string
		for rest := in; rest != ""; {
			n := min(int(step)+1, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		found, passed, err := scan(in)
		found2, passed2, err2 := scan(pieces...)
		if diff := cmp.Diff(passed, passed2); diff != "" {
			t.Fatalf("split reads pass on something else:\n%s", diff)
		}
		if fmt.Sprint(err) != fmt.Sprint(err2) || (found.Connect == nil) != (found2.Connect == nil) ||
			found.Connect != nil && *found.Connect != *found2.Connect || found.IP != found2.IP {
			t.Fatalf("split reads find something else: %+v %v, %+v %v", found, err, found2, err2)
		}
		for _, line := range passed {
			if strings.ContainsAny(line, "\x1b\n\r\x00\x7f") {
				t.Fatalf("not sanitised: %q", line)
			}
		}
	})
}
