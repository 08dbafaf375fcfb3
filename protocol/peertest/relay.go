package peertest

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// Conditions are what a Relay does to packets, in both directions unless SetWay gives
// one of them others.
type Conditions struct {
	Delay   time.Duration // each way
	Jitter  time.Duration // added to Delay, even between 0 and this
	Order   bool          // jitter does not reorder
	Reorder float64       // share of packets that are held back by another Delay and overtaken
	Loss    float64       // share of packets lost, 0 to 1
	Burst   Burst         // losses that come together
	Rate    int           // bytes a second; 0: no limit
	Queue   int           // bytes waiting for the rate before packets are dropped; 0: no limit
}

// Burst is the Gilbert–Elliott model: a state in which nothing is lost, and one in
// which everything is. A burst has 1/Leave packets in the mean, and the loss is
// Enter/(Enter+Leave).
type Burst struct {
	Enter float64 // probability, per packet, to go from good to bad
	Leave float64 // and back
}

// Traffic counts one direction of a Relay.
type Traffic struct {
	Packets, Bytes int // that came in
	Lost           int // of them, by Loss, a full queue or Cut
}

// Direction is a way through a Relay.
type Direction int

// The directions.
const (
	ToServer Direction = iota
	ToClient
)

// Relay is a bad network on loopback: clients send to its address, and what the
// conditions let through reaches the server from a port of the relay's, one for
// each port of a client's, as from a NAT. What the server sends there goes back.
type Relay struct {
	t      testing.TB
	inner  *net.UDPConn // what clients send to
	server *net.UDPAddr
	work   sync.WaitGroup
	lines  [2]*line

	mu       sync.Mutex
	source   netip.Addr // where packets to the server come from
	bindings map[netip.AddrPort]*binding
	old      []*binding // no longer used, still open so that nothing is refused
	closed   bool

	tapping sync.Mutex // held while the tap runs
	tap     func(Direction, []byte) bool
}

// binding is the relay's port for one port of a client's.
type binding struct {
	client netip.AddrPort
	outer  *net.UDPConn
	dead   bool // what comes in is dropped; under Relay.mu
}

// StartRelay starts a relay to a server's address. The random choices come from
// seed. It ends with the test.
func StartRelay(t testing.TB, server netip.AddrPort, c Conditions, seed uint64) *Relay {
	t.Helper()
	family := netip.MustParseAddr("127.0.0.1")
	if server.Addr().Is6() {
		family = netip.IPv6Loopback()
	}
	inner, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(family, 0)))
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{
		t: t, inner: inner, server: net.UDPAddrFromAddrPort(server), source: family,
		bindings: make(map[netip.AddrPort]*binding),
	}
	for d := range r.lines {
		a, err := newAlarm()
		if err != nil {
			t.Fatal(err)
		}
		l := newLine(c, newRandom(seed, uint64(d)), a)
		r.lines[d] = l
		r.work.Go(l.run)
	}
	r.work.Go(r.readClients)
	t.Cleanup(r.close)
	return r
}

// Addr is where clients send to.
func (r *Relay) Addr() netip.AddrPort { return r.inner.LocalAddr().(*net.UDPAddr).AddrPort() }

// Set changes the conditions; packets under way keep theirs.
func (r *Relay) Set(c Conditions) {
	for _, l := range r.lines {
		l.set(c)
	}
}

// SetWay is Set for one direction.
func (r *Relay) SetWay(d Direction, c Conditions) { r.lines[d].set(c) }

// Cut drops everything from now on, and forgets what is under way; false ends it.
func (r *Relay) Cut(cut bool) {
	for _, l := range r.lines {
		l.setCut(cut)
	}
}

// Rebind forgets all bindings, as a NAT does that was restarted: the next packet
// from a client reaches the server from a new port, and what the server sends to
// the old one is lost.
func (r *Relay) Rebind() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
}

// Move is Rebind with a new source address, such as 127.0.0.2.
func (r *Relay) Move(source string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source = netip.MustParseAddr(source)
	r.forget()
}

