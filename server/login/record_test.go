package login

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// fakeHelper notes what the utempter helper is run with.
type fakeHelper struct{ ran []string }

func (f *fakeHelper) RunHelper(_ context.Context, path string, args ...string) error {
	f.ran = append(f.ran, path+" "+strings.Join(args, " "))
	return nil
}

// fakeLog notes what goes to syslog.
type fakeLog struct{ said []string }

func (f *fakeLog) Info(text string) error { f.said = append(f.said, text); return nil }
func (f *fakeLog) Close() error           { f.said = append(f.said, "closed"); return nil }

func TestTheRecordFollowsTheClientAndIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		helper, log := &fakeHelper{}, &fakeLog{}
		r := startRecord([]recorder{
			&utmp{term: helper, path: "utempter", pid: 7},
			&journal{user: "u", open: func() logger { return log }},
		})
		for _, host := range []string{"192.0.2.1", "192.0.2.1", "192.0.2.2"} {
			r.Connected(host)
			synctest.Wait()
		}
		r.Detached()
		synctest.Wait()
		r.End()
		r.Connected("192.0.2.3") // too late
		r.End()
		wantRan := []string{
			"utempter add 192.0.2.1 via mosh [7]", "utempter del",
			"utempter add 192.0.2.2 via mosh [7]", "utempter del",
			"utempter add mosh [7]", "utempter del",
		}
		if !slices.Equal(helper.ran, wantRan) {
			t.Errorf("helper: %q", helper.ran)
		}
		wantSaid := []string{
			"user u session begin", "user u connected from host: 192.0.2.1",
			"user u connected from host: 192.0.2.2", "user u session end", "closed",
		}
		if !slices.Equal(log.said, wantSaid) {
			t.Errorf("syslog: %q", log.said)
		}
	})
}

func TestConnectedDoesNotWaitForASlowRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowRecorder{release: make(chan struct{})}
		r := startRecord([]recorder{slow})
		for _, host := range []string{"a", "b", "c", "d"} {
			r.Connected(host)
			synctest.Wait()
		}
		close(slow.release)
		r.End()
		if !slices.Equal(slow.hosts, []string{"a", "d"}) {
			t.Errorf("recorded %q, want the first and the newest", slow.hosts)
		}
	})
}

type slowRecorder struct {
	release chan struct{}
	hosts   []string
}

func (s *slowRecorder) connected(host string) { <-s.release; s.hosts = append(s.hosts, host) }
func (s *slowRecorder) end()                  {}

func TestWithoutSyslogOrHelperThereIsNoRecordAndNoError(t *testing.T) {
	r := startRecord([]recorder{&journal{user: "u", open: func() logger { return nil }}})
	r.Connected("h")
	r.End()
}
