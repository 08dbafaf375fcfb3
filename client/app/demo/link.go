package demo

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gmosh/protocol/simnet"
)

// Link says how bad the way between the two halves is, the same in both
// directions. The zero Link is perfect.
type Link struct {
	RTT    time.Duration // round trip
	Jitter time.Duration // up to this much more or less, for a round trip
	Loss   float64       // share of the packets lost, 0 to 1
	Rate   int           // bits a second; 0: no limit
}

// Default is what the demo begins with: bad enough for everything to be felt.
func Default() Link { return Link{RTT: 300 * time.Millisecond, Loss: 0.2} }

// Bounds of what Worse leads to.
const (
	maxRTT  = 4 * time.Second
	maxLoss = 0.9
)

// Steps of Worse and Better: a round trip grows by half, but not by less than
// leastStep, and loss by a tenth of all packets.
const (
	growth    = 1.5
	leastStep = 20 * time.Millisecond
	lossStep  = 0.1
)

// Worse returns a worse link.
func (l Link) Worse() Link {
	grown := max(time.Duration(float64(l.RTT)*growth), l.RTT+leastStep)
	l.RTT = max(l.RTT, min(grown.Round(10*time.Millisecond), maxRTT))
	l.Loss = max(l.Loss, min(l.Loss+lossStep, maxLoss))
	return l
}

// Better returns a better link; after a few steps it is perfect but for its jitter
// and rate.
func (l Link) Better() Link {
	shrunk := time.Duration(float64(l.RTT) / growth)
	l.RTT = max(min(shrunk, l.RTT-leastStep), 0).Round(10 * time.Millisecond)
	l.Loss = max(l.Loss-lossStep, 0)
	if l.Loss < lossStep/10 { // what floating point leaves
		l.Loss = 0
	}
	return l
}

// String says how bad the link is: "300 ms, 20 % lost, 64 kbit/s".
func (l Link) String() string {
	text := fmt.Sprintf("%d ms", l.RTT.Milliseconds())
	if l.Jitter > 0 {
		text += fmt.Sprintf(" ± %d", l.Jitter.Milliseconds())
	}
	text += fmt.Sprintf(", %.0f %% lost", l.Loss*100)
	switch {
	case l.Rate >= 1e6:
		text += fmt.Sprintf(", %.4g Mbit/s", float64(l.Rate)/1e6)
	case l.Rate > 0:
		text += fmt.Sprintf(", %.4g kbit/s", float64(l.Rate)/1e3)
	}
	return text
}

// queueTime is how much waits before the bottleneck, in time that it takes to send:
// the buffers of a mobile network.
const queueTime = 500 * time.Millisecond

// conditions are those of one direction.
func (l Link) conditions() simnet.Conditions {
	c := simnet.Conditions{Delay: l.RTT / 2, Jitter: l.Jitter / 2, Loss: l.Loss, Rate: (l.Rate + 7) / 8}
	if c.Rate > 0 {
		c.Queue = max(int(float64(c.Rate)*queueTime.Seconds()), 4096)
	}
	return c
}

// ParseTime reads a time: 300ms, 1.5s, or a number of milliseconds.
func ParseTime(text string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		text = strconv.FormatFloat(n, 'f', -1, 64) + "ms"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > time.Minute {
		return 0, fmt.Errorf("%q is not a time up to a minute, such as 300ms or 1.5s", text)
	}
	return d, nil
}

// ParseLoss reads a share in percent: 20% or 20.
func ParseLoss(text string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(n >= 0 && n <= 100) { // not a number is neither
		return 0, fmt.Errorf("%q is not a percentage from 0%% to 100%%", text)
	}
	return n / 100, nil
}

// rateUnits are what can stand behind the number of a rate.
var rateUnits = []struct {
	suffix string
	bits   float64
}{{"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"kbit", 1e3}, {"Mbit", 1e6}, {"k", 1e3}, {"M", 1e6}, {"", 1}}

// slowest is the smallest rate: below it a packet takes longer than anybody waits.
const slowest = 1000

// ParseRate reads bits a second: 64k, 1M, 56kbit/s, 9600. 0 is no limit.
func ParseRate(text string) (int, error) {
	bad := fmt.Errorf("%q is not a rate in bits a second, such as 64k or 1M", text)
	for _, u := range rateUnits {
		number, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		switch n *= u.bits; {
		case err != nil || math.IsNaN(n) || n < 0 || n > 1e10:
			return 0, bad
		case n > 0 && n < slowest:
			return 0, errors.New("a rate below 1000 bits a second is none")
		}
		return int(n), nil
	}
	return 0, bad
}
