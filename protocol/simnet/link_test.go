package simnet

import (
	"bytes"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// drain receives everything, and returns when each packet came.
func drain(l *Link) (packets []Packet, at []time.Time) {
	for !l.Next().IsZero() {
		now := l.Next()
		p, ok := l.Receive(now)
		if !ok {
			return packets, at
		}
		packets, at = append(packets, p), append(at, now)
	}
	return packets, at
}

func TestTheSameSeedGivesTheSameFate(t *testing.T) {
	cond := Conditions{Delay: 50 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.3, Reorder: 0.1, Duplicate: 0.1, Corrupt: 0.1}
	run := func(seed uint64) []byte {
		l := NewLink(seed, cond)
		for i := range 200 {
			l.Send(epoch.Add(time.Duration(i)*time.Millisecond), Packet{Data: []byte{byte(i), 0}})
		}
		packets, at := drain(l)
		var out []byte
		for i, p := range packets {
			out = append(append(out, p.Data...), at[i].String()...)
		}
		return out
	}
	if !bytes.Equal(run(1), run(1)) {
		t.Error("one seed, two fates")
	}
	if bytes.Equal(run(1), run(2)) {
		t.Error("two seeds, one fate")
	}
}

func TestABottleneckTakesItsTimeAndItsQueueOverflows(t *testing.T) {
	l := NewLink(1, Conditions{Rate: 1000, Queue: 300, Delay: time.Second})
	for range 4 {
		l.Send(epoch, Packet{Data: make([]byte, 100-overhead)})
	}
	if q := l.Queued(epoch); q != 300 {
		t.Errorf("queued %d bytes, want 300", q)
	}
	_, at := drain(l)
	if len(at) != 3 || at[2] != epoch.Add(1300*time.Millisecond) {
		t.Errorf("arrivals %v, want 3, the last after 1.3 s", at)
	}
	if c := l.Counts(); c.Overflowed != 1 {
		t.Errorf("counts %+v", c)
	}
}

func TestLossAndBurstsHaveTheAskedFrequency(t *testing.T) {
	const n = 20000
	for name, cond := range map[string]Conditions{
		"single": {Loss: 0.25},
		"bursts": {Burst: Burst{Enter: 0.2 / 3, Leave: 0.2}},
	} {
		l := NewLink(7, cond)
		for range n {
			l.Send(epoch, Packet{})
		}
		if lost := float64(l.Counts().Lost) / n; lost < 0.23 || lost > 0.27 {
			t.Errorf("%s: lost %.3f of the packets, want 0.25", name, lost)
		}
	}
}

func TestJitterKeepsOrderAndReorderDoesNot(t *testing.T) {
	order := func(cond Conditions) (inOrder bool) {
		l := NewLink(3, cond)
		for i := range 100 {
			l.Send(epoch.Add(time.Duration(i)*time.Millisecond), Packet{From: i})
		}
		packets, _ := drain(l)
		for i := range packets {
			if packets[i].From != i {
				return false
			}
		}
		return true
	}
	if !order(Conditions{Delay: 100 * time.Millisecond, Jitter: 50 * time.Millisecond}) {
		t.Error("jitter reordered")
	}
	if order(Conditions{Delay: 100 * time.Millisecond, Reorder: 0.2}) {
		t.Error("nothing was reordered")
	}
}

func TestARebindingNATLosesTheWayBack(t *testing.T) {
	n := NewNAT()
	first := n.Out(5)
	if s, ok := n.In(first); !ok || s != 5 || n.Out(5) != first {
		t.Fatal("no stable binding")
	}
	n.Rebind()
	if _, ok := n.In(first); ok || n.Out(5) == first {
		t.Error("the old binding lives")
	}
}
