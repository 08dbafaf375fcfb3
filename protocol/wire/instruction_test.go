package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"

	"gmosh/protocol/wire/internal/transportpb"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAllSevenFieldsAreWrittenWhateverTheyHold(t *testing.T) {
	cases := []struct {
		in   Instruction
		want string
	}{
		{Instruction{}, "0800100018002000280032003a00"},
		{
			Instruction{Version: 2, OldNum: 1, NewNum: 300, AckNum: 3, ThrowawayNum: 1, Diff: []byte("di"), Chaff: []byte{0xFF}},
			"0802100118ac022003280132026469" + "3a01ff",
		},
		{
			Instruction{Version: 2, NewNum: Shutdown},
			"0802100018ffffffffffffffffff0120002800" + "3200" + "3a00",
		},
	}
	for _, c := range cases {
		if got := c.in.Marshal([]byte("!")); hex.EncodeToString(got[1:]) != c.want || got[0] != '!' {
			t.Errorf("%+v: %x, want 21%s", c.in, got, c.want)
		}
		var back Instruction
		if err := back.Unmarshal(unhex(t, c.want)); err != nil || !bytes.Equal(back.Marshal(nil), unhex(t, c.want)) {
			t.Errorf("%s reads as %+v, %v", c.want, back, err)
		}
	}
}

func TestAbsentFieldsReadAsZero(t *testing.T) {
	in := Instruction{Version: 2, OldNum: 7, Diff: []byte("old")}
	if err := in.Unmarshal(unhex(t, "1805")); err != nil || !reflect.DeepEqual(in, Instruction{NewNum: 5}) {
		t.Errorf("%+v, %v", in, err)
	}
	if err := in.Unmarshal(nil); err != nil || !reflect.DeepEqual(in, Instruction{}) {
		t.Errorf("%+v, %v", in, err)
	}
}

func TestMalformedInstructionIsRefusedAndLeavesNothing(t *testing.T) {
	for _, s := range []string{
		"08", "0880", "32", "3205", "320561", "00", "0f", "ffffffffffffffffffff01", "0c", "1801" + "0b",
	} {
		in := Instruction{OldNum: 7}
		if err := in.Unmarshal(unhex(t, s)); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(in, Instruction{}) {
			t.Errorf("%s: %+v, %v", s, in, err)
		}
	}
}

func TestInstructionsDoNotAllocate(t *testing.T) {
	in := Instruction{Version: 2, OldNum: 1, NewNum: 2, Diff: make([]byte, 1000), Chaff: make([]byte, 16)}
	room := make([]byte, 0, 2000)
	n := testing.AllocsPerRun(100, func() {
		b := in.Marshal(room)
		var out Instruction
		if err := out.Unmarshal(b); err != nil || len(out.Diff) != 1000 {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzInstruction holds the reader to the generated code, and the writer to it too.
func FuzzInstruction(f *testing.F) {
	f.Add([]byte{})
	f.Add((&Instruction{Version: 2, OldNum: 1, NewNum: Shutdown, Diff: []byte("diff"), Chaff: []byte("chaff")}).Marshal(nil))
	f.Add([]byte("\x08\x01\x08\x02\x32\x01a\x32\x01b"))           // twice
	f.Add([]byte("\x0a\x01a\x35aaaa\x13\x14\xc2\x3e\x01a"))       // other types, a group, unknown
	f.Add([]byte("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) // a version over 32 bits
	f.Fuzz(func(t *testing.T, b []byte) {
		var in Instruction
		err := in.Unmarshal(b)
		var m transportpb.Instruction
		if pbErr := proto.Unmarshal(b, &m); (err == nil) != (pbErr == nil) {
			t.Fatalf("%v, generated code: %v", err, pbErr)
		}
		if err != nil {
			return
		}
		if in.Version != m.GetProtocolVersion() || in.OldNum != m.GetOldNum() || in.NewNum != m.GetNewNum() ||
			in.AckNum != m.GetAckNum() || in.ThrowawayNum != m.GetThrowawayNum() ||
			!bytes.Equal(in.Diff, m.GetDiff()) || !bytes.Equal(in.Chaff, m.GetChaff()) {
			t.Fatalf("%+v, generated code: %v", in, &m)
		}
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(&transportpb.Instruction{
			ProtocolVersion: &in.Version, OldNum: &in.OldNum, NewNum: &in.NewNum, AckNum: &in.AckNum,
			ThrowawayNum: &in.ThrowawayNum, Diff: notNil(in.Diff), Chaff: notNil(in.Chaff),
		})
		if got := in.Marshal(nil); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("written %x, generated code: %x, %v", got, want, err)
		}
	})
}

// notNil makes a field present for the generated code.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func BenchmarkInstruction(b *testing.B) {
	in := Instruction{Version: 2, OldNum: 1000, NewNum: 1001, AckNum: 500, ThrowawayNum: 1000, Diff: make([]byte, 60), Chaff: make([]byte, 8)}
	room := make([]byte, 0, 2000)
	b.Run("facade", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out Instruction
			if err := out.Unmarshal(in.Marshal(room)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p, err := proto.MarshalOptions{}.MarshalAppend(room, &transportpb.Instruction{
				ProtocolVersion: &in.Version, OldNum: &in.OldNum, NewNum: &in.NewNum, AckNum: &in.AckNum,
				ThrowawayNum: &in.ThrowawayNum, Diff: in.Diff, Chaff: in.Chaff,
			})
			var out transportpb.Instruction
			if err != nil || proto.Unmarshal(p, &out) != nil {
				b.Fatal(err)
			}
		}
	})
}

// What a gmosh tells of the packets that came is beside the seven fields, and a mosh is
// not sent it.
func TestWhatCameIsWrittenBehindTheSevenFieldsAndReadAlone(t *testing.T) {
	const none = "0800100018002000280032003a00"
	for _, c := range []struct {
		in   Instruction
		want string // behind the seven fields
	}{
		{Instruction{Numbered: 300, Came: 7}, "c83eac02" + "d03e07"},
		{Instruction{Numbered: 5}, "c83e05" + "d03e00"}, // all were lost
		{Instruction{Came: 7}, ""},
	} {
		if got := hex.EncodeToString(c.in.Marshal(nil)); got != none+c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, none+c.want)
		}
		if c.want == "" {
			continue
		}
		in := Instruction{OldNum: 9, Came: 9}
		if err := in.Unmarshal(unhex(t, c.want)); err != nil || !reflect.DeepEqual(in, c.in) {
			t.Errorf("%s alone reads as %+v, %v, want %+v", c.want, in, err, c.in)
		}
	}
}
