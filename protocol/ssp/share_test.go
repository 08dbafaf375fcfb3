package ssp

import (
	"testing"
	"time"
)

func TestAShareIsThatOfTheLastMinute(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	var c tally
	if s := c.share(at(0)); s.Known {
		t.Errorf("nothing was heard, and there is a share: %+v", s)
	}
	for _, step := range []struct {
		second     int
		sent, came uint64
		want       Share
	}{
		{0, 1, 1, Share{1, 0, true}},
		{10, 11, 6, Share{11, 5, true}},
		{10, 12, 7, Share{12, 5, true}},
		{65, 22, 17, Share{21, 5, true}}, // the first was more than a minute ago
		{71, 32, 27, Share{20, 0, true}}, // and now what was lost, too
		{72, 32, 31, Share{20, 0, true}}, // packets came twice
		{73, 40, 33, Share{28, 2, true}},
	} {
		c.note(at(step.second), step.sent, step.came)
		if got := c.share(at(step.second)); got != step.want {
			t.Errorf("after %d s: %+v, want %+v", step.second, got, step.want)
		}
	}
	if s := c.share(at(200)); s.Known {
		t.Errorf("after two minutes' silence: %+v", s)
	}
	for i := range 1000 {
		c.note(at(300+i), uint64(100+i), uint64(100+i))
	}
	if len(c.seconds) > minute+1 {
		t.Errorf("%d seconds are kept", len(c.seconds))
	}
}
