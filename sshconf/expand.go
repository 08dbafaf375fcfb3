package sshconf

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The tokens each keyword may hold; "%%" always may be.
const (
	tokensCommon   = "CdhijkLlnpru" // paths, RemoteCommand, Match exec, Include
	tokensHostName = "h"
	tokensProxy    = "hnpr"                 // ProxyCommand, ProxyJump
	tokensUser     = "dhijkLlnpu"           // not %r and %C, which need the user
	tokensHostKeys = tokensCommon + "fHIKt" // KnownHostsCommand
)

var (
	errToken    = errors.New("unknown or incomplete token")
	errVariable = errors.New("environment variable")
)

// names are the values of the tokens, by their letter.
type names map[byte]string

// names are the tokens as far as they are known where the evaluation stands.
func (ev *evaluator) names() names {
	host, err := ev.targetHost()
	if err != nil {
		host = ev.host
	}
	port := ev.settings.first("port")
	if port == "" {
		port = strconv.Itoa(defaultPort)
	}
	alias := lower(ev.settings.first("hostkeyalias"))
	if alias == "" {
		alias = ev.query.Host
	}
	hostname := ev.env.Hostname()
	short, _, _ := strings.Cut(hostname, ".")
	jump := ev.settings.first("proxyjump")
	if isNone(jump) {
		jump = ""
	}
	sum := sha1.Sum([]byte(hostname + host + port + ev.remoteUser()))
	return names{
		'C': hex.EncodeToString(sum[:]),
		'd': ev.user.Home,
		'h': host,
		'i': ev.user.ID,
		'j': jump,
		'k': alias,
		'L': short,
		'l': hostname,
		'n': ev.query.Host,
		'p': port,
		'r': ev.remoteUser(),
		'u': ev.user.Name,
	}
}

// targetHost is HostName with its tokens expanded, or the host as it is.
func (ev *evaluator) targetHost() (string, error) {
	name, set := ev.settings.get("hostname")
	if !set {
		return ev.host, nil
	}
	host, err := names{'h': ev.host}.expand(name[0], tokensHostName, nil)
	if err != nil {
		return "", fmt.Errorf("HostName %s: %w", name[0], err)
	}
	return host, nil
}

// remoteUser is User, or the local user's name.
func (ev *evaluator) remoteUser() string {
	if user := ev.settings.first("user"); user != "" {
		return user
	}
	return ev.user.Name
}

// expand replaces the allowed tokens and, with getenv, ${VARIABLES}. What it puts
// in is not looked at again.
func (n names) expand(s, allowed string, getenv func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$' && getenv != nil && strings.HasPrefix(s[i+1:], "{"):
			name, _, closed := strings.Cut(s[i+2:], "}")
			value, err := variable(name, closed, getenv)
			if err != nil {
				return "", err
			}
			b.WriteString(value)
			i += len("{}") + len(name)
		case s[i] == '%' && i+1 == len(s):
			return "", fmt.Errorf("%w: %% at the end", errToken)
		case s[i] == '%':
			i++
			value, known := n[s[i]]
			switch {
			case s[i] == '%':
				value = "%"
			case !known || !strings.Contains(allowed, s[i:i+1]):
				return "", fmt.Errorf("%w: %%%c", errToken, s[i])
			}
			b.WriteString(value)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}

func variable(name string, closed bool, getenv func(string) (string, bool)) (string, error) {
	switch {
	case !closed:
		return "", fmt.Errorf("%w: ${ without }", errVariable)
	case name == "":
		return "", fmt.Errorf("%w: ${} has no name", errVariable)
	}
	value, ok := getenv(name)
	if !ok {
		return "", fmt.Errorf("%w ${%s} is not set", errVariable, name)
	}
	return value, nil
}

// expandTilde replaces "~" and "~user" at the beginning of a path.
func expandTilde(s, home string, homeOf func(string) (string, bool)) (string, error) {
	if !strings.HasPrefix(s, "~") {
		return s, nil
	}
	user, rest, _ := strings.Cut(s[1:], "/")
	if user != "" {
		var ok bool
		if home, ok = homeOf(user); !ok {
			return "", fmt.Errorf("no such user %s", user)
		}
	}
	return strings.TrimSuffix(home, "/") + "/" + strings.TrimLeft(rest, "/"), nil
}

func isNone(s string) bool { return strings.EqualFold(s, "none") }
