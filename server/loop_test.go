package server

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
	"gmosh/server/login"
	"gmosh/server/pty"
)

// bench is a loop with a fake terminal and one client, in a synctest bubble.
type bench struct {
	t      *testing.T
	term   *fakeTerminal
	loop   *Loop
	client *testClient
	ends   chan End
	cancel context.CancelCauseFunc
	done   chan struct{}
	result Result
}

var testAccount = login.Account{Name: "u", Home: "/", Shell: "/bin/sh"}

// testKey makes a different key for each number.
func testKey(n byte) datagram.Key { return datagram.Key{n} }

// start runs a loop whose client is as far away as delay.
func start(t *testing.T, delay time.Duration, change func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, term: newFakeTerminal(), ends: make(chan End), done: make(chan struct{})}
	cfg := Config{
		Terminal: b.term, Account: testAccount, Environ: []string{"HOME=/"}, Command: []string{"prog"},
		Now: bubbleNow, Ends: b.ends,
	}
	if change != nil {
		change(&cfg)
	}
	near, far := newPipe(delay)
	b.client = newTestClient(t, near, testKey(1), 80, 24)
	l, err := NewLoop(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.attach(bubbleNow(), AttachmentConfig{Carrier: far, Key: testKey(1)})
	b.loop = l
	ctx, cancel := context.WithCancelCause(context.Background())
	b.cancel = cancel
	go func() {
		defer close(b.done)
		b.result = l.Run(ctx)
	}()
	t.Cleanup(func() { // after a failure
		for range 2 {
			select {
			case b.ends <- End{Reason: "the test is over"}:
			case <-b.done:
			}
		}
		<-b.done
	})
	return b
}

// inspect lets a function look at the loop from inside, which costs one turn.
func (b *bench) inspect(look func(*Loop)) {
	done := make(chan struct{})
	if !b.loop.post(inspection(func(l *Loop) { look(l); close(done) })) {
		b.t.Fatal("the loop has ended")
	}
	<-done
}

type inspection func(*Loop)

func (i inspection) apply(l *Loop, _ time.Time) { i(l) }

// finish ends the program, sees the client to a clean end, and returns the result.
func (b *bench) finish() Result {
	b.t.Helper()
	b.term.exit(pty.Status{})
	if !b.client.ended() {
		b.t.Error("the client's end was not clean")
	}
	<-b.done
	return b.result
}

func TestOutputReachesTheScreenAndKeysTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 10*time.Millisecond, nil)
		b.client.resize(100, 30)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.print("hello\r\n\x1b[31mred")
		s := b.client.untilText("hello")
		if cols, rows := s.Frame.Size(); cols != 100 || rows != 30 {
			t.Errorf("the screen is %dx%d", cols, rows)
		}
		b.client.keys("ls\r")
		b.client.until("typing", func(screen.State) bool { return b.term.typed() == "ls\r" })
		if r := b.finish(); !r.Clean || !r.Exit.Exited || r.Exit.Status != 0 {
			t.Errorf("result %+v", r)
		}
		if s := b.client.transport.Remote(); s.EchoAck != b.client.lastData {
			t.Errorf("the last screen acknowledges %d of %d", s.EchoAck, b.client.lastData)
		}
		if !b.term.isClosed() {
			t.Error("the terminal was left open")
		}
	})
}

func TestTheProgramStartsWithTheFirstClientStateAndItsSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 10*time.Millisecond, nil)
		synctest.Wait()
		if b.term.command() != nil {
			t.Fatal("started without a client")
		}
		b.client.resize(123, 45)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		if cols, rows := b.term.size(); cols != 123 || rows != 45 {
			t.Errorf("the program saw %dx%d", cols, rows)
		}
		b.finish()
	})
}

