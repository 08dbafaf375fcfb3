//go:build unix && !linux

package tty

// readiness is Linux's; elsewhere poll(2) does.
type readiness struct{}

func watchReadiness(int) *readiness { return nil }

func (*readiness) wait() error { return nil }

func (*readiness) close() {}