func (r *Relay) forget() {
	for client, b := range r.bindings {
		b.dead = true
		r.old = append(r.old, b)
		delete(r.bindings, client)
	}
}

// Tap calls f for every packet that comes in, before anything is done to it, from
// the goroutine that read it; f may change the packet, but not keep it, and drops
// it by returning false. It runs for one packet at a time, and no longer once Tap
// has returned with another; nil takes it away.
func (r *Relay) Tap(f func(Direction, []byte) bool) {
	r.tapping.Lock()
	defer r.tapping.Unlock()
	r.tap = f
}

// Inject sends a packet to the server from a port that is nobody's, once.
func (r *Relay) Inject(packet []byte) {
	r.t.Helper()
	c, err := net.DialUDP("udp", nil, r.server)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(packet); err != nil {
		r.t.Fatal(err)
	}
}

// Traffic returns a direction's counters.
func (r *Relay) Traffic(d Direction) Traffic {
	l := r.lines[d]
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.traffic
}

// Queued returns the bytes that wait before a direction's bottleneck or are being sent
// there, 0 without one.
func (r *Relay) Queued(d Direction) int {
	l := r.lines[d]
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting(time.Now())
}

// Sources returns the addresses that clients' packets reach the server from now.
func (r *Relay) Sources() []netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []netip.AddrPort
	for _, b := range r.bindings {
		out = append(out, b.outer.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	return out
}

// allowed asks the tap.
func (r *Relay) allowed(d Direction, packet []byte) bool {
	r.tapping.Lock()
	defer r.tapping.Unlock()
	return r.tap == nil || r.tap(d, packet)
}

func (r *Relay) readClients() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := r.inner.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed: nothing else fails on an unconnected socket
		}
		if !r.allowed(ToServer, buf[:n]) {
			continue
		}
		r.lines[ToServer].take(buf[:n], func(packet []byte) {
			if b := r.binding(from); b != nil {
				_, _ = b.outer.WriteToUDP(packet, r.server) // lost, like others
			}
		})
	}
}

// binding returns the port for a client, a new one if it has none. It is looked
// up when the packet leaves, so that packets under way at a Rebind leave from the
// new one.
func (r *Relay) binding(client netip.AddrPort) *binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b := r.bindings[client]; b != nil || r.closed {
		return b
	}
	outer, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.source, 0)))
	if err != nil {
		r.t.Error("relay: ", err)
		return nil
	}
	b := &binding{client: client, outer: outer}
	r.bindings[client] = b
	r.work.Go(func() { r.readServer(b) })
	return b
}

func (r *Relay) readServer(b *binding) {
	buf := make([]byte, 64<<10)
	for {
		n, err := b.outer.Read(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		dead := b.dead
		r.mu.Unlock()
		if dead || !r.allowed(ToClient, buf[:n]) {
			continue
		}
		r.lines[ToClient].take(buf[:n], func(packet []byte) {
			_, _ = r.inner.WriteToUDPAddrPort(packet, b.client)
		})
	}
}

func (r *Relay) close() {
	r.mu.Lock()
	r.closed = true
	r.forget()
	for _, b := range r.old {
		b.outer.Close()
	}
	r.mu.Unlock()
	r.inner.Close()
	for _, l := range r.lines {
		l.stop()
	}
	r.work.Wait()
}

// line is one direction: packets on their way, and the goroutine that delivers
// them when they are due.
type line struct {
	mu         sync.Mutex
	conditions Conditions
	random     *rand.Rand
	bad        bool // state of the burst model
	cut        bool
	free       time.Time // when the link has sent all it has been given
	lastDue    time.Time
	onTheWay   deliveries
	traffic    Traffic

	alarm alarm
}

// alarm wakes a line's goroutine. time.Timer is up to a millisecond late in a
// process that waits for nothing else, which is too coarse for a path of one.
type alarm interface {
	// set is when wait is to return next; zero: not yet. It may be called while
	// another goroutine waits.
	set(at time.Time)
	// wait waits until then; false: the alarm was closed.
	wait() bool
	close()
}

// delivery is a packet on its way.
type delivery struct {
	due     time.Time
	number  int // breaks ties, so that equal delays keep the order
	packet  []byte
	deliver func([]byte)
}

func newRandom(seed, direction uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, direction)) }

