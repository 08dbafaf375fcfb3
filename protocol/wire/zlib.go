package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"

	"github.com/klauspost/compress/zlib"
)

// MaxInflated bounds an inflated Instruction (spec section 3): 4 MiB.
const MaxInflated = 4 << 20

var (
	// ErrInflated says that a stream inflates to more than MaxInflated.
	ErrInflated = errors.New("compressed instruction inflates beyond the limit")
	// ErrZlib says that bytes are not exactly one zlib stream.
	ErrZlib = errors.New("bad zlib stream")
)

// Deflater makes zlib streams (RFC 1950). It holds about 1 MB once used, which one
// stream after another reuses: a new compressor for each would cost 300 µs.
type Deflater struct {
	w   *zlib.Writer
	out sliceWriter
}

// NewDeflater returns a Deflater; its memory is taken at the first use.
func NewDeflater() *Deflater { return &Deflater{} }

// storedMost is up to what length a stream holds its data as it is. A keystroke or its
// echo becomes no shorter by compression; and a compressor that has done nothing for a
// while, its tables being out of the processor's caches, takes 13 µs over one, and a
// decompressor 17.
const storedMost = 64

// A stream of one stored block (RFC 1950, RFC 1951 section 3.2.4): header, a final
// block's type, length, its complement; the data; a checksum.
const (
	storedHead = "\x78\x9c\x01"
	storedFrom = len(storedHead) + 4
	storedTail = 4
)

// appendStored appends src as a stream of one stored block.
func appendStored(dst, src []byte) []byte {
	n := uint16(len(src))
	dst = append(dst, storedHead...)
	dst = binary.LittleEndian.AppendUint16(dst, n)
	dst = binary.LittleEndian.AppendUint16(dst, ^n)
	dst = append(dst, src...)
	return binary.BigEndian.AppendUint32(dst, adler32.Checksum(src))
}

// stored returns what a stream of one stored block holds, if src is such a one as
// appendStored makes. Of any other, damaged ones too, Inflate finds out.
func stored(src []byte) (data []byte, ok bool) {
	n := len(src) - storedFrom - storedTail
	if n < 0 || n > storedMost || string(src[:len(storedHead)]) != storedHead {
		return nil, false
	}
	lengths, data, sum := src[len(storedHead):storedFrom], src[storedFrom:storedFrom+n], src[storedFrom+n:]
	ok = binary.LittleEndian.Uint16(lengths) == uint16(n) && binary.LittleEndian.Uint16(lengths[2:]) == ^uint16(n) &&
		binary.BigEndian.Uint32(sum) == adler32.Checksum(data)
	return data, ok
}

// Deflate appends src as one zlib stream to dst. The same src gives the same bytes,
// whatever went before it.
func (d *Deflater) Deflate(dst, src []byte) []byte {
	if len(src) <= storedMost {
		return appendStored(dst, src)
	}
	d.out.b = dst
	if d.w == nil {
		d.w = zlib.NewWriter(&d.out)
	} else {
		d.w.Reset(&d.out)
	}
	// Neither can fail: they report errors of the writer below, which has none.
	_, _ = d.w.Write(src)
	_ = d.w.Close()
	dst, d.out.b = d.out.b, nil
	return dst
}

// sliceWriter is the io.Writer that appends to a slice.
type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// Inflater reads zlib streams, reusing its state from one to the next.
type Inflater struct {
	r   io.ReadCloser
	src bytes.Reader
}

// NewInflater returns an Inflater; its memory is taken at the first use.
func NewInflater() *Inflater { return &Inflater{} }

// Inflate appends what the zlib stream src holds to dst. On an error (ErrInflated,
// or wrapping ErrZlib: cut short, corrupt, a preset dictionary, bytes after the
// stream's end) it returns dst as it was, but may have written to its spare room.
func (f *Inflater) Inflate(dst, src []byte) ([]byte, error) {
	if data, ok := stored(src); ok {
		return append(dst, data...), nil
	}
	f.src.Reset(src)
	defer f.src.Reset(nil)
	if err := f.reset(); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrZlib, err)
	}
	out, err := readAll(dst, f.r)
	if err != nil {
		return dst, err
	}
	if n := f.src.Len(); n != 0 {
		return dst, fmt.Errorf("%w: %d bytes after its end", ErrZlib, n)
	}
	return out, nil
}

func (f *Inflater) reset() error {
	if f.r == nil {
		r, err := zlib.NewReader(&f.src)
		if err != nil {
			return err
		}
		f.r = r
		return nil
	}
	return f.r.(zlib.Resetter).Reset(&f.src, nil)
}

// readAll appends all that r gives, up to MaxInflated bytes, to dst.
func readAll(dst []byte, r io.Reader) ([]byte, error) {
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst)-start > MaxInflated:
			return nil, ErrInflated
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrZlib, err)
		}
	}
}
