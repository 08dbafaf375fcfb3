package client

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"gmosh/protocol/link"
	"gmosh/protocol/sanitize"
)

// What the bar says of the session's end (spec section 10: each cause has its
// own text).
const (
	sayQuit         = "Exiting on user request..."
	saySignal       = "Signal received, shutting down..."
	sayInputClosed  = "The terminal's input has ended, shutting down..."
	sayOutputFailed = "The terminal cannot be written to, shutting down..."
	sayTimeout      = "Timed out waiting for the server..."
	sayCancelled    = "Shutting down..."
)

// Other texts of the bar.
const (
	sayNoSuspend = "This terminal has no way to suspend a program."
	sayVersion   = "The server speaks another version of mosh's protocol."
)

// What the bar says of a server that ends, or may have ended, with its login.
const (
	sayGone         = "The server's process has ended."
	sayLostAtLogout = "The server may have been ended at the logout."
)

// causes are what the bar says of a server that was never heard; of others, that
// nothing came. The bar also has to say for how long.
var causes = map[Cause]string{
	Unheard:   "The server hears us, but we do not hear it.",
	Blocked:   "Nothing of ours reaches its UDP port %d.",
	Elsewhere: "The server is not at this address.",
	Foreign:   "Something else answers on UDP port %d.",
	Uncounted: "The server runs, but UDP port %d is silent.",
}

func sayCause(c Cause, port uint16) string {
	if text, ok := causes[c]; ok {
		return strings.Replace(text, "%d", strconv.Itoa(int(port)), 1)
	}
	return sayNothingReceived(port)
}

func sayNothingReceived(port uint16) string {
	return fmt.Sprintf("Nothing received from server on UDP port %d.", port)
}

func sayRefused(port uint16) string {
	return fmt.Sprintf("UDP port %d is closed on the server's machine.", port)
}

// refused reports whether the server's machine said that nobody listens there. It
// may be wrong: anybody on the way can say so.
func refused(err error) bool {
	return errors.Is(err, link.ErrRefused) || errors.Is(err, syscall.ECONNREFUSED)
}

// sayError puts a network error into words that fit into the bar.
func sayError(err error, port uint16) string {
	if refused(err) {
		return sayRefused(port)
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	if call := (*os.SyscallError)(nil); errors.As(err, &call) {
		err = call
	}
	return sanitize.Line(err.Error(), 100)
}
