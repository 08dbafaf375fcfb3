package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gmosh/client/predict"
	"gmosh/client/tty"
	"gmosh/protocol/datagram"
	"gmosh/protocol/simnet"
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

var (
	near = simnet.Conditions{Delay: 5 * time.Millisecond}
	far  = simnet.Conditions{Delay: 100 * time.Millisecond}
)

func TestWhatIsTypedIsShownOnceTheServerEchoesIt(t *testing.T) {
	inWorld(t, far, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.user.typeText("hello")
		w.pass(190 * time.Millisecond)
		w.wantLine(0, "")
		w.pass(110 * time.Millisecond)
		w.wantLine(0, "hello")
		if r := w.quit(); r.Server == nil || r.Server.Software != "fake server" {
			t.Errorf("the server's hello: %+v", r.Server)
		}
		if got := w.server.typed(); got != "hello" {
			t.Errorf("the server got %q", got)
		}
	})
}

func TestTypingIsShownAheadOfTheServer(t *testing.T) {
	inWorld(t, far, func(w *world) {
		var err error
		if w.opts.Predictor, err = NewPredictor("adaptive", false); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.pass(time.Second)
		w.user.typeText("h") // proves that keys are echoed
		w.pass(time.Second)
		w.user.typeText("e")
		w.pass(time.Millisecond)
		w.wantLine(0, "he")
		if r := w.quit(); r.Counters.Prediction.AtOnce != 1 {
			t.Errorf("counted: %+v", r.Counters.Prediction)
		}
	})
}

func TestServerIsToldHelloThenSizeThenCapabilities(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.user.resize(132, 50)
		w.opts.ColorTerm = "truecolor"
		w.start()
		w.pass(time.Second)
		w.server.do(func() {
			e := w.server.events
			if len(e) != 3 || e[0].Kind != wire.ClientHello || e[1].Kind != wire.ClientResize || e[2].Kind != wire.ClientCapabilities {
				t.Fatalf("the first events: %+v", e)
			}
			if e[0].Hello.Software != "test" || e[0].Hello.Widths == 0 {
				t.Errorf("hello: %+v", e[0].Hello)
			}
			if e[1].Cols != 132 || e[1].Rows != 50 {
				t.Errorf("size: %dx%d", e[1].Cols, e[1].Rows)
			}
			if c := e[2].Capabilities; c.Term != "xterm-256color" || c.Colors != 256 || !c.TrueColor {
				t.Errorf("capabilities: %+v", c)
			}
		})
		w.quit()
	})
}

func TestServerExitEndsTheSessionWithItsStatus(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.NoInit = true // the last frame stays
		w.start()
		w.pass(time.Second)
		w.server.print("\r\nbye")
		w.server.exit(7)
		r := w.finish(time.Second)
		if !r.Clean || r.Exit == nil || !r.Exit.Exited || r.Exit.Status != 7 {
			t.Errorf("result %+v, exit %+v", r, r.Exit)
		}
		w.wantLine(1, "bye")
		if f := w.user.frame(); f.Cursor.Row != 2 || f.Cursor.Col != 0 {
			t.Errorf("the cursor is left in row %d, column %d", f.Cursor.Row, f.Cursor.Col)
		}
		if got, want := w.user.called(), "raw close"; got != want {
			t.Errorf("done to the terminal: %s, want %s", got, want)
		}
	})
}

func TestEveryCauseEndsTheSessionCleanlyAndIsNamed(t *testing.T) {
	causes := map[string]struct {
		do  func(w *world)
		say string
	}{
		"the quit keys":            {func(w *world) { w.user.typeText("\x1e.") }, sayQuit},
		"a signal":                 {func(w *world) { w.user.events <- tty.EndAsked }, saySignal},
		"the end of the input":     {func(w *world) { close(w.user.gone) }, sayInputClosed},
		"a hangup of the terminal": {func(w *world) { close(w.user.gone); w.user.events <- tty.EndAsked; w.user.events <- tty.EndAsked }, ""},
		"an output that fails": {func(w *world) {
			w.user.mu.Lock()
			w.user.writeErr = os.ErrInvalid
			w.user.mu.Unlock()
			w.server.print("x")
		}, ""},
	}
	for name, c := range causes {
		t.Run(name, func(t *testing.T) {
			inWorld(t, far, func(w *world) {
				w.start()
				w.pass(time.Second)
				c.do(w)
				w.pass(50 * time.Millisecond)
				if !strings.Contains(w.user.lines()[0], c.say) {
					t.Errorf("the bar says %q, want %q", w.user.lines()[0], c.say)
				}
				if r := w.finish(time.Second); !r.Clean {
					t.Error("the server does not know")
				}
				w.server.do(func() {
					if !w.server.transport.PeerShutdown() {
						t.Error("the server was not told")
					}
				})
			})
		})
	}
}