func TestTheProgramsEnvironmentFollowsTheClientsTerminal(t *testing.T) {
	for _, row := range []struct {
		caps  *wire.Capabilities
		hello bool
		want  string
	}{
		{nil, false, "COLORTERM=old"},
		{nil, true, "COLORTERM=old"},
		{&wire.Capabilities{TrueColor: true}, true, "COLORTERM=truecolor"},
		{&wire.Capabilities{}, true, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, 0, func(c *Config) { c.Environ = []string{"HOME=/", "COLORTERM=old"} })
			if row.hello {
				b.client.hello(row.caps)
			}
			b.client.resize(80, 24)
			b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
			got := ""
			for _, v := range b.term.command().Env {
				if strings.HasPrefix(v, "COLORTERM=") {
					got = v
				}
			}
			if got != row.want {
				t.Errorf("capabilities %+v: %q, want %q", row.caps, got, row.want)
			}
			b.finish()
		})
	}
}

func TestHelloIsAnsweredOnlyIfTheClientSaidIt(t *testing.T) {
	for _, hello := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, 0, nil)
			if hello {
				b.client.hello(nil)
			}
			b.client.resize(80, 24)
			s := b.client.until("a screen", func(screen.State) bool { return b.client.transport.RemoteNum() > 0 })
			if (s.Hello != nil) != hello {
				t.Errorf("client's hello %v, server's %+v", hello, s.Hello)
			}
			b.term.exit(pty.Status{Code: 3})
			b.client.ended()
			exit := b.client.transport.Remote().Exit
			if (exit != nil) != hello || hello && (!exit.Exited || exit.Status != 3) {
				t.Errorf("client's hello %v, exit %+v", hello, exit)
			}
			<-b.done
		})
	}
}

func TestAllOutputArrivesBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 50*time.Millisecond, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.print(strings.Repeat("x\r\n", 100_000) + "the last line")
		b.term.exit(pty.Status{Signal: 9})
		if !b.client.ended() {
			t.Error("not clean")
		}
		s := b.client.transport.Remote()
		if text := s.Frame.Text(); text[23] != "the last line" {
			t.Errorf("the last row is %q", text[23])
		}
		<-b.done
		if b.result.Exit.Signal != 9 || b.result.Exit.Exited {
			t.Errorf("exit %+v", b.result.Exit)
		}
	})
}

func TestTheEchoAckNamesWhatWasTyped50MillisecondsAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("its echo ack", func(s screen.State) bool { return s.EchoAck == 1 })
		b.client.idle(10 * time.Second) // heartbeats bring no event
		if s := b.client.transport.Remote(); s.EchoAck != 1 {
			t.Errorf("an empty state was acknowledged: %d", s.EchoAck)
		}
		typedAt := bubbleNow()
		b.client.keys("a")
		num := uint64(0)
		b.client.until("the echo ack", func(s screen.State) bool {
			if num == 0 {
				num = b.client.transport.SentNum()
			}
			return s.EchoAck > 1
		})
		if s := b.client.transport.Remote(); s.EchoAck != num {
			t.Errorf("echo ack %d, typed in %d", s.EchoAck, num)
		}
		if d := bubbleNow().Sub(typedAt); d < echoDelay || d > echoDelay+10*time.Millisecond {
			t.Errorf("it came after %v", d)
		}
		b.finish()
	})
}

func TestInputThatIsNotReadHoldsUpNothingAndIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 10*time.Millisecond, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.do(func() { b.term.room = 4096 })
		pasted := bytes.Repeat([]byte("0123456789abcdef"), 4096) // 64 kB
		b.client.keys(string(pasted))
		b.client.idle(time.Second)
		if got := len(b.term.typed()); got != 4096 {
			t.Fatalf("the terminal took %d bytes", got)
		}
		b.term.print("still here")
		b.client.untilText("still here")
		before := b.client.transport.Remote().EchoAck
		b.client.resize(90, 25) // does not wait for the keys
		b.client.until("the resize", func(screen.State) bool { cols, _ := b.term.size(); return cols == 90 })
		b.client.idle(time.Second)
		if after := b.client.transport.Remote().EchoAck; after != before {
			t.Errorf("what was not typed was acknowledged: %d, then %d", before, after)
		}
		b.client.keys("end")
		for range 100 { // the program begins to read, slowly
			b.term.do(func() { b.term.room += 1000 })
			b.client.idle(time.Millisecond)
		}
		want := string(pasted) + "end"
		b.client.until("all of the input", func(screen.State) bool { return len(b.term.typed()) == len(want) })
		if b.term.typed() != want {
			t.Error("the input was changed on its way")
		}
		b.client.until("the echo ack", func(s screen.State) bool { return s.EchoAck > before })
		b.finish()
	})
}

