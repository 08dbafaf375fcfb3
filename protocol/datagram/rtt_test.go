package datagram

import (
	"math"
	"testing"
	"time"
)

// answered gives a Conn packets whose answers make round trips of the given ms, all
// arriving at the same reading of the clock.
func answered(t *testing.T, c *Conn, now time.Time, ms ...int) {
	t.Helper()
	for _, r := range ms {
		open(t, c, now, forge(c.Expected(), stamps(65535, uint16(now.UnixMilli()-int64(r)))))
	}
}

func near(d time.Duration, ms float64) bool {
	return math.Abs(float64(d)-ms*float64(time.Millisecond)) < 1000
}

func TestBeforeAnySampleTheRoundTripIsASecond(t *testing.T) {
	c, _ := pair()
	if c.HaveRTT() || c.SRTT() != time.Second || c.RTTVAR() != 500*time.Millisecond || c.RTO() != time.Second {
		t.Errorf("SRTT %v, RTTVAR %v, RTO %v", c.SRTT(), c.RTTVAR(), c.RTO())
	}
	if last, when := c.LastRTT(); last != 0 || !when.IsZero() || c.MinRTT() != 0 {
		t.Errorf("last %v at %v, least %v", last, when, c.MinRTT())
	}
}

func TestSamplesAreSmoothed(t *testing.T) {
	_, c := pair()
	steps := []struct {
		sample               int
		srtt, rttvar, rtoMax float64
	}{
		{200, 200, 100, 600},
		{100, 187.5, 100, 588},
		{300, 201.5625, 103.125, 615}, // 614.0625 rounded up
	}
	for _, s := range steps {
		answered(t, c, at(30_000), s.sample)
		if !near(c.SRTT(), s.srtt) || !near(c.RTTVAR(), s.rttvar) || !near(c.RTO(), s.rtoMax) {
			t.Errorf("after %d: SRTT %v, RTTVAR %v, RTO %v, want %v %v %v",
				s.sample, c.SRTT(), c.RTTVAR(), c.RTO(), s.srtt, s.rttvar, s.rtoMax)
		}
		if last, when := c.LastRTT(); !near(last, float64(s.sample)) || !when.Equal(at(30_000)) {
			t.Errorf("last %v at %v", last, when)
		}
	}
}

func TestTimeoutStaysWithinItsBounds(t *testing.T) {
	_, fast := pair()
	answered(t, fast, at(30_000), 0)
	if !fast.HaveRTT() || fast.SRTT() != 0 || fast.RTO() != 50*time.Millisecond {
		t.Errorf("0 ms: SRTT %v, RTO %v", fast.SRTT(), fast.RTO())
	}
	_, slow := pair()
	answered(t, slow, at(30_000), 4000)
	if slow.SRTT() != 4*time.Second || slow.RTO() != time.Second {
		t.Errorf("4 s: SRTT %v, RTO %v", slow.SRTT(), slow.RTO())
	}
}

func TestSampleOfFiveSecondsOrMoreIsNotUsed(t *testing.T) {
	_, c := pair()
	answered(t, c, at(30_000), 5000, 5001, 29_000, -1)
	if c.HaveRTT() {
		t.Errorf("SRTT %v", c.SRTT())
	}
	answered(t, c, at(30_000), 4999)
	if c.SRTT() != 4999*time.Millisecond {
		t.Errorf("SRTT %v", c.SRTT())
	}
}

func TestSampleCrossesTheWrapOfTheClock(t *testing.T) {
	client, server := pair()
	packet := seal(t, client, at(65_530), "")
	open(t, server, at(65_536+10), packet)
	open(t, client, at(65_536+40), seal(t, server, at(65_536+20), ""))
	if got := client.SRTT(); got != 36*time.Millisecond {
		t.Errorf("SRTT %v, want 36ms", got)
	}
}

func TestTimeSpentAtThePeerIsNotPartOfTheSample(t *testing.T) {
	client, server := pair()
	open(t, server, at(30), seal(t, client, at(0), ""))
	open(t, client, at(860), seal(t, server, at(830), ""))
	if got := client.SRTT(); got != 60*time.Millisecond {
		t.Errorf("SRTT %v, want 60ms", got)
	}
}

func TestLeastSampleFollowsALongerRoute(t *testing.T) {
	_, c := pair()
	want := func(ms int) {
		t.Helper()
		if !near(c.MinRTT(), float64(ms)) {
			t.Errorf("least %v, want %d ms", c.MinRTT(), ms)
		}
	}
	answered(t, c, at(0), 90, 40, 60)
	want(40)
	answered(t, c, at(30_000), 80)
	want(40) // still within a minute
	answered(t, c, at(59_000), 70)
	want(40)
	answered(t, c, at(60_000), 100)
	want(70)
	answered(t, c, at(600_000), 200)
	want(200) // everything before is too old
	answered(t, c, at(600_001), 50)
	want(50)
}
