package control

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"gmosh/protocol/health"
)

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 10

// ErrNobody says that no server has a socket by that port and process id.
var ErrNobody = errors.New("no server answers at a control socket")

// Ask asks the server that has a process id or, if that is 0, that listens on a UDP
// port: the process is what counts, since what a client knows as the server's port
// may be a router's.
func Ask(getenv func(string) string, port uint16, pid int) (health.Status, error) {
	if pid != 0 {
		port = 0
	}
	errs := []error{ErrNobody}
	for _, file := range sockets(folders(getenv), port, pid) {
		status, err := ask(file)
		if err == nil {
			return status, nil
		}
		errs = append(errs, err)
	}
	return health.Status{}, errors.Join(errs...)
}

func ask(file string) (health.Status, error) {
	fail := func(err error) (health.Status, error) {
		return health.Status{}, fmt.Errorf("asking %s: %w", file, err)
	}
	info, err := os.Lstat(file)
	if err != nil {
		return fail(err)
	}
	if !ours(info) {
		return fail(errors.New("it belongs to another user"))
	}
	conn, err := net.DialTimeout("unix", file, patience)
	if err != nil {
		return fail(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return fail(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return fail(err)
	}
	text, err := io.ReadAll(io.LimitReader(conn, maxAnswer))
	if err != nil {
		return fail(err)
	}
	var status health.Status
	if err := health.Parse(health.KindStatus, text, &status); err != nil {
		return fail(err)
	}
	return status, nil
}
