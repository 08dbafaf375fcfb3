//go:build unix

package app

import "os"

// openConsole opens the process's controlling terminal.
func openConsole() (device, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return device{tty, tty}, err
}
