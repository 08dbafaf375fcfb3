package client

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"gmosh/protocol/sanitize"
	"gmosh/protocol/ssp"
)

// Farewell is what is said once the terminal is its owner's again.
type Farewell struct {
	Name           string         // of the program, in front of messages
	Server         netip.AddrPort // that was to be reached
	Stdout, Stderr io.Writer
	Verbose        bool // print the counters
	// Explain says why nothing was heard of the server, for whoever knows more of
	// it than its address; nil: that is all that is known.
	Explain func(Result, Cause) string
}

// Say tells the user how a session ended, where that is not what they expect, and
// returns the exit status of a mosh-client: 0 after a clean end, else 1.
func (f Farewell) Say(r Result) int {
	switch {
	case r.Err != nil:
		f.advise("The session had to end: " + sanitize.Text(r.Err.Error(), sanitize.DefaultLimit) + ".")
	case !r.Connected, !r.Clean && r.LostAtLogout:
		f.advise(f.unreached(r))
	case !r.Clean:
		f.advise("The session did not end cleanly: the server did not confirm it.\n" +
			"It may still be running there.")
	}
	if r.Exit != nil && r.Exit.Reason != "" {
		reason := sanitize.Line(r.Exit.Reason, sanitize.DefaultLimit)
		if !r.Exit.Exited { // else it is the command's, which was not even begun
			reason = "The server ended the session: " + reason
		}
		f.advise(reason)
	}
	if f.Verbose {
		f.counters(r)
	}
	fmt.Fprintln(f.Stdout, "[mosh is exiting.]")
	if r.Err != nil || !r.Clean {
		return 1
	}
	return 0
}

// advise prints a paragraph on stderr.
func (f Farewell) advise(text string) { fmt.Fprintf(f.Stderr, "\n%s: %s\n", f.Name, text) }

// unreached says what to do about a server that never answered, or was lost at the
// logout.
func (f Farewell) unreached(r Result) string {
	cause := r.Cause(f.Server)
	if f.Explain != nil {
		return f.Explain(r, cause)
	}
	text := fmt.Sprintf("No answer came from %s on UDP port %d.\n", f.Server.Addr(), f.Server.Port())
	switch cause {
	case Closed:
		return text + "Its machine says that nothing listens there: the server has ended, or the\n" +
			"address or port is another one's."
	case Foreign:
		return text + fmt.Sprintf("Something else answers there: %d packets came, and none is this session's.", r.Foreign)
	}
	return text + fmt.Sprintf("Check that no firewall stands in the way of UDP port %d, and that this is the\n"+
		"server's address. (Servers listen on a port from 60001 to 60999, unless -p PORT\n"+
		"names another one.)", f.Server.Port())
}

// counters prints what the session did.
func (f Farewell) counters(r Result) {
	c, t := r.Counters, r.Counters.Transport
	line := func(format string, args ...any) {
		fmt.Fprintf(f.Stderr, "%s: "+format+"\n", append([]any{f.Name}, args...)...)
	}
	peer := "mosh"
	if r.Server != nil {
		peer = sanitize.Line(r.Server.Software, 80)
	}
	line("server %s, %s, round trip %s", f.Server, peer, c.SRTT.Round(time.Millisecond))
	line("%d packets (%d bytes) sent, %d (%d) received, in %s", t.PacketsOut, t.BytesOut, t.PacketsIn, t.BytesIn, c.Elapsed.Round(time.Second))
	line("%d instructions sent (%d empty, %d repeats), %d received, %d new states", t.InstructionsOut, t.AcksOut, t.Resends, t.InstructionsIn, t.StatesIn)
	line("%s", lost(t))
	line("dropped: %s; %d sends failed, %d new ports", dropped(t.Drops), t.SendFailures, c.Hops)
	line("%d bytes typed, %d screen updates (%d bytes)", c.Typed, c.Frames, c.FrameBytes)
	if p := c.Prediction; p.Typed > 0 {
		line("keys guessed: %d, of which %d shown at once; %d came true (%d of them proof of an echo), %d did not (%d of them shown)",
			p.Typed, p.AtOnce, p.Confirmed, p.Credited, p.Wrong, p.Seen)
	}
	line("%d loop iterations, %d by timer, %d of these sent something", c.Iterations, c.Timers, c.TimerSends)
}

// lost says what became of the packets of the last minute.
func lost(t ssp.Stats) string {
	text := fmt.Sprintf("lost in the last minute: %d of %d packets on the way in", t.LostIn.Lost, t.LostIn.Sent)
	if t.LostOut.Known {
		text += fmt.Sprintf(", %d of %d on the way out", t.LostOut.Lost, t.LostOut.Sent)
	}
	return text
}

// dropped names the reasons for which something was dropped.
func dropped(d ssp.Drops) string {
	var out []string
	for _, reason := range []struct {
		count uint64
		name  string
	}{
		{d.Datagram, "not authentic"},
		{d.Fragment, "bad fragments"},
		{d.Inflate, "bad zlib streams"},
		{d.Instruction, "bad instructions"},
		{d.Version, "of another version"},
		{d.Duplicate, "duplicates"},
		{d.UnknownBase, "without a base"},
		{d.Throwaway, "bad throwaway numbers"},
		{d.Flood, "too many states"},
		{d.Diff, "bad diffs"},
		{d.AfterTheEnd, "after the end"},
		{d.UnknownState, "stray acknowledgements"},
	} {
		if reason.count > 0 {
			out = append(out, fmt.Sprintf("%d %s", reason.count, reason.name))
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}
