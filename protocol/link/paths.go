package link

import (
	"container/list"
	"net/netip"
	"sync"

	"gmosh/protocol/datagram"
)

// maxPaths bounds the sources a server remembers. Sources cost nothing to forge,
// so it is also how many forged ones must arrive between a packet of a client
// that has moved and our answer to make that answer fail: the next one from the
// client mends it.
const maxPaths = 1024

// way is what a server's path stands for.
type way struct {
	remote netip.AddrPort
	local  netip.Addr // ours, that the peer sent to; invalid if the socket is not told
}

// known is a path in the table.
type known struct {
	way
	path    datagram.Path
	control []byte // makes a packet leave from way.local; nil: the system chooses
}

// pathTable numbers ways, the newest maxPaths of them. The path last sent to is
// the peer's as far as anybody knows, and stays. Safe for concurrent use.
type pathTable struct {
	mu     sync.Mutex
	byWay  map[way]*list.Element
	byPath map[datagram.Path]*list.Element
	recent *list.List // of *known, the last heard from in front
	last   datagram.Path
	sentTo datagram.Path
}

func newPathTable() *pathTable {
	return &pathTable{
		byWay:  make(map[way]*list.Element),
		byPath: make(map[datagram.Path]*list.Element),
		recent: list.New(),
	}
}

// heard returns the path of a way that a packet came by.
func (t *pathTable) heard(w way) datagram.Path {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.byWay[w]; e != nil {
		t.recent.MoveToFront(e)
		return e.Value.(*known).path
	}
	if t.recent.Len() >= maxPaths {
		t.evict()
	}
	k := &known{way: w, path: t.free(), control: sendFrom(w.local)}
	e := t.recent.PushFront(k)
	t.byWay[w], t.byPath[k.path] = e, e
	return k.path
}

// free returns a number that no path has. Numbers are not used again before all
// 2^32 have been.
func (t *pathTable) free() datagram.Path {
	for {
		t.last++
		if t.last != 0 && t.byPath[t.last] == nil {
			return t.last
		}
	}
}

// evict forgets the way heard from longest ago, other than the one sent to.
func (t *pathTable) evict() {
	e := t.recent.Back()
	if e.Value.(*known).path == t.sentTo {
		e = e.Prev()
	}
	k := t.recent.Remove(e).(*known)
	delete(t.byWay, k.way)
	delete(t.byPath, k.path)
}

// sending returns what a path stands for and keeps it from being evicted.
func (t *pathTable) sending(path datagram.Path) (*known, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.byPath[path]
	if e == nil {
		return nil, false
	}
	t.sentTo = path
	return e.Value.(*known), true
}

// remote returns the peer's address on a path, invalid if it is not known.
func (t *pathTable) remote(path datagram.Path) netip.AddrPort {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.byPath[path]; e != nil {
		return e.Value.(*known).way.remote
	}
	return netip.AddrPort{}
}
