//go:build !linux

package logind

import "context"

// allWays are none where there is no systemd.
func (h Host) allWays() []way { return h.ways }

// Wrapper has nothing to offer here.
func Wrapper(context.Context) ([]string, error) { return nil, ErrNoScope }
