package ticket

import (
	"bytes"
	"strings"
	"testing"
)

func TestAPacketComesThroughInItsLine(t *testing.T) {
	for _, packet := range [][]byte{{0}, {1, 2, 3, 0xff}, bytes.Repeat([]byte{0xfb}, 1252)} {
		line := FormatPacket(packet)
		if strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of several: %q", line)
		}
		for _, as := range []string{line, line + "\r", line + " "} {
			if got, ok := ParsePacket(as); !ok || !bytes.Equal(got, packet) {
				t.Errorf("%d bytes came as %d, %v", len(packet), len(got), ok)
			}
		}
	}
}

func FuzzParsePacket(f *testing.F) {
	for _, line := range []string{FormatPacket([]byte("packet")), "GMOSH PACKET ", "GMOSH PACKET !", "MOSH CONNECT 1 x", FormatPacket(make([]byte, 3000))} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		packet, ok := ParsePacket(line)
		if ok && (len(packet) == 0 || len(packet) > 2048) {
			t.Fatalf("%d bytes", len(packet))
		}
	})
}
