package terminal

// maxParams bounds the parameters of a control sequence, sub-parameters
// included; further ones are read over.
const maxParams = 32

// maxStockBytes is how much of the parameters a stock emulator keeps, in bytes.
const maxStockBytes = 100

// sequence is a control sequence as it is read.
type sequence struct {
	params [maxParams]int32 // -1: none given
	n      int
	subs   uint32 // bit i: params[i] came after a colon
	prefix byte   // 0 none, else 1–4 for < = > ?
	inter  byte   // 0 none, else 1–16 for 0x20–0x2f
	tooFar bool   // more intermediates than any function has
	over   bool   // more parameters than fit
	bytes  int    // of parameters
	stock  bool   // bound the bytes
}

func (s *sequence) clear() {
	s.n, s.subs, s.prefix, s.inter, s.tooFar, s.over, s.bytes = 0, 0, 0, 0, false, false, 0
}

// full reports whether what comes now is no longer kept.
func (s *sequence) full() bool { return s.over || s.stock && s.bytes > maxStockBytes }

// digit adds a decimal digit to the last parameter. 1<<20 stands for all that
// is larger: no limit below it can be mistaken for it.
func (s *sequence) digit(b byte) {
	if s.n == 0 {
		s.params[0], s.n = -1, 1
	}
	if s.bytes++; s.full() {
		return
	}
	v := &s.params[s.n-1]
	if *v < 0 {
		*v = 0
	}
	*v = min(*v*10+int32(b-'0'), 1<<20)
}

// next adds a whole parameter. There is room for it.
func (s *sequence) next(value int32) {
	s.params[s.n&(maxParams-1)] = value
	s.n++
}

// separator starts the next parameter, or sub-parameter after a colon.
func (s *sequence) separator(b byte) {
	if s.n == 0 {
		s.params[0], s.n = -1, 1
	}
	if s.bytes++; s.full() {
		return
	}
	if s.n == maxParams {
		s.over = true
		return
	}
	if b == ':' {
		s.subs |= 1 << s.n
	}
	s.params[s.n] = -1
	s.n++
}

func (s *sequence) intermediate(b byte) {
	if s.inter != 0 {
		s.tooFar = true
	}
	s.inter = intermediate(b)
}

// largest is the largest value of a parameter.
const largest = 65535

// arg returns parameter i, or def if it is absent, 0 or (stock) too large.
func (s *sequence) arg(i, def int) int {
	v := s.value(i)
	if v <= 0 || s.stock && v > largest {
		return def
	}
	return min(v, largest)
}

// value returns parameter i as it was given, -1 if it was not.
func (s *sequence) value(i int) int {
	if i >= s.n {
		return -1
	}
	return int(s.params[i])
}

// isSub reports whether parameter i is a sub-parameter of the one before it.
func (s *sequence) isSub(i int) bool { return s.subs>>i&1 != 0 }
