package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"gmosh/bootstrap"
	"gmosh/bootstrap/probe"
	"gmosh/bootstrap/upload"
)

// builds says where builds of gmosh for other machines may be: in this program,
// beside it, and in the data folders (XDG base directory specification).
func (p *program) builds(self string) *upload.Options {
	o := &upload.Options{
		Version:  strings.TrimPrefix(software(), gmoshName+" "),
		Platform: probe.Platform(runtime.GOOS, runtime.GOARCH),
		Bundle:   upload.Bundled(),
	}
	if file, err := filepath.EvalSymlinks(self); err == nil {
		o.Self = file
		o.Folders = append(o.Folders, filepath.Dir(file))
	}
	for _, folder := range p.dataFolders() {
		o.Folders = append(o.Folders, filepath.Join(folder, gmoshName, "servers"))
	}
	return o
}

// dataFolders are where a program's data is, the user's own folder first.
func (p *program) dataFolders() []string {
	var folders []string
	switch home, local := p.get("XDG_DATA_HOME"), p.get("LOCALAPPDATA"); {
	case home != "":
		folders = append(folders, home)
	case local != "":
		folders = append(folders, local)
	case p.get("HOME") != "":
		folders = append(folders, filepath.Join(p.get("HOME"), ".local", "share"))
	}
	if dirs := p.get("XDG_DATA_DIRS"); dirs != "" {
		return append(folders, filepath.SplitList(dirs)...)
	}
	return append(folders, "/usr/local/share", "/usr/share")
}

// progress shows how far an upload is: a bar on a terminal, one line elsewhere.
type progress struct {
	name string // of the program
	out  io.Writer
	cols int // of the terminal; 0: it is none
	now  func() time.Time

	begun, drawn time.Time
	seen         int       // bytes at
	seenAt       time.Time // the last look at the rate
	rate         float64   // bytes a second, lately
}

// progressOn looks what kind of thing out is.
func progressOn(name string, out io.Writer) *progress {
	p := &progress{name: name, out: out, now: time.Now}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.cols = 80
		if cols, _, err := term.GetSize(int(f.Fd())); err == nil && cols > 0 {
			p.cols = cols
		}
	}
	return p
}

const (
	redraw = 100 * time.Millisecond // between two bars
	steady = 0.3                    // share of the newest look in the rate
)

// tell shows an event.
func (p *progress) tell(e bootstrap.Uploading) {
	now := p.now()
	what := fmt.Sprintf("%s: putting gmosh (%s) onto %s", p.name, shown(e.Platform), shown(e.Host))
	switch {
	case p.begun.IsZero():
		p.begun, p.seenAt = now, now
		if p.cols == 0 {
			fmt.Fprintf(p.out, "%s: %s\n", what, amount(e.Size))
		}
	case now.Sub(p.drawn) < redraw && e.Sent < e.Size:
		return
	}
	if p.cols == 0 {
		return
	}
	p.measure(e.Sent, now)
	p.drawn = now
	if e.Sent >= e.Size {
		line := fmt.Sprintf("%s: %s in %s", what, amount(e.Size), duration(now.Sub(p.begun)))
		fmt.Fprintf(p.out, "\r%s\n", fit(line, p.cols))
		return
	}
	fmt.Fprint(p.out, "\r"+fit(p.bar(what, e), p.cols))
}

// measure takes a look at the rate.
func (p *progress) measure(sent int, now time.Time) {
	passed := now.Sub(p.seenAt).Seconds()
	if passed <= 0 {
		return
	}
	rate := float64(sent-p.seen) / passed
	if p.rate == 0 {
		p.rate = rate
	}
	p.rate += steady * (rate - p.rate)
	p.seen, p.seenAt = sent, now
}

// bar is the line while it goes on: how much, how fast, and how long still.
func (p *progress) bar(what string, e bootstrap.Uploading) string {
	const width = 20
	filled := width * e.Sent / max(e.Size, 1)
	line := fmt.Sprintf("%s [%s%s] %d %%", what, strings.Repeat("#", filled), strings.Repeat(" ", width-filled), 100*e.Sent/max(e.Size, 1))
	if p.rate > 0 {
		left := time.Duration(float64(e.Size-e.Sent) / p.rate * float64(time.Second))
		line += fmt.Sprintf(", %s/s, %s left", amount(int(p.rate)), duration(left))
	}
	return line
}

// fit cuts or fills a line, so that it stays one and hides the one before it.
func fit(line string, cols int) string {
	line = fmt.Sprintf("%-*s", cols-1, line)
	return line[:max(cols-1, 0)]
}

// amount is a number of bytes for people.
func amount(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

// duration is a time for people, who do not count milliseconds.
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
