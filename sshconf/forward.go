package sshconf

import (
	"fmt"
	"strings"
)

// forward is one LocalForward, RemoteForward or DynamicForward. gmosh does not
// act on them yet; they are read in full because their faults are the
// configuration's and `ssh -G` prints them.
type forward struct {
	listenPath  string // a socket; else listenHost and listenPort
	listenHost  *string
	listenPort  int
	connectPath string
	connectHost string // "socks" for a dynamic one
	connectPort int
	at          place
}

// socks is the connect host of a dynamic forward. OpenSSH keeps it in the same
// field as a real name, so that a host called "socks" is taken for one: as here.
const socks = "socks"

func (f forward) same(g forward) bool {
	f.at, g.at = place{}, place{}
	hosts := (f.listenHost == nil) == (g.listenHost == nil) &&
		(f.listenHost == nil || *f.listenHost == *g.listenHost)
	f.listenHost, g.listenHost = nil, nil
	return hosts && f == g
}

func (f forward) listen() string {
	switch {
	case f.listenPath != "":
		return f.listenPath
	case f.listenHost == nil:
		return fmt.Sprint(f.listenPort)
	}
	return fmt.Sprintf("[%s]:%d", *f.listenHost, f.listenPort)
}

func (f forward) connect() string {
	if f.connectPath != "" {
		return f.connectPath
	}
	return fmt.Sprintf("[%s]:%d", f.connectHost, f.connectPort)
}

// parseForward reads listen:connect (or listen alone, if dynamic) with the rules
// of ssh -L, -R and -D: fields between colons, brackets around a field that
// holds colons, a field with "/" is a socket.
func parseForward(env Environment, spec string, dynamic, remote bool) (forward, bool) {
	fields, ok := splitForward(strings.TrimLeft(spec, " \t"))
	if !ok {
		return forward{}, false
	}
	f := forward{}
	port := func(i int) int {
		n, ok := parsePort(env, fields[i].text)
		if !ok {
			return -1
		}
		return n
	}
	listen := func(host, portField int) {
		if host >= 0 {
			f.listenHost = &fields[host].text
		}
		f.listenPort = port(portField)
	}
	connect := func(host, portField int) { f.connectHost, f.connectPort = fields[host].text, port(portField) }

	switch path := func(i int) bool { return fields[i].path }; {
	case len(fields) == 1 && path(0):
		f.listenPath, f.connectHost = fields[0].text, socks
	case len(fields) == 1:
		listen(-1, 0)
		f.connectHost = socks
	case len(fields) == 2 && path(0) && path(1):
		f.listenPath, f.connectPath = fields[0].text, fields[1].text
	case len(fields) == 2 && path(1):
		listen(-1, 0)
		f.connectPath = fields[1].text
	case len(fields) == 2:
		listen(0, 1)
		f.connectHost = socks
	case len(fields) == 3 && path(0):
		f.listenPath = fields[0].text
		connect(1, 2)
	case len(fields) == 3 && path(2):
		listen(0, 1)
		f.connectPath = fields[2].text
	case len(fields) == 3:
		listen(-1, 0)
		connect(1, 2)
	default:
		listen(0, 1)
		connect(2, 3)
	}
	return f, f.valid(len(fields), dynamic, remote)
}

func (f forward) valid(fields int, dynamic, remote bool) bool {
	switch {
	case dynamic && fields > 2,
		!dynamic && fields < 3 && f.connectPath == "" && f.listenPath == "",
		!dynamic && f.connectPath == "" && f.connectPort <= 0,
		f.listenPath == "" && f.listenPort < 0,
		f.listenPath == "" && f.listenPort == 0 && !remote:
		return false
	}
	return true
}

// field is one part of a forward. path: it names a socket.
type field struct {
	text string
	path bool
}

// splitForward cuts a forward into its one to four fields.
func splitForward(s string) (fields []field, ok bool) {
	for {
		f, rest, more, ok := cutField(s)
		if !ok || len(fields) == 4 {
			return nil, false
		}
		fields = append(fields, f)
		if !more {
			return fields, true
		}
		s = rest
	}
}

// cutField takes one field off s. more: a colon followed it.
func cutField(s string) (f field, rest string, more, ok bool) {
	if strings.HasPrefix(s, "[") {
		text, rest, found := strings.Cut(s[1:], "]")
		if !found || rest != "" && rest[0] != ':' {
			return field{}, "", false, false
		}
		f.text = text
		if rest == "" {
			return f, "", false, true
		}
		return f, rest[1:], true, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == ':':
			f.text = b.String()
			return f, s[i+1:], true, true
		default:
			f.path = f.path || c == '/'
			b.WriteByte(c)
		}
	}
	f.text = b.String()
	return f, "", false, true
}
