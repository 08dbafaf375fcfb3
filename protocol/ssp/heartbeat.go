package ssp

import "time"

// Heartbeat is how long a side is silent at most, unless it has announced more.
const Heartbeat = 3 * time.Second

// SetHeartbeat changes how long we are silent at most. The caller has told the peer,
// by a part of the local state: a mosh knows Heartbeat alone.
func (t *Transport[L, R]) SetHeartbeat(now time.Time, d time.Duration) {
	d = max(d, Heartbeat)
	if d < t.out.heartbeat {
		t.out.ackDue = sooner(t.out.ackDue, now.Add(d))
	}
	t.out.heartbeat = d
}

// SetPeerHeartbeat says what the peer has announced: silence of that length is no
// sign of anything. Zero is the default.
func (t *Transport[L, R]) SetPeerHeartbeat(d time.Duration) { t.peerHeartbeat = max(d, Heartbeat) }

// Slack returns how much longer than between two that both send every Heartbeat
// silence may last, ours to be acknowledged and the peer's to be heard.
func (t *Transport[L, R]) Slack() (contact, proof time.Duration) {
	contact = t.peerHeartbeat - Heartbeat
	return contact, contact + t.out.heartbeat - Heartbeat
}
