package ticket

import (
	"encoding/base64"
	"strings"

	"gmosh/protocol/datagram"
)

// packetWord begins the line of a packet. Only a gmosh prints it, for a gmosh.
const packetWord = "GMOSH PACKET "

// packetText is how a packet is written in its line.
var packetText = base64.RawStdEncoding

// FormatPacket returns the line that carries a packet of the session to the client
// before there is a path to it, without a line end. It is sealed as any other.
func FormatPacket(packet []byte) string { return packetWord + packetText.EncodeToString(packet) }

// ParsePacket reads such a line. false: it is another one, or holds no packet.
func ParsePacket(line string) ([]byte, bool) {
	text, ok := strings.CutPrefix(strings.TrimRight(line, " \t\r"), packetWord)
	if !ok || len(text) > packetText.EncodedLen(datagram.MaxPacket) {
		return nil, false
	}
	packet, err := packetText.DecodeString(text)
	return packet, err == nil && len(packet) > 0
}
