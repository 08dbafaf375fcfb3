package terminal

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// Whatever was written to an emulator, one that is restarted differs from a new one in
// its memory alone.
func TestARestartedEmulatorIsAsNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEmulator(t)
		e.Write([]byte(drawInput(t, "before")))
		if rapid.Bool().Draw(t, "outer") {
			e.SetOuter(Outer{Version: "xterm", Kitty: true, Clusters: true, Palette: []Color{RGB(1, 2, 3)}})
		}
		e.Write([]byte(drawInput(t, "more")))
		other := drawEmulator(t)
		other.Write([]byte(drawInput(t, "other")))
		for _, from := range []*Emulator{e, other} {
			f, opts := from.Frame(), Options{Stock: rapid.Bool().Draw(t, "stock"), Clusters: true}
			e.Restart(&f, opts)
			if got, want := withoutMemory(e), withoutMemory(Resume(f, opts)); !reflect.DeepEqual(got, want) {
				t.Fatalf("restarted\n%+v\nnew\n%+v", got, want)
			}
		}
	})
}

// withoutMemory returns a copy of e without what Restart may leave as it is: what is made
// to be used again, and what was left over of the last sequence.
func withoutMemory(e *Emulator) *Emulator {
	out := *e
	out.store, out.window, out.fn = store{}, nil, nil
	out.in.str, out.in.seq.params = nil, [maxParams]int32{}
	out.in.utf8 = utf8State{need: e.in.utf8.need}
	if e.style.row == nil {
		out.style.rowBits = 0
	}
	return &out
}
