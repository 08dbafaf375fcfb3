// Package control is the server's control socket (design section 4): a Unix socket
// of its own for each server, at which the same user's processes ask what has
// reached it. It is how the client finds out, over SSH, why no answer comes over
// UDP.
//
// The sockets are in one folder of mode 0700, XDG_RUNTIME_DIR/gmosh or else
// gmosh/run in the cache folder; the file is called PORT-PID.sock, mode 0600. One
// request is a line, one answer is a line (protocol/health), then the connection is
// closed. There is no key in any of it, and nothing can be changed through it.
//
// Listen is called by the server, Ask by `gmosh server status`, which is another
// process. A Listener owns its goroutine, which Close waits for.
package control
