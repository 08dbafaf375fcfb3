package sshconf

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseDestination reads the destination of a command line: [user@]host or
// ssh://[user@]host[:port]. User "" and port 0: not given.
func ParseDestination(env Environment, s string) (user, host string, port int, err error) {
	if strings.HasPrefix(s, "ssh://") {
		j, ok := parseURI(env, s)
		if !ok {
			return "", "", 0, fmt.Errorf("%q is not a destination: ssh://[user@]host[:port] is what it should look like", s)
		}
		return j.User, j.Host, j.Port, nil
	}
	host = s
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		user, host = s[:at], s[at+1:]
		if user == "" {
			return "", "", 0, fmt.Errorf("%q is not a destination: there is no user before the @", s)
		}
	}
	if host == "" {
		return "", "", 0, fmt.Errorf("%q is not a destination: there is no host in it", s)
	}
	return user, host, 0, nil
}

// parseJumps reads the value of ProxyJump. The text that comes back is how
// `ssh -G` prints it: only the last hop is put into standard form.
func parseJumps(env Environment, s string) (jumps []Jump, text string, ok bool) {
	for _, item := range strings.Split(s, ",") {
		j, ok := parseJump(env, item)
		if !ok {
			return nil, "", false
		}
		jumps = append(jumps, j)
	}
	last := strings.LastIndexByte(s, ',') + 1
	return jumps, s[:last] + jumps[len(jumps)-1].String(), true
}

// parseJump reads one hop: [user@]host[:port] or an ssh URI.
func parseJump(env Environment, s string) (Jump, bool) {
	if strings.HasPrefix(s, "ssh://") {
		return parseURI(env, s)
	}
	var j Jump
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if at == 0 {
			return j, false
		}
		j.User, s = s[:at], s[at+1:]
	}
	host, end, rest, ok := cutHost(s)
	if !ok || host == "" || end == '/' {
		return j, false
	}
	j.Host = unbracket(host)
	if rest != "" {
		port, ok := parsePort(env, rest)
		if !ok || port == 0 {
			return j, false
		}
		j.Port = port
	}
	return j, true
}

// cutHost takes a host off s, with the brackets if it has them. end is what
// stopped it: ':', '/' or 0 for the end of s.
func cutHost(s string) (host string, end byte, rest string, ok bool) {
	from := 0
	if strings.HasPrefix(s, "[") {
		if from = strings.IndexByte(s, ']') + 1; from == 0 {
			return "", 0, "", false
		}
		if from < len(s) && s[from] != ':' && s[from] != '/' {
			return "", 0, "", false
		}
	}
	stop := strings.IndexAny(s[from:], ":/")
	if stop < 0 {
		return s, 0, "", true
	}
	stop += from
	return s[:stop], s[stop], s[stop+1:], true
}

func unbracket(host string) string {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return host[1 : len(host)-1]
	}
	return host
}

// parseURI reads ssh://[user[;parameters]@]host[:port][/]. The user may be
// percent-encoded; the host is a domain name or an IPv4 address, as in OpenSSH.
func parseURI(env Environment, s string) (Jump, bool) {
	var j Jump
	s = strings.TrimPrefix(s, "ssh://")
	if user, rest, found := strings.Cut(s, "@"); found {
		user, _, _ = strings.Cut(user, ";")
		var ok bool
		if j.User, ok = decodeURI(user); !ok || user == "" {
			return j, false
		}
		s = rest
	}
	host, end, rest, ok := cutHost(s)
	if !ok {
		return j, false
	}
	if j.Host = unbracket(host); !validDomain(j.Host) {
		return j, false
	}
	j.Host = strings.TrimSuffix(j.Host, ".")
	if end == ':' {
		port, path, slash := strings.Cut(rest, "/")
		if rest = path; !slash {
			rest = ""
		}
		if port != "" {
			n, ok := parsePort(env, port)
			if !ok || n == 0 {
				return j, false
			}
			j.Port = n
		}
	}
	return j, rest == ""
}

func decodeURI(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil || n == 0 {
			return "", false
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), true
}

// validDomain: letters, digits, "-", "." and "_", no label empty, none of the
// first characters a "-".
func validDomain(s string) bool { return domainFault(s) == "" }

// domainFault says what is wrong with a domain name; "" if nothing is.
func domainFault(s string) string {
	switch {
	case s == "":
		return "empty domain name"
	case !letterOrDigit(s[0]):
		return fmt.Sprintf("domain name %q starts with invalid character", s)
	case strings.Contains(s, ".."):
		return fmt.Sprintf("domain name %q contains consecutive separators", s)
	}
	for i := range len(s) {
		if c := s[i]; !letterOrDigit(c) && c != '-' && c != '.' && c != '_' {
			return fmt.Sprintf("domain name %q contains invalid characters", s)
		}
	}
	return ""
}

func letterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// String is [user@]host[:port], brackets around an IPv6 address.
func (j Jump) String() string {
	s := j.Host
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if j.User != "" {
		s = j.User + "@" + s
	}
	if j.Port != 0 {
		s += ":" + strconv.Itoa(j.Port)
	}
	return s
}
