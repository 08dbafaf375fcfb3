package logind

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gmosh/protocol/health"
	"gmosh/protocol/peertest"
)

// environment makes a lookup of NAME=VALUE words.
func environment(words ...string) func(string) string {
	return func(name string) string {
		for _, w := range words {
			if value, ok := strings.CutPrefix(w, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// A mock logind on a real bus.
func TestOverABus(t *testing.T) {
	const pid = 4711
	tests := []struct {
		name    string
		options peertest.LogindOptions
		want    health.Logind
		lingers bool // afterwards, having been asked to
	}{
		{"kills", peertest.LogindOptions{Kill: true}, health.Logind{Kills: true, Moved: true, Manager: true, Exposed: true, StopDelay: usualDelay}, true},
		{"kills, with linger", peertest.LogindOptions{Kill: true, Linger: true},
			health.Logind{Kills: true, Moved: true, Manager: true, Linger: true, StopDelay: usualDelay}, true},
		{"kills, and linger is refused", peertest.LogindOptions{Kill: true, RefuseLinger: true},
			health.Logind{Kills: true, Moved: true, Manager: true, Exposed: true, StopDelay: usualDelay}, false},
		{"spares this user", peertest.LogindOptions{Kill: true, Exclude: []string{"ann"}}, health.Logind{StopDelay: usualDelay}, true},
		{"kills nobody", peertest.LogindOptions{}, health.Logind{StopDelay: usualDelay}, true},
	}
	for _, tt := range tests {
		mock := peertest.StartLogind(t, tt.options)
		h := Host{UID: os.Getuid(), Name: "ann", PID: pid, Cgroup: sessionV2, Getenv: environment(mock.Env...)}
		got := Guard(t.Context(), h)
		if got == nil {
			t.Errorf("%s: no logind", tt.name)
			continue
		}
		if d := cmp.Diff(tt.want, *got); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
		if moved := mock.Moved(); slices.Contains(moved, pid) != got.Moved {
			t.Errorf("%s: moved %v", tt.name, moved)
		}
		h.ways = []way{newBus(h)} // what loginctl says is not the mock's
		_, err := SetLinger(t.Context(), h, true)
		if (err == nil) != tt.lingers || mock.Lingers() != tt.lingers {
			t.Errorf("%s: lingers %v, %v", tt.name, mock.Lingers(), err)
		}
	}
}

func TestOnABusWithoutAUsersManagerNothingIsMoved(t *testing.T) {
	mock := peertest.StartLogind(t, peertest.LogindOptions{Kill: true, Linger: true, NoManager: true})
	h := Host{UID: 1 << 30, Name: "ann", PID: 4711, Cgroup: sessionV2, Getenv: environment(mock.Env...)}
	h.ways = []way{newBus(h)}
	l := Guard(t.Context(), h)
	if l == nil || l.Moved || !l.Exposed || !strings.Contains(l.Err, ErrNoManager.Error()) || len(mock.Moved()) > 0 {
		t.Errorf("%+v", l)
	}
}

// Programs early in PATH, and no bus at all.
func TestWithProgramsOfPATH(t *testing.T) {
	dir := peertest.PublicDir(t)
	log := filepath.Join(dir, "log")
	for name, text := range map[string]string{
		"busctl": `case "$*" in
*KillUserProcesses) echo "b true";;
*KillOnlyUsers) echo "as 0";;
*KillExcludeUsers) echo 'as 2 "root" "bob"';;
*UserStopDelayUSec) echo "t 5000000";;
*StartTransientUnit*) echo "busctl $*" >>` + log + `;;
*) exit 1;;
esac`,
		"loginctl": `case "$*" in
"show-user 1000 -p Linger --value") [ -e ` + dir + `/on ] && echo yes || echo no;;
"enable-linger ann") : >` + dir + `/on;;
*) exit 1;;
esac`,
	} {
		path := filepath.Join(dir, name)
		peertest.WriteFile(t, path, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	h := Host{UID: 1000, Name: "ann", PID: 7, Cgroup: sessionV2,
		Getenv: environment("DBUS_SYSTEM_BUS_ADDRESS=unix:path="+dir+"/none", "XDG_RUNTIME_DIR="+dir)}
	want := health.Logind{Kills: true, Moved: true, Manager: true, Exposed: true, StopDelay: usualDelay / 2}
	if got := Guard(t.Context(), h); got == nil || *got != want {
		t.Errorf("%+v", got)
	}
	text, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(text), "--user call "+systemdName) || !strings.Contains(string(text), "PIDs au 1 7 ") {
		t.Errorf("%s, %v", text, err)
	}
	got, err := SetLinger(t.Context(), h, true)
	if want.Linger, want.Exposed = true, false; err != nil || got == nil || *got != want {
		t.Errorf("with linger: %+v, %v", got, err)
	}
	h.Name = "bob"
	if got := Guard(t.Context(), h); got == nil || got.Exposed || got.Kills {
		t.Errorf("a user that is spared: %+v", got)
	}
	if err := os.Remove(filepath.Join(dir, "busctl")); err != nil {
		t.Fatal(err)
	}
	peertest.WriteFile(t, filepath.Join(dir, "systemd-run"), "#!/bin/sh\nexit 1\n")
	if err := os.Chmod(filepath.Join(dir, "systemd-run"), 0o755); err != nil {
		t.Fatal(err)
	}
	if words, err := Wrapper(t.Context()); !errors.Is(err, ErrNoScope) {
		t.Errorf("a systemd-run that fails: %q, %v", words, err)
	}
}
