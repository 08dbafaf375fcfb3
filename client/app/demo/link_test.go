package demo

import (
	"testing"
	"time"
)

func TestLinkGetsWorseAndBetterWithinBounds(t *testing.T) {
	l := Default()
	if worse := l.Worse(); worse.RTT <= l.RTT || worse.Loss <= l.Loss {
		t.Errorf("%v became %v", l, worse)
	}
	for range 50 {
		l = l.Worse()
	}
	if l.RTT != maxRTT || l.Loss != maxLoss {
		t.Errorf("at its worst it is %v", l)
	}
	for range 50 {
		l = l.Better()
	}
	if l != (Link{}) {
		t.Errorf("at its best it is %v", l)
	}
	if l = l.Worse(); l.RTT < leastStep || l.Loss == 0 {
		t.Errorf("a perfect link became %v", l)
	}
	asked := Link{RTT: time.Minute, Loss: 1}
	if got := asked.Worse(); got != asked {
		t.Errorf("a link worse than any step leads to became %v", got)
	}
}

func TestLinkInWords(t *testing.T) {
	for want, l := range map[string]Link{
		"0 ms, 0 % lost":                       {},
		"300 ms, 20 % lost":                    Default(),
		"50 ms ± 20, 0 % lost, 64 kbit/s":      {RTT: 50 * time.Millisecond, Jitter: 20 * time.Millisecond, Rate: 64000},
		"1500 ms, 29 % lost, 2.5 Mbit/s":       {RTT: 1500 * time.Millisecond, Loss: 0.29, Rate: 2500000},
		"300 ms, 20 % lost, 9.6 kbit/s":        {RTT: 300 * time.Millisecond, Loss: 0.2, Rate: 9600},
		"1000 ms ± 1000, 90 % lost, 10 Mbit/s": {RTT: time.Second, Jitter: time.Second, Loss: 0.9, Rate: 1e7},
	} {
		if got := l.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestFiguresAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"300ms": 300 * time.Millisecond, "1.5s": 1500 * time.Millisecond, "300": 300 * time.Millisecond, "0": 0,
	} {
		if got, err := ParseTime(text); got != want || err != nil {
			t.Errorf("time %q is %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]float64{"20%": 0.2, "20": 0.2, "0": 0, "100%": 1, "2.5%": 0.025} {
		if got, err := ParseLoss(text); got != want || err != nil {
			t.Errorf("loss %q is %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]int{
		"64k": 64000, "1M": 1e6, "56kbit/s": 56000, "2.5Mbit": 2500000, "9600": 9600, "0": 0,
	} {
		if got, err := ParseRate(text); got != want || err != nil {
			t.Errorf("rate %q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "-1s", "2h", "NaN", "1e99"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("time %q is %v", text, got)
		}
	}
	for _, text := range []string{"", "%", "-1", "101%", "NaN", "Inf"} {
		if got, err := ParseLoss(text); err == nil {
			t.Errorf("loss %q is %v", text, got)
		}
	}
	for _, text := range []string{"", "k", "-1k", "999", "1G", "NaN", "Inf", "1e99"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("rate %q is %v", text, got)
		}
	}
}

func TestBottleneckHasAQueueThatIsNotEndless(t *testing.T) {
	c := Link{Rate: 64000}.conditions()
	if c.Rate != 8000 || c.Queue != 4096 {
		t.Errorf("64 kbit/s are %d bytes a second with %d queued", c.Rate, c.Queue)
	}
	if c := (Link{Rate: 1e6}).conditions(); c.Queue != 62500 {
		t.Errorf("before 1 Mbit/s wait up to %d bytes", c.Queue)
	}
	if c := (Link{}).conditions(); c.Rate != 0 || c.Queue != 0 {
		t.Errorf("a link without a rate: %+v", c)
	}
}