func TestCancelledContextEndsTheSession(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.cancel()
		if r := w.finish(time.Second); !r.Clean {
			t.Error("the server does not know")
		}
	})
}

func TestUserNeedNotWaitForAServerThatIsGone(t *testing.T) {
	inWorld(t, far, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.wire.setDown(true, true)
		w.user.typeText("\x1e.")
		w.user.typeText("\x1e.") // at once: that may be a slip
		w.pass(2 * time.Second)
		select {
		case <-w.done:
			t.Fatal("it did not try to tell the server")
		default:
		}
		w.user.typeText("\x1e.")
		if r := w.finish(time.Millisecond); r.Clean {
			t.Error("it is called clean")
		}
	})
}

func TestServerThatNeverAnswers(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.wire.setDown(true, true)
		life := &fakeLifeline{health: Health{Alive: true, Counted: true}}
		w.opts.Lifeline = life
		w.start()
		bar := func() string { return w.user.lines()[0] }
		w.pass(249 * time.Millisecond)
		w.wantLine(0, "")
		w.pass(time.Millisecond)
		w.wantLine(0, "mosh: Nothing received from server on UDP port 60001. [To quit: Ctrl-^ .]")
		w.pass(3 * time.Second)
		w.wantLine(0, "mosh: Nothing of ours reaches its UDP port 60001. [To quit: Ctrl-^ .]")
		if life.closed.Load() != 1 || life.asked.Load() != 1 {
			t.Errorf("after a few seconds the lifeline was asked %d times and closed %d times", life.asked.Load(), life.closed.Load())
		}
		w.pass(11*time.Second + 700*time.Millisecond)
		if want := "(14 s without contact.)"; !strings.Contains(bar(), want) {
			t.Errorf("the bar says %q, want %q", bar(), want)
		}
		w.pass(100 * time.Millisecond)
		if !strings.Contains(bar(), sayTimeout) {
			t.Errorf("the bar says %q, want %q", bar(), sayTimeout)
		}
		r := w.finish(5 * time.Second)
		if r.Clean || r.Connected || r.Health == nil || !r.Health.Alive {
			t.Errorf("result: %+v", r)
		}
		if life.closed.Load() != 1 || life.asked.Load() != 1 {
			t.Errorf("the lifeline was asked %d times and closed %d times", life.asked.Load(), life.closed.Load())
		}
	})
}

func TestServerThatIsGoneIsNotWaitedFor(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.wire.setDown(true, true)
		w.opts.Lifeline = &fakeLifeline{}
		w.start()
		w.pass(askAfter - time.Millisecond)
		w.wantLine(0, "mosh: Nothing received from server on UDP port 60001. [To quit: Ctrl-^ .]")
		if r := w.finish(10 * time.Millisecond); r.Clean || r.Cause(w.opts.Ticket.Addrs[0]) != Gone {
			t.Errorf("result: %+v", r)
		}
	})
}

func TestServerThatFallsSilentAtTheLogout(t *testing.T) {
	for _, kills := range []bool{true, false} {
		inWorld(t, near, func(w *world) {
			w.opts.Lifeline, w.opts.LogoutKills = &fakeLifeline{}, kills
			w.start()
			w.pass(5 * time.Second)
			w.wire.setDown(true, true)
			w.pass(silence + 3*time.Second)
			if says := strings.Contains(w.user.lines()[0], sayLostAtLogout); says != kills {
				t.Errorf("logind kills: %v; the bar says %q", kills, w.user.lines()[0])
			}
			w.user.typeText("\x1e.")
			w.pass(insistence)
			w.user.typeText("\x1e.")
			r := w.finish(time.Second)
			if cause := r.Cause(w.opts.Ticket.Addrs[0]); (cause == LostAtLogout) != kills {
				t.Errorf("logind kills: %v; cause %d", kills, cause)
			}
		})
	}
}

