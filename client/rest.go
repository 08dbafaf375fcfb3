package client

import (
	"time"

	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
)

const (
	// restAfter is how long nothing has been typed before we go to rest: from then
	// on we say something every restHeartbeat only, if the server knows what that
	// means. Any key ends it, and is itself the probe.
	restAfter     = 3 * time.Minute
	restHeartbeat = 15 * time.Second
)

// rest is how seldom we may be heard.
type rest struct {
	touched time.Time // when something was last typed
	resting bool      // the server has been told of restHeartbeat
}

// settle goes to rest when it is time. It needs no timer: the heartbeat of the waking
// turns the loop often enough.
func (r *rest) settle(s *session, now time.Time) {
	if r.resting || now.Sub(r.touched) < restAfter || !s.transport.Remote().Hello.Has(screen.FeatureHeartbeat) {
		return
	}
	r.resting = true
	r.announce(s, now, restHeartbeat)
}

// touch notes that the terminal is used.
func (r *rest) touch(s *session, now time.Time) {
	r.touched = now
	if r.resting {
		r.resting = false
		r.announce(s, now, ssp.Heartbeat)
	}
}

// announce tells the server how long we will be silent at most.
func (r *rest) announce(s *session, now time.Time, d time.Duration) {
	s.say(s.local.Heartbeat(uint32(d/time.Second)), now)
	s.transport.SetHeartbeat(now, d)
}

// follow takes what the server has announced.
func (r *rest) follow(s *session) {
	s.transport.SetPeerHeartbeat(time.Duration(s.transport.Remote().Heartbeat) * time.Second)
	s.bar.Expect(s.transport.Slack())
}
