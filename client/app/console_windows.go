package app

import (
	"errors"
	"os"
)

// openConsole opens the process's console.
func openConsole() (device, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return device{}, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return device{}, errors.Join(err, in.Close())
	}
	return device{in, out}, nil
}