func TestServerThatComesBackWasNotLost(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Lifeline, w.opts.LogoutKills = &fakeLifeline{}, true
		w.start()
		w.pass(5 * time.Second)
		w.wire.setDown(true, true)
		w.pass(silence + 3*time.Second)
		w.wire.setDown(false, false)
		w.pass(4 * time.Second)
		w.wantLine(0, "")
		w.wire.setDown(true, true) // long after the logout
		w.pass(30 * time.Second)
		if strings.Contains(w.user.lines()[0], sayLostAtLogout) {
			t.Errorf("the bar says %q", w.user.lines()[0])
		}
		w.wire.setDown(false, false)
		w.pass(4 * time.Second)
		w.quit()
	})
}

// fakeLifeline counts what is done to it.
type fakeLifeline struct {
	health        Health
	asked, closed atomic.Int32
}

func (f *fakeLifeline) Ask(context.Context) (Health, error) { f.asked.Add(1); return f.health, nil }
func (f *fakeLifeline) Close() error                        { f.closed.Add(1); return nil }

func TestLifelineIsClosedOnceOurPacketsArrive(t *testing.T) {
	inWorld(t, far, func(w *world) {
		life := &fakeLifeline{}
		w.opts.Lifeline = life
		w.start()
		w.pass(150 * time.Millisecond)
		if life.closed.Load() != 0 {
			t.Error("closed before anything was acknowledged")
		}
		w.pass(time.Second)
		if life.closed.Load() != 1 {
			t.Errorf("closed %d times within a second", life.closed.Load())
		}
		w.quit()
		if life.closed.Load() != 1 || life.asked.Load() != 0 {
			t.Errorf("in the end closed %d times, asked %d times", life.closed.Load(), life.asked.Load())
		}
	})
}

func TestSilenceIsShownAndGoesAgain(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.server.print("\r\n\r\nhere")
		w.wire.setDown(true, true)
		w.pass(12 * time.Second)
		if got := w.user.lines()[0]; !strings.HasPrefix(got, "mosh: Last contact ") {
			t.Errorf("the bar says %q", got)
		}
		w.wire.setDown(false, false)
		w.pass(4 * time.Second)
		w.wantLine(0, "")
		w.wantLine(2, "here")
		w.quit()
	})
}

func TestPortIsChangedOnlyWhileNothingArrives(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Minute)
		if p := w.wire.Path(); p != 1 {
			t.Fatalf("path %d after a good minute", p)
		}
		w.wire.setDown(true, false) // what we send is lost, as with a NAT that forgot us
		w.pass(35 * time.Second)
		if p := w.wire.Path(); p < 3 || p > 4 {
			t.Errorf("path %d after 35 s without proof, want one more every 10 s", p)
		}
		w.wire.setDown(false, false)
		w.pass(5 * time.Second)
		path := w.wire.Path()
		w.pass(50 * time.Second)
		if w.wire.prunes() != 0 {
			t.Error("older ports were closed within 60 s")
		}
		w.pass(15 * time.Second)
		if w.wire.prunes() != 1 || w.wire.Path() != path {
			t.Errorf("closed %d times, path %d, want once and %d", w.wire.prunes(), w.wire.Path(), path)
		}
		w.server.do(func() {
			if got := w.server.transport.Path(); got != path {
				t.Errorf("the server sends to path %d, want %d", got, path)
			}
		})
		if r := w.quit(); r.Counters.Hops != uint64(path-1) {
			t.Errorf("%d hops counted, path %d", r.Counters.Hops, path)
		}
	})
}

func TestIdleSessionWakesUpOnlyForPackets(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(10 * time.Second)
		w.user.typeText("x")
		w.pass(10 * time.Minute)
		c := w.quit().Counters
		packets := c.Transport.PacketsIn + c.Transport.PacketsOut
		if limit := uint64(2*(10*60+10)/3 + 40); packets > limit {
			t.Errorf("%d packets, want at most %d: one in 3 s each way", packets, limit)
		}
		// The start, the keys and the end make a few iterations of their own.
		if limit := c.Transport.PacketsIn + c.TimerSends + 20; c.Iterations > limit {
			t.Errorf("%d iterations for %d packets received and %d timers that sent", c.Iterations, c.Transport.PacketsIn, c.TimerSends)
		}
		if idle := c.Timers - c.TimerSends; idle > 3 {
			t.Errorf("%d timers sent nothing", idle)
		}
	})
}