func newLine(c Conditions, random *rand.Rand, a alarm) *line {
	return &line{conditions: c, random: random, alarm: a}
}

func (l *line) set(c Conditions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conditions = c
}

func (l *line) setCut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		l.traffic.Lost += len(l.onTheWay)
		l.onTheWay = nil
	}
}

// waiting returns the bytes that wait for the rate or are in transmission.
func (l *line) waiting(now time.Time) int {
	return int(max(l.free.Sub(now), 0).Seconds() * float64(l.conditions.Rate))
}

// take lets the conditions decide a packet's fate.
func (l *line) take(packet []byte, deliver func([]byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.traffic.Packets++
	l.traffic.Bytes += len(packet)
	now := time.Now()
	if l.lose(now, len(packet)) {
		l.traffic.Lost++
		return
	}
	due := l.due(now, len(packet))
	heap.Push(&l.onTheWay, delivery{due, l.traffic.Packets, append([]byte(nil), packet...), deliver})
	if l.onTheWay[0].due.Equal(due) {
		l.alarm.set(due)
	}
}

// lose decides whether a packet gets as far as the wire.
func (l *line) lose(now time.Time, size int) bool {
	c := l.conditions
	x, lost := l.random.Float64(), l.random.Float64() < c.Loss
	if l.bad {
		l.bad = x >= c.Burst.Leave
	} else {
		l.bad = x < c.Burst.Enter
	}
	full := c.Rate > 0 && c.Queue > 0 && l.waiting(now)+size > c.Queue
	return l.cut || lost || l.bad || full
}

// due is when a packet that gets through is there.
func (l *line) due(now time.Time, size int) time.Time {
	c, due := l.conditions, now
	if c.Rate > 0 {
		if l.free.Before(now) {
			l.free = now
		}
		l.free = l.free.Add(time.Duration(float64(size) / float64(c.Rate) * float64(time.Second)))
		due = l.free
	}
	due = due.Add(c.Delay)
	if c.Jitter > 0 {
		due = due.Add(time.Duration(l.random.Int64N(int64(c.Jitter))))
	}
	if c.Reorder > 0 && l.random.Float64() < c.Reorder {
		return due.Add(max(c.Delay, time.Millisecond))
	}
	if c.Order && due.Before(l.lastDue) {
		due = l.lastDue
	}
	l.lastDue = due
	return due
}

// run delivers packets until stop.
func (l *line) run() {
	for l.alarm.wait() {
		for l.deliverNext() {
		}
	}
}

// deliverNext delivers the first packet if it is due, and sets the alarm if it is not.
func (l *line) deliverNext() bool {
	l.mu.Lock()
	if len(l.onTheWay) == 0 {
		l.mu.Unlock()
		return false
	}
	if due := l.onTheWay[0].due; due.After(time.Now()) {
		l.alarm.set(due)
		l.mu.Unlock()
		return false
	}
	d := heap.Pop(&l.onTheWay).(delivery)
	l.mu.Unlock()
	d.deliver(d.packet)
	return true
}

func (l *line) stop() { l.alarm.close() }

// deliveries is a heap by due time.
type deliveries []delivery

func (d deliveries) Len() int { return len(d) }
func (d deliveries) Less(i, j int) bool {
	if d[i].due.Equal(d[j].due) {
		return d[i].number < d[j].number
	}
	return d[i].due.Before(d[j].due)
}
func (d deliveries) Swap(i, j int) { d[i], d[j] = d[j], d[i] }

// Push adds a delivery, for package heap.
func (d *deliveries) Push(x any) { *d = append(*d, x.(delivery)) }

// Pop takes the last delivery, for package heap.
func (d *deliveries) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}

// String describes the conditions.
func (c Conditions) String() string {
	return fmt.Sprintf("delay %v+%v, loss %.0f %%, %d B/s, queue %d", c.Delay, c.Jitter, c.Loss*100, c.Rate, c.Queue)
}
