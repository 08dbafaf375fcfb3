package ssp

import (
	"math/rand/v2"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/fragment"
	"gmosh/protocol/wire"
)

// Outgoing is a packet to be sent. Packet is valid until the next Tick.
type Outgoing struct {
	Path   datagram.Path
	Packet []byte
	Probe  bool // its loss means nothing: it was sent to learn about the path
}

// Tick returns the packets that are to be sent now, in order; none if it is not
// time (see Deadline).
func (t *Transport[L, R]) Tick(now time.Time) []Outgoing {
	if t.mute(now) {
		return nil
	}
	t.noteHole(now)
	l := t.link()
	next, copies := t.out.next, 1
	if t.out.end.started() {
		next = t.out.nextEnd
		if t.out.end.unanswered() {
			copies = farewells
		}
	}
	d, ok := next(now, l)
	t.probed = false
	if !ok {
		return nil
	}
	t.packer.begin()
	for range copies {
		if err := t.pack(now, d); err != nil {
			t.err = err
			return nil
		}
	}
	return t.packer.out
}

// pack makes one instruction into datagrams.
func (t *Transport[L, R]) pack(now time.Time, d diff) error {
	in := wire.Instruction{
		Version:      wire.ProtocolVersion,
		OldNum:       d.old,
		NewNum:       d.new,
		AckNum:       t.in.newest().num,
		ThrowawayNum: d.throwaway,
		Diff:         d.bytes,
		Chaff:        t.packer.chaff(),
	}
	t.report(now, &in)
	payload := t.payload()
	if size := t.probeSize(now, d); size > 0 {
		in.Chaff = t.packer.padding(size - probeRoom)
		payload, t.probed = size, true
		t.sentProbe(now, d.new, size)
	}
	packets, bytes, err := t.packer.seal(now, t.datagram, t.path, &in, payload)
	if err != nil {
		return err
	}
	if t.probed {
		t.packer.out[len(t.packer.out)-1].Probe = true
	}
	t.out.onWire(d.new, len(d.bytes) > 0, bytes+packetOverhead*packets, payload > smallPayload && bytes > smallPayload && !t.probed, t.wary)
	t.noteSuspect(d)
	t.count(d, packets, bytes)
	return nil
}

func (t *Transport[L, R]) count(d diff, packets, bytes int) {
	t.stats.InstructionsOut++
	t.stats.PacketsOut += uint64(packets)
	t.stats.BytesOut += uint64(bytes)
	if len(d.bytes) == 0 {
		t.stats.AcksOut++
	}
	if d.resend {
		t.stats.Resends++
	}
	if d.cover {
		t.stats.Covers++
	}
}

// packer turns instructions into packets, with buffers that it uses again.
type packer struct {
	deflater wire.Deflater
	splitter fragment.Splitter
	rand     *rand.Rand

	serialised, compressed []byte
	pieces                 [][]byte
	buffers                [][]byte // one for each packet of out
	out                    []Outgoing
}

func (p *packer) begin() { p.out = p.out[:0] }

// seal adds the packets of an instruction to out, none with more than payload bytes,
// and returns how many they are and how long together.
func (p *packer) seal(now time.Time, conn *datagram.Conn, path datagram.Path, in *wire.Instruction, payload int) (packets, bytes int, err error) {
	p.serialised = in.Marshal(p.serialised[:0])
	p.compressed = p.deflater.Deflate(p.compressed[:0], p.serialised)
	room := payload - datagram.Overhead - fragment.Header
	p.pieces, err = p.splitter.Split(p.pieces[:0], p.compressed, room)
	if err != nil {
		return 0, 0, err
	}
	for _, piece := range p.pieces {
		packet, err := conn.Seal(p.buffer(), now, piece)
		if err != nil {
			return 0, 0, err
		}
		p.buffers[len(p.out)] = packet
		p.out = append(p.out, Outgoing{Path: path, Packet: packet})
		bytes += len(packet)
	}
	return len(p.pieces), bytes, nil
}

// buffer returns the memory for the next packet of out.
func (p *packer) buffer() []byte {
	if len(p.out) == len(p.buffers) {
		p.buffers = append(p.buffers, nil)
	}
	return p.buffers[len(p.out)][:0]
}

// chaff returns random bytes that blur an instruction's length.
func (p *packer) chaff() []byte {
	if p.rand == nil {
		return nil
	}
	return p.padding(p.rand.IntN(wire.MaxChaff + 1))
}

// padding returns n random bytes.
func (p *packer) padding(n int) []byte {
	chaff := make([]byte, n)
	for i := range chaff {
		chaff[i] = byte(p.rand.Uint32())
	}
	return chaff
}