func TestSlowTerminalSkipsFramesAndDoesNotStallTheNetwork(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		before := w.user.written()
		release := w.user.stick()
		for i := range 200 {
			w.server.print(fmt.Sprintf("\x1b[H%d", i))
			w.pass(50 * time.Millisecond)
		}
		w.user.typeText("x") // goes through at once
		w.pass(50 * time.Millisecond)
		if got := w.server.typed(); got != "x" {
			t.Errorf("the server got %q while the terminal was stuck", got)
		}
		release()
		w.pass(50 * time.Millisecond)
		if n := w.user.written() - before; n > 3 {
			t.Errorf("%d frames were written, want what was under way and the newest", n)
		}
		w.wantLine(0, "199x")
		w.quit()
	})
}

func TestStuckTerminalDoesNotKeepTheSession(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.user.stick()
		w.server.print("x")
		w.pass(time.Second)
		w.user.typeText("\x1e.")
		w.finish(3 * time.Second)
		if got, want := w.user.called(), "raw close"; got != want {
			t.Errorf("done to the terminal: %s, want %s", got, want)
		}
	})
}

func TestNewSizeIsSentAndEverythingDrawnAgain(t *testing.T) {
	inWorld(t, far, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.server.print("hello")
		w.pass(time.Second)
		w.user.resize(40, 10)
		w.pass(100 * time.Millisecond) // the server does not know yet
		w.wantLine(0, "hello")
		w.pass(time.Second)
		sent := w.server.got()
		if last := sent[len(sent)-1]; last.Kind != wire.ClientResize || last.Cols != 40 || last.Rows != 10 {
			t.Errorf("the last event: %+v", last)
		}
		w.server.do(func() {
			f := w.server.emulator.Frame()
			if cols, rows := f.Size(); cols != 40 || rows != 10 {
				t.Errorf("the server's screen is %dx%d", cols, rows)
			}
		})
		w.user.events <- tty.Resized // to the same size
		w.pass(time.Second)
		if len(w.server.got()) != len(sent) {
			t.Error("a size that did not change was sent")
		}
		w.server.print("\x1b[10;36Hworld")
		w.pass(time.Second)
		w.wantLine(9, strings.Repeat(" ", 35)+"world")
		w.quit()
	})
}

func TestSuspendGivesTheTerminalBackAndTakesItAgain(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.server.print("hello")
		w.pass(time.Second)
		w.user.typeText("\x1e\x1a")
		w.pass(time.Millisecond)
		if got, want := w.user.called(), "raw restore suspend"; got != want {
			t.Fatalf("done to the terminal: %s, want %s", got, want)
		}
		written := w.user.written()
		w.server.print(" world")
		w.pass(100 * time.Millisecond)
		if n := w.user.written(); n != written {
			t.Errorf("%d writes to a terminal that is not ours", n-written)
		}
		w.user.mu.Lock() // the shell had it, in a window of another size
		w.user.emulator.Write([]byte("\x1bcshell"))
		w.user.cols, w.user.rows = 60, 20
		w.user.emulator.Resize(60, 20)
		w.user.mu.Unlock()
		w.user.events <- tty.Continued
		w.pass(100 * time.Millisecond)
		w.wantLine(0, "hello world")
		if got, want := w.user.called(), "raw restore suspend raw"; got != want {
			t.Errorf("done to the terminal: %s, want %s", got, want)
		}
		w.server.do(func() {
			f := w.server.emulator.Frame()
			if cols, _ := f.Size(); cols != 60 {
				t.Errorf("the server's screen has %d columns", cols)
			}
		})
		w.quit()
	})
}