func TestMoreInputThanMayWaitIsRefusedUntilThereIsRoomAndNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, time.Millisecond, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.do(func() { b.term.room = 0 })
		b.inspect(func(l *Loop) { l.session.input.limit = 64 << 10 })
		want := strings.Builder{}
		for n := range 12 { // 192 kB
			text := strings.Repeat(fmt.Sprintf("%015d ", n), 1<<10)
			want.WriteString(text)
			b.client.keys(text)
			b.client.idle(time.Second)
		}
		acked := b.client.transport.AckedNum()
		b.client.idle(5 * time.Second)
		if b.client.transport.AckedNum() > acked {
			t.Error("input was acknowledged beyond the bound")
		}
		b.term.print("still here")
		b.client.untilText("still here")
		b.term.do(func() { b.term.room = 1 << 30 })
		b.client.until("all of the input", func(screen.State) bool { return len(b.term.typed()) == want.Len() })
		if b.term.typed() != want.String() {
			t.Error("the input was changed on its way")
		}
		b.finish()
	})
}

func TestAFloodOfOutputDoesNotDelayAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 100*time.Millisecond, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		stop := make(chan struct{})
		var flood sync.WaitGroup
		flood.Go(func() { // a program that writes as fast as it is read, until Ctrl-C
			line := strings.Repeat("y\r\n", 1000)
			for !strings.Contains(b.term.typed(), "\x03") {
				b.term.do(func() {
					for len(b.term.output) > 1<<16 && !b.term.closed {
						b.term.changed.Wait()
					}
					b.term.output = append(b.term.output, line...)
				})
				select {
				case <-stop:
					return
				case <-time.After(200 * time.Microsecond):
				}
			}
			b.term.print("\r\nstopped")
		})
		b.client.untilText("y")
		b.client.idle(300 * time.Millisecond)
		began := bubbleNow()
		b.client.keys("\x03")
		b.client.untilText("stopped")
		if d := bubbleNow().Sub(began); d > 400*time.Millisecond {
			t.Errorf("Ctrl-C took %v, two round trips are 400ms", d)
		}
		close(stop)
		flood.Wait()
		b.finish()
	})
}

func TestAnUpdateIsShownWholeOrAfterASecond(t *testing.T) {
	const begin, end = "\x1b[?2026h", "\x1b[?2026l"
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.print("before " + begin + "half")
		s := b.client.untilText("before")
		b.client.idle(500 * time.Millisecond)
		b.client.keys("x")
		b.client.idle(200 * time.Millisecond)
		if s = b.client.transport.Remote(); strings.Contains(s.Frame.Text()[0], "half") || s.EchoAck > 1 {
			t.Errorf("half an update was shown, or the key in it acknowledged (%d): %q", s.EchoAck, s.Frame.Text()[0])
		}
		b.term.print(" and whole" + end + begin + "\r\nnext") // a read that ends within the next one
		s = b.client.untilText("half and whole")
		if strings.Contains(s.Frame.Text()[1], "next") {
			t.Error("the next update was shown")
		}
		began := bubbleNow()
		b.client.untilText("next") // which never ends
		if d := bubbleNow().Sub(began); d < 900*time.Millisecond || d > holdLimit+100*time.Millisecond {
			t.Errorf("an update without end was shown after %v", d)
		}
		b.term.print("\r\nmore")
		began = bubbleNow()
		b.client.untilText("more") // it is shown as it comes
		if d := bubbleNow().Sub(began); d > 100*time.Millisecond {
			t.Errorf("an overdue update was held back for %v more", d)
		}
		b.finish()
	})
}

func TestQuestionsAreAnsweredToTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.print("ab\x1b[6n")
		b.client.until("the answer", func(screen.State) bool { return b.term.typed() == "\x1b[1;3R" })
		b.finish()
	})
}

func TestAnswersThatAProgramDoesNotReadAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.term.do(func() { b.term.room = 0 })
		for range 100 {
			b.term.print(strings.Repeat("\x1b[6n", 1000))
			b.client.idle(time.Millisecond)
		}
		b.inspect(func(l *Loop) {
			if n := l.session.input.size(); n < answerLimit/2 || n > 2*answerLimit {
				t.Errorf("%d bytes of answers wait", n)
			}
		})
		b.finish()
	})
}

func TestCursorKeysAreTranslatedAsTheProgramWishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.keys("\x1bOA\x1bO")
		b.client.until("a cursor key", func(screen.State) bool { return b.term.typed() == "\x1b[A\x1b" })
		b.client.keys("B")
		b.client.until("one in two parts", func(screen.State) bool { return b.term.typed() == "\x1b[A\x1b[B" })
		b.term.print("\x1b[?1hx")
		b.client.untilText("x")
		b.client.keys("\x1bOC")
		b.client.until("one in application mode", func(screen.State) bool { return b.term.typed() == "\x1b[A\x1b[B\x1bOC" })
		b.finish()
	})
}

func TestOfConsecutiveResizesOnlyTheLastCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.change(func(s userinput.State) userinput.State { return s.Resize(10, 5).Resize(70, 20).Resize(90, 33) })
		s := b.client.until("the size", func(s screen.State) bool { cols, _ := s.Frame.Size(); return cols == 90 })
		if cols, rows := s.Frame.Size(); cols != 90 || rows != 33 {
			t.Errorf("%dx%d", cols, rows)
		}
		if cols, rows := b.term.size(); cols != 90 || rows != 33 {
			t.Errorf("the program sees %dx%d", cols, rows)
		}
		b.finish()
	})
}

func TestASessionEndsWithItsReason(t *testing.T) {
	for _, row := range []struct {
		name   string
		config func(*Config)
		act    func(*bench)
		after  time.Duration // at least
		want   string
	}{
		{"a signal", nil, func(b *bench) { b.ends <- End{Reason: "because"} }, 0, "because"},
		{"the context", nil, func(b *bench) { b.cancel(fmt.Errorf("enough")) }, 0, "enough"},
		{"a signal that asks for silence, after silence", nil, func(b *bench) {
			b.client.idle(time.Second)
			b.ends <- End{Reason: "too early", Silent: 10 * time.Second}
			b.client.pipe.cut = func() bool { return true }
			b.client.idle(20 * time.Second)
			b.ends <- End{Reason: "silent", Silent: 10 * time.Second}
			b.client.pipe.cut = nil
		}, 20 * time.Second, "silent"},
		{"the network timeout", func(c *Config) { c.NetworkTimeout = 30 * time.Second }, func(b *bench) {
			b.client.idle(100 * time.Second) // heartbeats keep it alive
			b.client.pipe.cut = func() bool { return true }
			b.client.idle(29 * time.Second)
			b.client.pipe.cut = nil
			b.client.idle(29 * time.Second)
			b.client.pipe.cut = func() bool { return true }
			b.client.idle(31 * time.Second)
			b.client.pipe.cut = nil
		}, 189 * time.Second, "The server heard nothing from the client for 30s."},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, time.Millisecond, row.config)
				b.client.hello(nil)
				b.client.resize(80, 24)
				b.client.until("hello", func(s screen.State) bool { return s.Hello != nil })
				began := bubbleNow()
				row.act(b)
				b.client.ended()
				if exit := b.client.transport.Remote().Exit; exit == nil || exit.Reason != row.want || exit.Exited {
					t.Errorf("the client was told %+v", exit)
				}
				if d := bubbleNow().Sub(began); d < row.after {
					t.Errorf("it ended after %v", d)
				}
				<-b.done
				if b.result.Exit.Reason != row.want || !b.term.isClosed() {
					t.Errorf("result %+v", b.result)
				}
			})
		})
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, time.Second, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		began := bubbleNow()
		b.ends <- End{Reason: "first"}
		b.ends <- End{Reason: "second"}
		<-b.done
		if d := bubbleNow().Sub(began); d != 0 || b.result.Clean {
			t.Errorf("it ended after %v, clean %v", d, b.result.Clean)
		}
	})
}

func TestWithoutAClientASessionEndsAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		began := bubbleNow()
		<-b.done
		if d := bubbleNow().Sub(began); d < firstContact || d > firstContact+time.Second {
			t.Errorf("it ended after %v", d)
		}
		if b.term.command() != nil || !b.term.isClosed() {
			t.Error("the program was started, or the terminal left open")
		}
	})
}

func TestAProgramThatCannotBeExecutedIsSaidAndEndsAsInAShell(t *testing.T) {
	for status, refuse := range map[uint32]error{
		126: &os.PathError{Op: "fork/exec", Path: "prog", Err: syscall.EACCES},
		127: &os.PathError{Op: "fork/exec", Path: "prog", Err: syscall.ENOENT},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, 0, nil)
			b.term.refuse = refuse
			b.client.hello(nil)
			b.client.resize(80, 24)
			began := bubbleNow()
			b.client.ended()
			if d := bubbleNow().Sub(began); d > time.Second {
				t.Errorf("it ended after %v", d)
			}
			exit := b.client.transport.Remote().Exit
			if exit == nil || !exit.Exited || exit.Status != status || !strings.HasPrefix(exit.Reason, "cannot execute prog: ") {
				t.Errorf("exit %+v", exit)
			}
			<-b.done
		})
	}
}

func TestAMoshHasTimeToReadThatAProgramCannotBeExecuted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.term.refuse = fmt.Errorf("no such thing")
		b.client.resize(80, 24)
		b.client.untilText("cannot execute prog: no such thing")
		began := bubbleNow()
		b.client.ended()
		if d := bubbleNow().Sub(began); d < 2*time.Second || d > 4*time.Second {
			t.Errorf("it ended after %v", d)
		}
		<-b.done
	})
}

func TestAClientThatQuitsEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 20*time.Millisecond, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.client.keys("last words")
		b.client.transport.Shutdown(bubbleNow())
		if !b.client.ended() {
			t.Error("not clean")
		}
		<-b.done
		if b.term.typed() != "last words" || !b.term.isClosed() || !b.result.Clean {
			t.Errorf("typed %q, result %+v", b.term.typed(), b.result)
		}
	})
}

func TestAProgramThatLeavesItsTerminalEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		began := bubbleNow()
		b.term.do(func() { b.term.eof = true })
		b.client.ended()
		if d := bubbleNow().Sub(began); d < statusGrace || d > statusGrace+time.Second {
			t.Errorf("it ended after %v", d)
		}
		<-b.done
		if b.result.Exit != (wire.Exit{}) {
			t.Errorf("exit %+v", b.result.Exit)
		}
	})
}

func TestASessionOutlivesItsAttachment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 10*time.Millisecond, nil)
		b.client.hello(nil)
		b.client.resize(80, 24)
		b.client.until("hello", func(s screen.State) bool { return s.Hello != nil })
		b.term.print("first screen")
		b.client.untilText("first screen")

		// Detached: the old client is told, the program goes on.
		if err := b.loop.Detach("bye"); err != nil {
			t.Fatal(err)
		}
		b.client.keys("too late") // it is not attached any more, and does not know yet
		if !b.client.ended() || b.client.transport.Remote().Exit.Reason != "bye" {
			t.Errorf("the old client was told %+v", b.client.transport.Remote().Exit)
		}
		b.term.print("\r\nwritten alone")
		<-time.After(time.Hour) // of the bubble: nobody is expected, nothing times out

		// Attached again, with a fresh key and from state 0.
		second := attachTestClient(b, 2)
		second.resize(60, 20)
		s := second.untilText("written alone")
		if cols, rows := s.Frame.Size(); !strings.Contains(s.Frame.Text()[0], "first screen") || cols != 60 || rows != 20 {
			t.Errorf("%dx%d screen %q", cols, rows, s.Frame.Text()[:2])
		}
		if s.Hello != nil {
			t.Error("the second client said no hello and got one")
		}
		second.keys("x")
		second.until("typing", func(screen.State) bool { return b.term.typed() == "x" })

		// Taken over without a Detach before.
		third := attachTestClient(b, 3)
		second.idle(time.Second)
		if second.transport.PeerShutdown() {
			t.Fatal("the second client was ended by one that has not been heard")
		}
		third.hello(nil)
		third.resize(60, 20)
		third.untilText("written alone")
		if !second.ended() {
			t.Error("the second client's end was not clean")
		}
		b.client = third
		b.finish()
		if err := b.loop.Attach(AttachmentConfig{Carrier: second.pipe, Key: testKey(4)}); err != ErrEnded {
			t.Errorf("attaching to an ended session: %v", err)
		}
	})
}

