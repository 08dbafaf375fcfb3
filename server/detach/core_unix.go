//go:build unix

package detach

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// CoreLimit remembers the limit on core dumps that a process was started with.
type CoreLimit struct{ inherited unix.Rlimit }

// DisableCore keeps this process from leaving its memory, with a key in it, in a
// core file.
func DisableCore() (*CoreLimit, error) {
	c := &CoreLimit{}
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &c.inherited); err != nil {
		return nil, fmt.Errorf("reading the limit on core dumps: %w", err)
	}
	none := c.inherited
	none.Cur = 0 // the hard limit stays: programs started from here may want theirs back
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &none); err != nil {
		return nil, fmt.Errorf("turning core dumps off: %w", err)
	}
	return c, undumpable()
}

// Start calls start, which starts a program, so that the program gets the limit
// on core dumps that we were given. For that moment only it is ours too; on Linux
// we leave no core even then.
func (c *CoreLimit) Start(start func() error) error {
	none := c.inherited
	none.Cur = 0
	unix.Setrlimit(unix.RLIMIT_CORE, &c.inherited) // a program without core dumps is better than none
	defer unix.Setrlimit(unix.RLIMIT_CORE, &none)
	return start()
}