// TestTitleIsGivenBackHoweverOftenTheProcessGoesOn has it go on after a stop that it
// did not know of, and twice after one that it did: the signal may come when time has
// made it go on already.
func TestTitleIsGivenBackHoweverOftenTheProcessGoesOn(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.user.emulator.Write([]byte("\x1b]2;before\a"))
		w.start()
		w.server.print("\x1b]2;there\ahello")
		w.pass(time.Second)
		for _, typed := range []string{"", "\x1e\x1a"} {
			w.user.typeText(typed)
			w.pass(time.Millisecond)
			for range 2 {
				w.user.events <- tty.Continued
				w.pass(time.Second)
				w.wantLine(0, "hello")
			}
		}
		if f := w.user.frame(); f.Title() != "there" {
			t.Errorf("during the session the title is %q", f.Title())
		}
		w.quit()
		if f := w.user.frame(); f.Title() != "before" {
			t.Errorf("afterwards the title is %q", f.Title())
		}
	})
}

func TestSuspendWhereNobodyStopsUs(t *testing.T) {
	for name, set := range map[string]func(f *fakeTerminal){
		"the system ignores it":  func(*fakeTerminal) {},
		"there is no such thing": func(f *fakeTerminal) { f.noJobs = true },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, near, func(w *world) {
				set(w.user)
				w.start()
				w.pass(time.Second)
				w.server.print("hello")
				w.user.events <- tty.StopAsked
				w.pass(2 * time.Second)
				w.wantLine(0, "hello")
				if got, want := w.user.called(), "raw restore suspend raw"; got != want {
					t.Errorf("done to the terminal: %s, want %s", got, want)
				}
				w.quit()
			})
		})
	}
}

func TestCtrlLRepaintsAndIsSent(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.server.do(func() { w.server.quiet = true })
		w.start()
		w.pass(time.Second)
		w.server.print("hello")
		w.pass(time.Second)
		w.user.mu.Lock() // somebody else wrote on the terminal
		w.user.emulator.Write([]byte("\x1b[H\x1b[Jgarbage"))
		w.user.mu.Unlock()
		w.user.typeText("\x0c")
		w.pass(time.Second)
		w.wantLine(0, "hello")
		if got := w.server.typed(); got != "\x0c" {
			t.Errorf("the server got %q", got)
		}
		w.quit()
	})
}

func TestEscapeKeyShowsTheChoices(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.user.typeText("\x1e")
		w.pass(time.Minute)
		w.wantLine(0, "mosh: "+w.opts.Escape.Help())
		w.user.typeText("^")
		w.pass(time.Second)
		w.wantLine(0, "")
		if got := w.server.typed(); got != "\x1e" {
			t.Errorf("the server got %q", got)
		}
		w.quit()
	})
}

func TestBarStandsOutWithoutColors(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Term = "vt100"
		w.start()
		w.pass(time.Second)
		w.user.typeText("\x1e")
		w.pass(time.Second)
		if f := w.user.frame(); f.Row(0).Rendition(1).Attr&terminal.Inverse == 0 || f.Row(1).Rendition(1).Attr != 0 {
			t.Errorf("the bar is drawn as %+v", f.Row(0).Rendition(1))
		}
		w.user.typeText("^")
		w.pass(time.Second)
		w.quit()
	})
}

// paste types size random bytes as fast as they are taken.
func (w *world) paste(size int) []byte {
	text := make([]byte, size)
	random := rand.NewChaCha8([32]byte{7})
	random.Read(text)
	for i, b := range text { // no escape key, no Ctrl-L, and compressible as text is
		text[i] = 'a' + b%26
	}
	go func() {
		for rest := text; len(rest) > 0; {
			n := min(4096, len(rest))
			select {
			case w.user.typing <- rest[:n:n]:
			case <-w.user.closed:
				return
			}
			rest = rest[n:]
		}
	}()
	return text
}