// attachTestClient attaches another client to the bench's loop.
func attachTestClient(b *bench, key byte) *testClient {
	b.t.Helper()
	near, far := newPipe(10 * time.Millisecond)
	c := newTestClient(b.t, near, testKey(key), 60, 20)
	if err := b.loop.Attach(AttachmentConfig{Carrier: far, Key: testKey(key)}); err != nil {
		b.t.Fatal(err)
	}
	return c
}

func TestPacketsOfAnotherKeyChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		stranger := newTestClient(t, b.client.pipe, testKey(9), 80, 24)
		stranger.keys("rm -rf\r")
		stranger.idle(10 * time.Second)
		if b.term.command() != nil || b.term.typed() != "" {
			t.Fatal("a stranger was heard")
		}
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.finish()
	})
}

func TestAnIdleMinuteCostsNoTurnWithoutAPacket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 30*time.Millisecond, nil)
		b.client.resize(80, 24)
		b.term.print("$ ")
		b.client.untilText("$")
		b.client.idle(10 * time.Second)
		var before, after Counts
		var stats, statsAfter ssp.Stats
		b.inspect(func(l *Loop) { before, stats = l.counts, l.current.transport.Stats() })
		b.client.idle(time.Minute)
		b.inspect(func(l *Loop) { after, statsAfter = l.counts, l.current.transport.Stats() })
		sent, received := after.Sent-before.Sent, after.Packets-before.Packets
		turns := after.Turns - before.Turns - 1 // one was to inspect
		if turns > sent+received {
			t.Errorf("%d turns for %d packets out and %d in", turns, sent, received)
		}
		if sent > 21 || received > 21 {
			t.Errorf("%d packets out, %d in, in a minute", sent, received)
		}
		if out := statsAfter.PacketsOut - stats.PacketsOut; out != sent {
			t.Errorf("counted %d packets, the transport %d", sent, out)
		}
		b.finish()
	})
}

func TestAKeyCostsFewTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 30*time.Millisecond, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.client.idle(10 * time.Second)
		var before, after Counts
		b.inspect(func(l *Loop) { before = l.counts })
		b.client.keys("a")
		b.client.until("typing", func(screen.State) bool { return b.term.typed() == "a" })
		b.term.print("a")
		b.client.idle(time.Second)
		b.inspect(func(l *Loop) { after = l.counts })
		// In: the key, and acks of two frames. Out: the echo, the echo ack.
		events := after.Packets - before.Packets + after.Sent - before.Sent + after.Outputs - before.Outputs
		if turns := after.Turns - before.Turns - 1; turns > events {
			t.Errorf("%d turns for %d packets and chunks", turns, events)
		}
		b.finish()
	})
}

func TestEventsOfAnEndedLoopAreNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		b.client.resize(80, 24)
		b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.finish()
		if err := b.loop.Detach("x"); err != ErrEnded {
			t.Errorf("Detach: %v", err)
		}
		if names := []string{"prog"}; !slices.Equal(b.term.command().Args, names) {
			t.Errorf("started %q", b.term.command().Args)
		}
	})
}
