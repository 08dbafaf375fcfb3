//go:build unix

package tty

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openPair returns a Terminal on one end of a pty, and the other end.
func openPair(t *testing.T) (tt *Terminal, slave, master *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	tt, err = Open(slave, slave)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tt.Close()
		slave.Close()
		master.Close()
	})
	return tt, slave, master
}

func modesOf(t *testing.T, f *os.File) term.State {
	t.Helper()
	s, err := term.GetState(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// allTypes lets go-cmp look into the unexported fields of term.State.
func allTypes(reflect.Type) bool { return true }

func same(a, b term.State) bool { return cmp.Equal(a, b, cmp.Exporter(allTypes)) }

func TestEveryWayOutRestoresTheModes(t *testing.T) {
	ways := map[string]func(*Terminal) error{
		"restore":       (*Terminal).Restore,
		"close":         (*Terminal).Close,
		"restore twice": func(t *Terminal) error { return errors.Join(t.Restore(), t.Restore()) },
		"close after restore": func(t *Terminal) error {
			return errors.Join(t.Restore(), t.Close())
		},
		"raw twice": func(t *Terminal) error { return errors.Join(t.Raw(), t.Restore()) },
		"suspended and resumed": func(t *Terminal) error {
			return errors.Join(t.Restore(), t.Raw(), t.Restore())
		},
	}
	for name, leave := range ways {
		t.Run(name, func(t *testing.T) {
			tt, slave, _ := openPair(t)
			before := modesOf(t, slave)
			if err := tt.Raw(); err != nil {
				t.Fatal(err)
			}
			if same(before, modesOf(t, slave)) {
				t.Fatal("raw mode changed nothing")
			}
			if err := leave(tt); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, modesOf(t, slave), cmp.Exporter(allTypes)); diff != "" {
				t.Errorf("the modes are not what they were: %s", diff)
			}
		})
	}
}

func TestTheFlagsOthersShareStayAlone(t *testing.T) {
	tt, slave, _ := openPair(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	if _, err := tt.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	flags, err := unix.FcntlInt(slave.Fd(), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK != 0 {
		t.Errorf("flags %#x, error %v: the shell's terminal must keep blocking", flags, err)
	}
}

// TestQuietTakesWhatWasTypedBefore types into a terminal that still edits lines: the
// last one is not finished.
func TestQuietTakesWhatWasTypedBefore(t *testing.T) {
	for _, translates := range []bool{true, false} {
		tt, slave, master := openPair(t)
		if !translates {
			modes, err := unix.IoctlGetTermios(int(slave.Fd()), getTermios)
			if err != nil {
				t.Fatal(err)
			}
			modes.Iflag &^= unix.ICRNL
			if err := unix.IoctlSetTermios(int(slave.Fd()), setTermios, modes); err != nil {
				t.Fatal(err)
			}
		}
		typed, echo, want := "ls\rtop", "ls\r\ntop", "ls\rtop"
		if !translates {
			typed, want = "ls\ntop", "ls\ntop"
		}
		if _, err := master.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		shown := make([]byte, len(echo)) // it has arrived when it is shown
		if _, err := io.ReadFull(master, shown); err != nil || string(shown) != echo {
			t.Fatalf("the terminal shows %q, %v", shown, err)
		}
		if got, err := tt.Quiet(); string(got) != want || err != nil {
			t.Errorf("typed %q before, taken over %q, %v", typed, got, err)
		}
		if _, err := master.WriteString("x\r"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(tt, shown[:2]); err != nil || string(shown[:2]) != "x\r" {
			t.Errorf("afterwards %q is read, %v", shown[:2], err)
		}
	}
}

func TestBytesPassUnchanged(t *testing.T) {
	tt, _, master := openPair(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	typed := []byte("a\r\n\x03\x04\x11\x13\x1a\x1c\x7f\xff\x00")
	if _, err := master.Write(typed); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 64)
	n, err := io.ReadFull(tt, got[:len(typed)])
	if err != nil || !bytes.Equal(got[:n], typed) {
		t.Errorf("typed %q, read %q, error %v", typed, got[:n], err)
	}
	shown := []byte("a\nb\r\n\x1b[m")
	if _, err := tt.Write(shown); err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(master, got[:len(shown)]); err != nil || !bytes.Equal(got[:n], shown) {
		t.Errorf("wrote %q, the terminal got %q, error %v", shown, got[:n], err)
	}
}

func TestCloseEndsReadAndWrite(t *testing.T) {
	tt, _, _ := openPair(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	read, write := make(chan error), make(chan error)
	go func() {
		_, err := tt.Read(make([]byte, 16))
		read <- err
	}()
	go func() { // more than a pty holds, and nobody reads the other end
		_, err := tt.Write(bytes.Repeat([]byte("x"), 1<<20))
		write <- err
	}()
	if err := tt.Close(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]chan error{"read": read, "write": write} {
		if err := <-c; !errors.Is(err, ErrClosed) {
			t.Errorf("%s returned %v", name, err)
		}
	}
	if err := tt.Raw(); !errors.Is(err, ErrClosed) {
		t.Errorf("raw mode on a closed terminal: %v", err)
	}
}

func TestSlowTerminalGetsEverything(t *testing.T) {
	for name, owned := range map[string]bool{"its own open file": true, "a shared one": false} {
		t.Run(name, func(t *testing.T) {
			tt, slave, master := openPair(t)
			if err := tt.Raw(); err != nil {
				t.Fatal(err)
			}
			if !owned {
				tt.out.close()
				tt.out = &output{fd: int(slave.Fd()), wake: tt.out.wake, queued: queued}
			}
			const size = 300_000
			sent := make(chan error, 1)
			go func() {
				n, err := tt.Write([]byte(strings.Repeat("0123456789", size/10)))
				if n != size {
					err = errors.Join(err, errors.New("short write"))
				}
				sent <- err
			}()
			got := make([]byte, size)
			if _, err := io.ReadFull(master, got); err != nil {
				t.Fatal(err)
			}
			if err := <-sent; err != nil || string(got) != strings.Repeat("0123456789", size/10) {
				t.Errorf("bytes were lost or changed, error %v", err)
			}
		})
	}
}

func TestReadEndsWhenTheTerminalIsGone(t *testing.T) {
	tt, _, master := openPair(t)
	master.Close()
	if n, err := tt.Read(make([]byte, 16)); n != 0 || err == nil || errors.Is(err, ErrClosed) {
		t.Errorf("read gave %d bytes, error %v", n, err)
	}
}

func TestSize(t *testing.T) {
	tt, _, master := openPair(t)
	for _, s := range []struct{ set, want pty.Winsize }{
		{pty.Winsize{}, pty.Winsize{Cols: 80, Rows: 24}}, // unknown
		{pty.Winsize{Cols: 132, Rows: 50}, pty.Winsize{Cols: 132, Rows: 50}},
	} {
		if err := pty.Setsize(master, &s.set); err != nil {
			t.Fatal(err)
		}
		cols, rows, err := tt.Size()
		if err != nil || cols != int(s.want.Cols) || rows != int(s.want.Rows) {
			t.Errorf("set to %+v the size is %dx%d, error %v", s.set, cols, rows, err)
		}
	}
}

func TestOpenRefusesWhatIsNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := Open(r, w); !errors.Is(err, ErrNotTerminal) {
		t.Errorf("opening a pipe: %v", err)
	}
}

func TestSignalsBecomeEvents(t *testing.T) {
	tt, _, _ := openPair(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	for s, want := range meaning {
		if signal.Ignored(s) { // as under nohup: it stays so
			continue
		}
		if err := unix.Kill(os.Getpid(), s.(unix.Signal)); err != nil {
			t.Fatal(err)
		}
		if got := <-tt.Events(); got != want {
			t.Errorf("%v became event %d, want %d", s, got, want)
		}
	}
}

func TestBrokenConnectionsOfTheProcessAreNoEvent(t *testing.T) {
	tt, _, _ := openPair(t)
	tt.WritesElsewhere()
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	tt.signals <- unix.SIGPIPE
	tt.signals <- unix.SIGWINCH
	if got := <-tt.Events(); got != Resized {
		t.Errorf("the first event is %d", got)
	}
}

func TestSignalsAreNotMissedWhenNobodyListens(t *testing.T) {
	tt, _, _ := openPair(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	for range 10 * eventBuffer { // more than there is room for: nothing may block
		tt.signals <- unix.SIGWINCH
	}
	if err := tt.Close(); err != nil {
		t.Error(err)
	}
}

func TestWriteIsDoneWhenASlowTerminalHasTakenIt(t *testing.T) {
	tt, _, master := openPair(t)
	left := []int{300, 200, drained + 1, drained, 1000}
	tt.out.queued = func(int) (int, error) {
		n := left[0]
		left = left[1:]
		return n, nil
	}
	if n, err := tt.Write([]byte("x")); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := io.ReadFull(master, make([]byte, 1)); err != nil || len(left) != 1 {
		t.Errorf("%v; it looked %d times too often", err, 1-len(left))
	}
	tt.out.queued = func(int) (int, error) { return 0, unix.ENOTTY }
	if _, err := tt.Write([]byte("x")); err != nil {
		t.Errorf("a terminal that cannot tell: %v", err)
	}
	looks := make(chan bool, 1)
	tt.out.queued = func(int) (int, error) {
		select {
		case looks <- true:
		default:
		}
		return 1000, nil
	}
	wrote := make(chan error, 1)
	go func() {
		_, err := tt.Write([]byte("x"))
		wrote <- err
	}()
	<-looks
	tt.Close()
	if err := <-wrote; !errors.Is(err, ErrClosed) {
		t.Errorf("a terminal that takes nothing, closed: %v", err)
	}
}

func TestWhatATerminalTakesAtOnceNeedsNoWait(t *testing.T) {
	tt, _, master := openPair(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	if tt.out.owned { // else it cannot be known
		if n, whole := tt.TryWrite([]byte("abc")); n != 3 || !whole {
			t.Errorf("took %d of 3 bytes, whole %v", n, whole)
		}
	}
	all := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // more than a pty holds
	n, whole := tt.TryWrite(all)
	if whole || n == len(all) {
		t.Fatalf("took %d bytes, whole %v, and nobody reads", n, whole)
	}
	read := make(chan []byte)
	go func() {
		p, _ := io.ReadAll(io.LimitReader(master, int64(len(all))))
		read <- p
	}()
	want := all
	if tt.out.owned {
		want = append([]byte("abc"), all[:len(all)-3]...)
	}
	if _, err := tt.Write(all[n:]); err != nil {
		t.Fatal(err)
	}
	if got := <-read; !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrived, not those that were written", len(got))
	}
	tt.Close()
	if n, whole := tt.TryWrite([]byte("late")); n != 0 || whole {
		t.Errorf("a terminal that is closed took %d bytes", n)
	}
}
