package ssp

// Stats counts what a Transport did since it was made. It is a copy; what the
// datagram layer drops is counted there (Datagram().Stats()).
type Stats struct {
	PacketsIn, BytesIn   uint64 // datagrams that authenticated, UDP payload bytes
	PacketsOut, BytesOut uint64 // datagrams handed out, UDP payload bytes

	InstructionsIn  uint64 // whole instructions, of any fate
	InstructionsOut uint64 // data and empty acks
	AcksOut         uint64 // of these, without a diff
	Resends         uint64 // instructions that repeat a state number sent before
	Covers          uint64 // of Resends, ahead of any timeout
	StatesIn        uint64 // new newest states of the peer
	Falls           uint64 // paths that turned out to take small datagrams only
	SendFailures    uint64 // SendFailed calls

	// Of the minute before the newest packet came, by direction: see Lost.
	LostIn, LostOut Share

	Drops Drops
}

// Drops counts packets and instructions that came to nothing, by reason.
type Drops struct {
	Datagram     uint64 // failed to authenticate, too short, wrong direction
	Fragment     uint64 // refused by the joiner
	Inflate      uint64 // bad or oversized zlib stream
	Instruction  uint64 // bad protobuf
	Version      uint64 // other protocol version
	Duplicate    uint64 // state number already held
	UnknownBase  uint64 // old_num not held
	Throwaway    uint64 // throwaway_num above old_num
	Flood        uint64 // over the bound on held states
	Diff         uint64 // Apply refused the diff
	AfterTheEnd  uint64 // came after the peer's last state
	UnknownState uint64 // ack_num names no state held
}
