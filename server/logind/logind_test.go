package logind

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gmosh/protocol/health"
)

// fakeWay answers with what it holds, and notes what was done.
type fakeWay struct {
	set       settings
	lingers   bool
	lingerErr error
	moveErr   error
	err       error // of everything
	moved     int
}

func (f *fakeWay) settings(context.Context) (settings, error) { return f.set, f.err }
func (f *fakeWay) linger(context.Context) (bool, error) {
	return f.lingers, errors.Join(f.err, f.lingerErr)
}
func (f *fakeWay) setLinger(_ context.Context, on bool) error {
	if f.err == nil && f.lingerErr == nil {
		f.lingers = on
	}
	return errors.Join(f.err, f.lingerErr)
}
func (f *fakeWay) move(context.Context, int) error {
	err := errors.Join(f.err, f.moveErr)
	if err == nil {
		f.moved++
	}
	return err
}
func (*fakeWay) close() {}

const (
	sessionV2  = "0::/user.slice/user-1000.slice/session-3.scope\n"
	sessionV1  = "12:pids:/user.slice\n1:name=systemd:/user.slice/user-1000.slice/session-c1.scope\n0::/\n"
	managerV2  = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope\n"
	elsewhere  = "0::/system.slice/ssh.service\n"
	usualDelay = 10 * time.Second
)

func TestGuard(t *testing.T) {
	kills := settings{kill: true, stopDelay: usualDelay}
	tests := []struct {
		name    string
		cgroup  string
		session string // XDG_SESSION_ID
		way     fakeWay
		want    *health.Logind
		moved   bool
	}{
		{name: "no login of logind's", cgroup: elsewhere, way: fakeWay{set: kills}},
		{name: "no logind", cgroup: sessionV2, way: fakeWay{err: ErrNoLogind}},
		{name: "it kills nothing", cgroup: sessionV2, way: fakeWay{set: settings{stopDelay: usualDelay}}, want: &health.Logind{StopDelay: usualDelay}},
		{name: "it kills, and the user lingers", cgroup: sessionV2, way: fakeWay{set: kills, lingers: true},
			want: &health.Logind{Kills: true, Moved: true, Manager: true, Linger: true, StopDelay: usualDelay}, moved: true},
		{name: "by the older tree", cgroup: sessionV1, way: fakeWay{set: kills, lingers: true},
			want: &health.Logind{Kills: true, Moved: true, Manager: true, Linger: true, StopDelay: usualDelay}, moved: true},
		{name: "by the login's variable", cgroup: "0::/\n", session: "3", way: fakeWay{set: kills, lingers: true},
			want: &health.Logind{Kills: true, Moved: true, Manager: true, Linger: true, StopDelay: usualDelay}, moved: true},
		{name: "it kills, and nobody lingers", cgroup: sessionV2, way: fakeWay{set: kills},
			want: &health.Logind{Kills: true, Moved: true, Manager: true, Exposed: true, StopDelay: usualDelay}, moved: true},
		{name: "a manager that is never stopped", cgroup: sessionV2, way: fakeWay{set: settings{kill: true, stopDelay: -1}},
			want: &health.Logind{Kills: true, Moved: true, Manager: true}, moved: true},
		{name: "no manager", cgroup: sessionV2, way: fakeWay{set: kills, lingers: true, moveErr: ErrNoManager},
			want: &health.Logind{Kills: true, Exposed: true, Linger: true, StopDelay: usualDelay, Err: ErrNoManager.Error()}},
		{name: "below the manager already, and the user lingers", cgroup: managerV2, session: "3", way: fakeWay{set: settings{stopDelay: usualDelay}, lingers: true},
			want: &health.Logind{Moved: true, Manager: true, Linger: true, StopDelay: usualDelay}},
		{name: "below the manager already, and nobody lingers", cgroup: managerV2, way: fakeWay{set: settings{stopDelay: usualDelay}},
			want: &health.Logind{Moved: true, Manager: true, Exposed: true, StopDelay: usualDelay}},
		{name: "others are killed", cgroup: sessionV2, way: fakeWay{set: settings{kill: true, only: []string{"eve"}}}, want: &health.Logind{}},
		{name: "this user is spared", cgroup: sessionV2, way: fakeWay{set: settings{kill: true, exclude: []string{"root", "ann"}}}, want: &health.Logind{}},
		{name: "this user alone is killed", cgroup: sessionV2, way: fakeWay{set: settings{kill: true, only: []string{"ann"}}, lingers: true},
			want: &health.Logind{Kills: true, Moved: true, Manager: true, Linger: true}, moved: true},
	}
	for _, tt := range tests {
		w := tt.way
		h := Host{UID: 1000, Name: "ann", PID: 7, Cgroup: tt.cgroup, ways: []way{&w}, Getenv: func(string) string { return tt.session }}
		got := Guard(t.Context(), h)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
		if (w.moved > 0) != tt.moved {
			t.Errorf("%s: moved %d times", tt.name, w.moved)
		}
	}
}

func TestTheNextWayIsTriedWhereOneFails(t *testing.T) {
	dead := &fakeWay{err: errors.New("no bus")}
	good := &fakeWay{set: settings{kill: true, stopDelay: usualDelay}}
	h := Host{Name: "ann", Cgroup: sessionV2, ways: []way{dead, good}, Getenv: func(string) string { return "" }}
	if l := Guard(t.Context(), h); l == nil || !l.Moved || !l.Exposed || good.moved != 1 {
		t.Errorf("%+v, moved %d times", l, good.moved)
	}
	l, err := SetLinger(t.Context(), h, true)
	if err != nil || l == nil || l.Exposed || !good.lingers {
		t.Errorf("%+v, %v", l, err)
	}
	refused := &fakeWay{set: good.set, lingerErr: errors.New("access denied")}
	h.ways = []way{dead, refused}
	if _, err := SetLinger(t.Context(), h, true); err == nil {
		t.Error("no error where linger is refused")
	}
}
