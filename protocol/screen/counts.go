package screen

import (
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// FeatureCounts is the name, in both halves' hello, of the counts that go with a
// frame. A diff holds what happened between two states, however many others between
// them were lost or sent twice; by the counts the receiver knows what of it its user
// has had, so that each bell, clipboard write and notification reaches him once.
const FeatureCounts = "counts"

// counts are those of a frame.
func counts(f *terminal.Frame) wire.Counts {
	return wire.Counts{Bells: f.Bells, Clipboard: f.ClipboardSeq, Notifications: f.Notifications}
}

// appendCounts appends the counts of s, if a receiver that holds base needs them.
func (s *State) appendCounts(dst []byte, base *State) []byte {
	if !s.Hello.Has(FeatureCounts) {
		return dst
	}
	now := counts(&s.Frame)
	if now == counts(&base.Frame) && base.Hello != nil {
		return dst
	}
	return appendElement(dst, wire.HostElement{Kind: wire.HostCounts, Counts: now})
}

// setCounts gives a frame the counts that came with it.
func setCounts(f *terminal.Frame, c wire.Counts) {
	f.Bells, f.ClipboardSeq, f.Notifications = c.Bells, c.Clipboard, c.Notifications
}
