//go:build !unix

package detach

import (
	"io"
	"syscall"
)

func executable() (string, error)    { return "", ErrUnsupported }
func detached() *syscall.SysProcAttr { return nil }
func silence(bool) error             { return ErrUnsupported }
func keep() (io.WriteCloser, error)  { return nil, ErrUnsupported }
func keepToOurselves()               {}
func rename([]string)                {}
