package clock

import (
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// source is an elapsed clock that reads what it is told to.
type source struct{ at time.Duration }

func (s *source) read() time.Duration { return s.at }

func TestNowIsStartPlusElapsedIncludingSleep(t *testing.T) {
	s := &source{at: 500 * time.Hour}
	c := newClock(start, s.read)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("first Now = %v, want %v", got, start)
	}
	s.at += 24 * time.Hour // the night
	if got, want := c.Now(), start.Add(24*time.Hour); !got.Equal(want) {
		t.Errorf("after a day of sleep Now = %v, want %v", got, want)
	}
}

func TestNowHoldsWhenTheSourceStepsBack(t *testing.T) {
	s := &source{at: time.Hour}
	c := newClock(start, s.read)
	s.at += 10 * time.Second
	high := c.Now()
	s.at -= 4 * time.Second
	if got := c.Now(); !got.Equal(high) {
		t.Errorf("Now went from %v to %v", high, got)
	}
	s.at = 0 // a failed reading
	if got := c.Now(); !got.Equal(high) {
		t.Errorf("Now went from %v to %v on a zero reading", high, got)
	}
	s.at = time.Hour + 11*time.Second
	if got, want := c.Now(), start.Add(11*time.Second); !got.Equal(want) {
		t.Errorf("Now = %v, want %v", got, want)
	}
}

// A monotonic reading would make Sub and Before follow the clock that stops in
// suspend. == tells: time.Time with one differs from its stripped self.
func TestTimesCarryNoMonotonicReading(t *testing.T) {
	c := New()
	if now := c.Now(); now != now.Round(0) {
		t.Errorf("%v has a monotonic reading", now)
	}
}

func TestPlatformClockAdvancesAndNeverGoesBack(t *testing.T) {
	c := New()
	first := c.Now()
	last := first
	for range 1_000_000 {
		now := c.Now()
		if now.Before(last) {
			t.Fatalf("went back from %v to %v", last, now)
		}
		last = now
	}
	if !last.After(first) {
		t.Error("a million readings and no time has passed")
	}
}

func TestGoroutinesSeeOneOrder(t *testing.T) {
	c := New()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var seen time.Time
	for range 4 {
		wg.Go(func() {
			for range 20_000 {
				mu.Lock()
				now := c.Now()
				if now.Before(seen) {
					t.Errorf("%v after %v", now, seen)
				}
				seen = now
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func BenchmarkNow(b *testing.B) {
	c := New()
	for b.Loop() {
		c.Now()
	}
}
