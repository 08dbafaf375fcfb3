package sshconf

import (
	"errors"
	"fmt"
	"path/filepath"
)

// HostKeyQuery is what KnownHostsCommand is run for: its tokens of its own.
type HostKeyQuery struct {
	Reason      string // %I: ORDER, HOSTNAME or ADDRESS
	Name        string // %H: as in known_hosts
	Type        string // %t of the host key, "" if there is none yet
	Fingerprint string // %f
	Key         string // %K, base64
}

// KnownHostsArgs are the words of KnownHostsCommand for a query: a program by its
// whole path and its arguments. No shell reads them.
func (c *Config) KnownHostsArgs(q HostKeyQuery) ([]string, error) {
	words, err := splitWords(c.KnownHostsCommand)
	switch {
	case err != nil:
		return nil, fmt.Errorf("KnownHostsCommand: %w", err)
	case len(words) == 0 || !filepath.IsAbs(words[0]):
		return nil, errors.New("KnownHostsCommand: its program must be named by a whole path")
	}
	n := c.ev.names()
	n['r'], n['I'], n['H'] = c.User, q.Reason, q.Name
	for letter, text := range map[byte]string{'t': q.Type, 'f': q.Fingerprint, 'K': q.Key} {
		if n[letter] = text; text == "" {
			n[letter] = "NONE"
		}
	}
	for i, word := range words[1:] {
		if words[i+1], err = n.expand(word, tokensHostKeys, c.ev.env.Getenv); err != nil {
			return nil, fmt.Errorf("KnownHostsCommand %s: %w", word, err)
		}
	}
	return words, nil
}

// Sends reports whether SendEnv asks for a variable to be passed on.
func (c *Config) Sends(name string) bool {
	for _, pattern := range c.SendEnv {
		if matchPattern(name, pattern) {
			return true
		}
	}
	return false
}
