//go:build !unix

package detach

import "syscall"

func executable() (string, error)    { return "", ErrUnsupported }
func detached() *syscall.SysProcAttr { return nil }
func silence(bool) error             { return ErrUnsupported }
func keepToOurselves()               {}
func rename([]string)                {}
