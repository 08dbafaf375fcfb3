//go:build !linux

package peertest

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// What is here is never reached: Start and the fixtures skip their tests on all
// but Linux.

func onTerminal(*User) *syscall.SysProcAttr { return nil }

func detached(*User) *syscall.SysProcAttr { return nil }

func nonblocking(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

func owner(os.FileInfo) int { return -1 }

func lockFile(*os.File) error { return errors.ErrUnsupported }

var errStillThere = errors.New("still running")

func waitGone(int, time.Duration) error { return errors.ErrUnsupported }

func newAlarm() (alarm, error) { return nil, errors.ErrUnsupported }