func TestPasteOfAnySizeArrivesWhole(t *testing.T) {
	lossy := simnet.Conditions{Delay: 50 * time.Millisecond, Loss: 0.2, Jitter: 10 * time.Millisecond}
	thin := simnet.Conditions{Delay: 50 * time.Millisecond, Rate: 8_000, Queue: 16_000}
	tests := map[string]struct {
		cond simnet.Conditions
		size int
		time time.Duration
	}{
		"10 MB nearby":                       {near, 10 << 20, 5 * time.Minute},
		"1 MB far away":                      {far, 1 << 20, time.Minute},
		"1 MB where a twentieth is lost":     {simnet.Conditions{Delay: 50 * time.Millisecond, Loss: 0.05}, 1 << 20, 48 * time.Second},
		"1 MB where 29 % are lost":           {simnet.Conditions{Delay: 50 * time.Millisecond, Loss: 0.29}, 1 << 20, 3 * time.Minute},
		"200 kB where a fifth is lost":       {lossy, 200_000, 5 * time.Minute},
		"100 kB through a thin link":         {thin, 100_000, time.Minute},
		"100 kB with an outage of a minute ": {near, 100_000, 2 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, tt.cond, func(w *world) {
				w.server.do(func() { w.server.quiet = true })
				w.start()
				w.pass(time.Second)
				text := w.paste(tt.size)
				if strings.Contains(name, "outage") {
					w.pass(100 * time.Millisecond)
					w.wire.setDown(true, true)
					w.pass(time.Minute)
					w.wire.setDown(false, false)
				}
				began := now()
				for len(w.server.typed()) < tt.size && now().Sub(began) < tt.time {
					w.pass(time.Second)
				}
				t.Logf("%d bytes in %v", tt.size, now().Sub(began))
				if got := w.server.typed(); got != string(text) {
					at := 0
					for at < min(len(got), len(text)) && got[at] == text[at] {
						at++
					}
					t.Fatalf("%d bytes of %d arrived, the first %d right", len(got), len(text), at)
				}
				w.server.do(func() {
					if w.server.largest > maxWindow {
						t.Errorf("one state brought %d bytes, the bound is %d", w.server.largest, maxWindow)
					}
				})
				w.wire.setConditions(near) // the end is not what is looked at
				w.pass(5 * time.Second)
				w.quit()
			})
		})
	}
}

func TestEscapeKeyWorksBehindAPasteThatCannotBeSent(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.wire.setDown(true, true)
		w.paste(500_000)
		w.pass(time.Second)
		w.user.typeText("\x1e.")
		w.pass(10 * time.Millisecond)
		if got := w.user.lines()[0]; !strings.Contains(got, sayQuit) {
			t.Errorf("the bar says %q", got)
		}
		w.finish(20 * time.Second)
	})
}

func TestBacklogIsBounded(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.wire.setDown(true, true)
		w.paste(maxBacklog + 1000*4096*2)
		w.pass(time.Minute)
		if taken := len(w.user.typing); taken < cap(w.user.typing) {
			t.Errorf("the terminal is still read: %d reads wait", taken)
		}
		w.user.events <- tty.EndAsked
		w.finish(20 * time.Second)
	})
}

func TestNetworkErrorsAreShownUntilItWorks(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.wire.failWith(func([]byte) error { return fmt.Errorf("link: send: %w", errors.New("network is unreachable")) })
		w.user.typeText("x")
		w.pass(50 * time.Millisecond)
		if got := w.user.lines()[0]; !strings.Contains(got, "network is unreachable") {
			t.Errorf("the bar says %q", got)
		}
		w.wire.failWith(nil)
		w.pass(3 * time.Second)
		w.wantLine(0, "x")
		if r := w.quit(); r.Counters.Transport.SendFailures == 0 {
			t.Error("no failure was counted")
		}
	})
}

func TestPathThatTakesSmallPacketsOnly(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.server.do(func() { w.server.quiet = true })
		w.start()
		w.pass(time.Second)
		w.wire.failWith(func(p []byte) error {
			if len(p) > 600 {
				return fmt.Errorf("link: send: %w", datagram.ErrTooLong)
			}
			return nil
		})
		text := w.paste(20_000)
		w.pass(10 * time.Second)
		if got := w.server.typed(); got != string(text) {
			t.Errorf("%d bytes of %d arrived", len(got), len(text))
		}
		w.wantLine(0, "") // nothing that a user need know
		w.quit()
	})
}

func TestPathThatTakesNothingDoesNotSpin(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.wire.failWith(func([]byte) error { return datagram.ErrTooLong })
		w.start()
		w.pass(10 * time.Second)
		w.user.typeText("\x1e.")
		if c := w.finish(20 * time.Second).Counters; c.Iterations > 2000 {
			t.Errorf("%d iterations in %v", c.Iterations, c.Elapsed)
		}
	})
}

// fakePredictor draws a mark, and notes what it is told.
type fakePredictor struct {
	told  []string
	panic atomic.Bool
}

func (p *fakePredictor) Typed(_ time.Time, keys []byte, v View) {
	p.told = append(p.told, fmt.Sprintf("typed %q after state %d", keys, v.Sent))
}

