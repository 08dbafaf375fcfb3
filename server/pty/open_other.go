//go:build !unix

package pty

// Open makes a pseudo terminal of the given size in cells. There is none here
// yet: it returns ErrUnsupported.
func Open(cols, rows int) (Terminal, error) { return nil, ErrUnsupported }
