//go:build !unix

package detach

// CoreLimit remembers the limit on core dumps that a process was started with.
type CoreLimit struct{}

// DisableCore does nothing: there are no core dumps here.
func DisableCore() (*CoreLimit, error) { return &CoreLimit{}, nil }

// Start calls start.
func (*CoreLimit) Start(start func() error) error { return start() }
