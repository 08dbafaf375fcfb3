package demo

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDistantConnectionIsLateEitherWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		d := newDistant(far, 150*time.Millisecond)
		defer d.Close()
		start, buf := time.Now(), make([]byte, 16)
		go func() {
			_, _ = io.WriteString(near, "there")
			_, _ = io.WriteString(near, "!")
		}()
		for got := ""; got != "there!"; {
			n, err := d.Read(buf[:2]) // a little at a time
			if got += string(buf[:n]); err != nil || !strings.HasPrefix("there!", got) {
				t.Fatalf("%q, %v", got, err)
			}
		}
		if took := time.Since(start); took != 150*time.Millisecond {
			t.Errorf("it took %v on the way there", took)
		}
		if _, err := d.Write(append(buf[:0], "back"...)); err != nil {
			t.Fatal(err)
		}
		copy(buf, "gone") // the buffer is the writer's again
		if n, err := io.ReadFull(near, buf[:4]); string(buf[:n]) != "back" || err != nil {
			t.Errorf("%q came back, %v", buf[:n], err)
		}
		if took := time.Since(start); took != 300*time.Millisecond {
			t.Errorf("it took %v there and back", took)
		}
	})
}

func TestDistantConnectionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		d := newDistant(far, time.Second)
		start := time.Now()
		near.Close()
		if _, err := d.Read(make([]byte, 1)); err != io.EOF || time.Since(start) != time.Second {
			t.Errorf("the other side's end is %v, after %v", err, time.Since(start))
		}
		if _, err := d.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after its end, %v", err)
		}
		if _, err := d.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		d.Close()
		if _, err := d.Write(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing to it: %v", err)
		}
		if d.settle() {
			t.Error("it was connected to")
		}
		if d.Close(); time.Since(start) != time.Second {
			t.Errorf("closing took until %v", time.Since(start))
		}
		near, far = net.Pipe()
		defer near.Close()
		if d = newDistant(far, time.Second); d.Close() != nil {
			t.Error("it could not be closed")
		}
		if _, err := d.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading what is closed: %v", err)
		}
	})
}
