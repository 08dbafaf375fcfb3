package server

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"

	"gmosh/protocol/datagram"
	"gmosh/protocol/health"
	"gmosh/protocol/peertest"
	"gmosh/protocol/screen"
)

func TestALoopTellsWhatHasReachedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		synctest.Wait()
		before, err := b.loop.Status()
		if err != nil || before.Received == 0 || before.Opened != before.Received || before.Sent == 0 || !before.Alive {
			t.Fatalf("%+v, %v", before, err)
		}
		foreign, err := datagram.New(testKey(2), datagram.ToServer, 0).Seal(nil, bubbleNow(), []byte("another key's"))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.client.pipe.Send(1, foreign); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		after, err := b.loop.Status()
		if err != nil || after.Received <= before.Received || after.Received-after.Opened != 1 {
			t.Errorf("%+v, %v", after, err)
		}
		b.finish()
		if _, err := b.loop.Status(); err != ErrEnded {
			t.Errorf("after the end: %v", err)
		}
	})
}

// The question is asked by a process of its own, as over SSH.
func TestTheStatusOfARealServer(t *testing.T) {
	home := peertest.PublicDir(t)
	s := peertest.StartServer(t, peertest.Options{Home: home}, filepath.Join(peertest.Gmosh(t), "mosh-server"), "new", "-i", "127.0.0.1", "-p", "0")
	getenv := func(name string) string { return map[string]string{"HOME": home}[name] }
	ask := func(port, pid int) (status health.Status) {
		t.Helper()
		var out bytes.Buffer
		q := question{ctx: t.Context(), args: []string{strconv.Itoa(port), strconv.Itoa(pid)}, getenv: getenv, stdout: &out}
		if err := q.status(); err != nil {
			t.Fatal(err)
		}
		if err := health.Parse(health.KindStatus, out.Bytes(), &status); err != nil {
			t.Fatal(err)
		}
		return status
	}
	if got := ask(int(s.Port), s.PID); !got.Alive || !got.Counted || got.PID != s.PID || got.Bound.String() != "127.0.0.1" {
		t.Errorf("%+v", got)
	}
	if got := ask(int(s.Port), 0); !got.Counted {
		t.Errorf("without the process's id: %+v", got)
	}
	process, err := os.FindProcess(s.PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	peertest.WaitGone(t, s.PID)
	if got := ask(int(s.Port), s.PID); got.Alive || got.Counted {
		t.Errorf("of a process that was killed: %+v", got)
	}
}
