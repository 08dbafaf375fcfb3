package app

import (
	"fmt"
	"slices"
	"strings"

	"gmosh/bootstrap"
	"gmosh/bootstrap/probe"
	"gmosh/bootstrap/upload"
)

// lacking is what a session has only between two halves of gmosh.
const lacking = "Such a session does not know the command's exit status and shows no alternate screen, links,\n" +
	"faint or struck-out text, or kinds of underlines."

// instead says that another server is used than this version's, and why.
func instead(e bootstrap.Instead, s situation) string {
	what := fmt.Sprintf("the gmosh that is there, %s, is used, which is of another version.", shown(e.Server.Path))
	if e.Server.Name != gmoshName {
		what = fmt.Sprintf("the %s that is there is used. %s", shown(e.Server.Name), lacking)
	}
	why := notUploaded(e.Report, shown(e.Host), s)
	if i := slices.IndexFunc(e.Report.Servers, func(s probe.Server) bool { return s.Status != 0 }); why == "" && i >= 0 {
		why = fmt.Sprintf("%s does not run on %s.", shown(e.Report.Servers[i].Path), shown(e.Host))
	}
	if why != "" {
		return why + "\n" + what
	}
	return what
}

// notUploaded says why this version of gmosh is not on a host; "" if it was not to
// be put there.
func notUploaded(r probe.Report, host string, s situation) string {
	switch {
	case s.builds == nil || s.NoUpload:
		return ""
	case r.Failed != nil && r.Failed.Corrupt:
		return fmt.Sprintf("gmosh was sent to %s and did not arrive whole: its checksum is wrong.", host)
	case r.Failed != nil:
		return fmt.Sprintf("gmosh was sent to %s and could not be written there: %s.", host, said(r.Failed.Text))
	case r.Stored != "":
		return fmt.Sprintf("gmosh was put onto %s and does not run there.", host)
	case len(r.Skipped) > 0:
		return fmt.Sprintf("gmosh could not be put onto %s:\n%s", host, skipped(r.Skipped))
	case s.PTY:
		return fmt.Sprintf("gmosh is not put onto %s over a terminal (--ssh-pty).", host)
	case r.Platform == "" || s.has(r.Platform):
		return ""
	}
	return fmt.Sprintf("there is no build of gmosh for %s (%s): gmosh-%s was looked for in\n%s.\n"+
		"`make servers`, in gmosh's source, puts builds for other machines into ~/.local/share/gmosh/servers.",
		host, shown(r.Platform), shown(r.Platform), strings.Join(s.builds.Folders, ", "))
}

// has reports whether this program can be put onto a platform.
func (s situation) has(platform string) bool {
	return s.builds != nil && slices.ContainsFunc(upload.Find(*s.builds).Builds(), func(b probe.Build) bool { return b.Platform == platform })
}

// reasons are keyed by what the script says of a folder.
var reasons = map[probe.Reason]string{
	probe.NotOurs:     "others may write there, or it is not yours",
	probe.Unwritable:  "it cannot be written",
	probe.NoRoom:      "there is no room left, or your share of it is used up",
	probe.NotRunnable: "no program may be run from there (noexec)",
}

func skipped(folders []probe.Skip) string {
	var lines []string
	for _, f := range folders {
		lines = append(lines, fmt.Sprintf("  %s: %s", reasons[f.Reason], shown(f.Text)))
	}
	return strings.Join(lines, "\n")
}

// said is what a system over there has said, if anything.
func said(text string) string {
	if text == "" {
		return "it did not say why"
	}
	return shown(text)
}

// doubts are keyed by what speaks against a session.
var doubts = map[bootstrap.Doubt]string{
	bootstrap.NoAddress: "its name has no address here",
	bootstrap.NoRoute:   "this machine has no way to %s",
	bootstrap.Private:   "%s is an address of a private network, and not of one that this machine is in",
}

// doubtful says that SSH's way to a host is not the session's, and what works.
func doubtful(e bootstrap.Doubtful, s situation) string {
	var addrs []string
	for _, a := range e.Addrs {
		addrs = append(addrs, a.String())
	}
	why := doubts[e.Doubt]
	if strings.Contains(why, "%s") {
		why = fmt.Sprintf(why, strings.Join(addrs, ", "))
	}
	host := shown(e.Host)
	text := fmt.Sprintf("SSH reaches %s through others, which do not carry the session: its UDP goes straight to %[1]s,\n"+
		"and may not get there: %s.", host, why)
	if len(e.Via) == 0 {
		return text + " If nothing comes, what works is ssh."
	}
	last := shown(e.Via[len(e.Via)-1])
	return text + fmt.Sprintf(" If nothing comes, a session with the jump host works, and ssh from there:\n"+
		"  %s %s -- ssh %s", s.name, last, host)
}
