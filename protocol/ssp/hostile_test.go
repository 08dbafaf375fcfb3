package ssp

import (
	"encoding/binary"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/fragment"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// hostile is a peer that has the key and says what it likes.
type hostile struct {
	conn     *datagram.Conn
	splitter fragment.Splitter
	deflater wire.Deflater
}

func (h *hostile) say(now time.Time, in *wire.Instruction) [][]byte {
	pieces, err := h.splitter.Split(nil, h.deflater.Deflate(nil, in.Marshal(nil)), 1000)
	if err != nil {
		return nil
	}
	return h.seal(now, pieces)
}

func (h *hostile) seal(now time.Time, pieces [][]byte) (out [][]byte) {
	for _, p := range pieces {
		packet, err := h.conn.Seal(nil, now, p)
		if err == nil {
			out = append(out, packet)
		}
	}
	return out
}

func newVictim(now time.Time) (*Transport[userinput.State, userinput.State], *hostile) {
	var key datagram.Key
	local := userinput.State{}.Keys([]byte("output"))
	t := New(Config[userinput.State, userinput.State]{
		Datagram:   datagram.New(key, datagram.ToClient, 0),
		Current:    func() userinput.State { return local },
		MaxPayload: func(datagram.Path) int { return 1252 },
		Follow:     true,
	}, now)
	return t, &hostile{conn: datagram.New(key, datagram.ToServer, 0)}
}

// TestAPeerThatNeverLetsGoOfAStateIsBounded sends new states for ever from a base
// that it never gives up.
func TestAPeerThatNeverLetsGoOfAStateIsBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	victim, peer := newVictim(now)
	for i := range uint64(5000) {
		in := wire.Instruction{Version: wire.ProtocolVersion, NewNum: i + 1, Diff: userinput.State{}.Keys([]byte("k")).Diff(userinput.State{})}
		for _, p := range peer.say(now, &in) {
			victim.Receive(now, 1, p, false)
		}
	}
	if n := len(victim.in.states); n > maxReceived+2 {
		t.Errorf("%d states held", n)
	}
	if n := victim.Stats().Drops.Flood; n < 3900 {
		t.Errorf("%d counted as flood", n)
	}
}

func TestInstructionsThatBreakTheRulesAreDroppedByReason(t *testing.T) {
	now := time.Unix(1e9, 0)
	diff := userinput.State{}.Keys([]byte("k")).Diff(userinput.State{})
	v := uint32(wire.ProtocolVersion)
	for _, c := range []struct {
		name string
		in   wire.Instruction
		got  func(Drops) uint64
	}{
		{"version", wire.Instruction{Version: 3, NewNum: 2, OldNum: 1}, func(d Drops) uint64 { return d.Version }},
		{"duplicate", wire.Instruction{Version: v, NewNum: 1, Diff: diff}, func(d Drops) uint64 { return d.Duplicate }},
		{"unknown base", wire.Instruction{Version: v, OldNum: 7, NewNum: 8, Diff: diff}, func(d Drops) uint64 { return d.UnknownBase }},
		{"base after the state", wire.Instruction{Version: v, OldNum: 1, NewNum: 0}, func(d Drops) uint64 { return d.Duplicate + d.UnknownBase }},
		{"throwaway", wire.Instruction{Version: v, OldNum: 1, NewNum: 2, ThrowawayNum: 2}, func(d Drops) uint64 { return d.Throwaway }},
		{"diff", wire.Instruction{Version: v, OldNum: 1, NewNum: 2, Diff: []byte{0xff}}, func(d Drops) uint64 { return d.Diff }},
		{"ack of nothing sent", wire.Instruction{Version: v, OldNum: 1, NewNum: 2, AckNum: 77}, func(d Drops) uint64 { return d.UnknownState }},
	} {
		victim, peer := newVictim(now)
		for _, in := range []wire.Instruction{{Version: v, NewNum: 1, Diff: diff}, c.in} {
			for _, p := range peer.say(now, &in) {
				victim.Receive(now, 1, p, false)
			}
		}
		if n := c.got(victim.Stats().Drops); n != 1 {
			t.Errorf("%s: %+v", c.name, victim.Stats().Drops)
		}
	}
}

// FuzzHostilePeer lets an authenticated peer say anything. The first byte of each
// record says what follows: numbers for an instruction and a diff, or a raw fragment.
func FuzzHostilePeer(f *testing.F) {
	diff := userinput.State{}.Resize(80, 24).Diff(userinput.State{})
	record := append([]byte{0, 0, 1, 0, 0, byte(len(diff))}, diff...)
	f.Add(record)
	f.Add(append(record, 1, 12, 0, 0, 0, 0, 0, 0, 0, 9, 0x80, 0, 'x', 'y'))
	f.Add(append(record, 0, 1, 255, 1, 0, 0, 0, 0, 2, 0, 0, 0))
	f.Fuzz(func(t *testing.T, script []byte) {
		now := time.Unix(1e9, 0)
		victim, peer := newVictim(now)
		var acked uint64
		for len(script) > 0 {
			now = now.Add(70 * time.Millisecond)
			var packets [][]byte
			packets, script = peer.record(now, script)
			for _, p := range packets {
				victim.Receive(now, 1, p, false)
			}
			victim.Touch(now)
			victim.Tick(now)
			if d := victim.Deadline(now); !d.IsZero() && d.Before(now) {
				now = now.Add(10 * time.Millisecond)
				victim.Tick(now)
			}
			if victim.AckedNum() < acked || len(victim.in.states) > maxReceived+2 || len(victim.out.states) > maxSent {
				t.Fatalf("acked %d after %d, holds %d and %d states", victim.AckedNum(), acked, len(victim.in.states), len(victim.out.states))
			}
			acked = victim.AckedNum()
		}
	})
}

// record takes one record off the script and makes packets of it.
func (h *hostile) record(now time.Time, script []byte) (packets [][]byte, rest []byte) {
	if script[0]%2 == 1 || len(script) < 6 {
		n := min(int(script[0]/2), len(script)-1)
		return h.seal(now, [][]byte{script[1 : 1+n]}), script[1+n:]
	}
	number := func(b byte) uint64 {
		if b == 255 {
			return wire.Shutdown
		}
		return uint64(b)
	}
	n := min(int(script[5]), len(script)-6)
	in := wire.Instruction{
		Version: uint32(2 + binary.BigEndian.Uint16([]byte{0, script[0]})/128),
		OldNum:  number(script[1]), NewNum: number(script[2]), AckNum: number(script[3]), ThrowawayNum: number(script[4]),
		Diff: script[6 : 6+n],
	}
	return h.say(now, &in), script[6+n:]
}