func (p *fakePredictor) Arrived(_ time.Time, v View) {
	if v.EchoAck > 1 {
		p.told = append(p.told, fmt.Sprintf("echo of state %d: %q", v.EchoAck, v.Frame.Text()[0]))
	}
}

func (p *fakePredictor) Reset(time.Time) { p.told = append(p.told, "reset") }

func (p *fakePredictor) Draw(_ time.Time, o *terminal.Overlay) {
	if p.panic.Load() {
		panic("a fault in a predictor")
	}
	o.Set(3, 0, "guess", 1, terminal.Rendition{})
	for i, c := range "guess" {
		o.Set(3, i, string(c), 1, terminal.Rendition{})
	}
}

func (p *fakePredictor) Next(time.Time) time.Time { return time.Time{} }

func (p *fakePredictor) Stats() predict.Stats { return predict.Stats{} }

func TestPredictorHasItsSeat(t *testing.T) {
	inWorld(t, near, func(w *world) {
		p := &fakePredictor{}
		w.opts.Predictor, w.opts.NoInit = p, true
		w.start()
		w.pass(time.Second)
		w.server.print("\r\n")
		w.user.typeText("x")
		w.pass(time.Second)
		w.wantLine(3, "guess")
		w.user.resize(70, 20)
		w.pass(time.Second)
		told := strings.Join(p.told, "; ")
		for _, want := range []string{`typed "x" after state `, `echo of state `, "reset"} {
			if !strings.Contains(told, want) {
				t.Errorf("the predictor was told %s; %q is missing", told, want)
			}
		}
		w.quit()
		w.wantLine(1, "x") // there was room for the line below
		w.wantLine(3, "")  // a guess is not left on the screen
	})
}

func TestPanicGivesTheTerminalBack(t *testing.T) {
	inWorld(t, near, func(w *world) {
		p := &fakePredictor{}
		w.opts.Predictor = p
		w.start()
		w.pass(time.Second)
		p.panic.Store(true)
		w.user.typeText("x")
		<-w.done
		if got := fmt.Sprint(w.caught); !strings.Contains(got, "a fault in a predictor") {
			t.Errorf("Run panicked with %v", got)
		}
		if got, want := w.user.called(), "raw close"; got != want {
			t.Errorf("done to the terminal: %s, want %s", got, want)
		}
		f := w.user.frame()
		if !f.Cursor.Visible || f.Mouse != 0 {
			t.Error("the terminal was not reset")
		}
	})
}

func TestPanicOfAnotherGoroutineGivesTheTerminalBack(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.user.typing <- bytes.Repeat([]byte("x"), 5000) // makes the fake's Read panic
		<-w.done
		if got := fmt.Sprint(w.caught); !strings.Contains(got, "more at once than a read takes") {
			t.Errorf("Run panicked with %v", got)
		}
		if got, want := w.user.called(), "raw close"; got != want {
			t.Errorf("done to the terminal: %s, want %s", got, want)
		}
	})
}

func TestTerminalIsUntouchedWhenASessionCannotBegin(t *testing.T) {
	tests := map[string]struct {
		set    func(o *Options, f *fakeTerminal)
		called string
	}{
		"no TERM":            {func(o *Options, _ *fakeTerminal) { o.Term = "" }, "close"},
		"a dumb terminal":    {func(o *Options, _ *fakeTerminal) { o.Term = "dumb" }, "close"},
		"no raw mode":        {func(_ *Options, f *fakeTerminal) { f.rawErr = os.ErrPermission }, "raw close"},
		"no server address ": {func(o *Options, _ *fakeTerminal) { o.Carrier, o.Ticket.Addrs = nil, nil }, "close"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, near, func(w *world) {
				life := &fakeLifeline{}
				w.opts.Lifeline = life
				tt.set(&w.opts, w.user)
				if _, err := Run(context.Background(), w.opts); err == nil {
					t.Error("no error")
				}
				if got := w.user.called(); got != tt.called || w.user.written() != 0 {
					t.Errorf("done to the terminal: %s, want %s; %d writes", got, tt.called, w.user.written())
				}
				if life.closed.Load() != 1 {
					t.Errorf("the lifeline was closed %d times", life.closed.Load())
				}
			})
		})
	}
}
