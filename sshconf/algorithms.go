package sshconf

import (
	"slices"
	"strings"
)

// Algorithms is a configured algorithm list as written: names in order of
// preference, or a change to the defaults (+ appends, - removes, ^ puts first).
// Empty: not configured.
type Algorithms string

// Over applies the list to a program's defaults and gives the names in order of
// preference, each once. Patterns ("+ssh-*", and without a sign in lists of key
// algorithms) stand for those of known, in its order. Names outside known are
// kept: what a library cannot do is for the caller to say.
func (a Algorithms) Over(defaults, known []string) []string {
	if a == "" {
		return slices.Clone(defaults)
	}
	sign, list := a.split()
	if sign == '-' {
		return slices.DeleteFunc(slices.Clone(defaults), func(name string) bool {
			return matchList(name, list)
		})
	}
	if sign == '+' { // an empty name ends what is appended, and nothing else
		list, _, _ = strings.Cut(list, ",,")
		if strings.HasPrefix(list, ",") {
			list = ""
		}
	}
	names := expandNames(list, known)
	switch sign {
	case '+':
		names = append(slices.Clone(defaults), names...)
	case '^':
		names = append(names, defaults...)
	}
	return unique(names)
}

func (a Algorithms) split() (sign byte, list string) {
	if a != "" && strings.IndexByte("+-^", a[0]) >= 0 {
		return a[0], string(a[1:])
	}
	return 0, string(a)
}

// expandNames replaces each pattern of a comma-separated list by the known names
// that match it.
func expandNames(list string, known []string) []string {
	names := []string{}
	for _, item := range strings.Split(list, ",") {
		switch {
		case item == "":
		case strings.ContainsAny(item, "*?"):
			for _, name := range known {
				if matchPattern(name, item) {
					names = append(names, name)
				}
			}
		default:
			names = append(names, item)
		}
	}
	return names
}

func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before
	})
}

// algorithmKind is one of OpenSSH's name spaces.
type algorithmKind struct {
	known []string // what a list may name
	// patterns: a list without a sign, or with + or ^, may hold patterns too.
	patterns bool
	complain string // format of what is said about a bad list
}

// valid reports whether OpenSSH would take the list. A list of removals is never
// wrong: it says what must not be there.
func (k *algorithmKind) valid(a Algorithms) bool {
	sign, list := a.split()
	if sign == '-' {
		return true
	}
	named := false
	for _, item := range strings.Split(list, ",") {
		if item == "" {
			continue
		}
		named = true
		if !slices.Contains(k.known, item) && !(k.patterns && k.matchesAny(item)) {
			return false
		}
	}
	return named
}

func (k *algorithmKind) matchesAny(pattern string) bool {
	return strings.ContainsAny(pattern, "*?") &&
		slices.ContainsFunc(k.known, func(name string) bool { return matchPattern(name, pattern) })
}

// What may be named: what OpenSSH 9.2 and 10.0 know (`ssh -Q`), which holds all
// that x/crypto/ssh has. The order of key algorithms is OpenSSH's: it decides what
// a pattern expands to.
var (
	cipherNames = algorithmKind{complain: "bad cipher list %q", known: []string{
		"3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-ctr", "aes192-ctr", "aes256-ctr",
		"aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
	}}
	macNames = algorithmKind{complain: "bad MAC list %q", known: []string{
		"hmac-sha1", "hmac-sha1-96", "hmac-sha2-256", "hmac-sha2-512", "hmac-md5", "hmac-md5-96",
		"umac-64@openssh.com", "umac-128@openssh.com",
		"hmac-sha1-etm@openssh.com", "hmac-sha1-96-etm@openssh.com",
		"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com",
		"hmac-md5-etm@openssh.com", "hmac-md5-96-etm@openssh.com",
		"umac-64-etm@openssh.com", "umac-128-etm@openssh.com",
	}}
	kexNames = algorithmKind{complain: "bad key exchange list %q", known: []string{
		"diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group14-sha256",
		"diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
		"diffie-hellman-group-exchange-sha1", "diffie-hellman-group-exchange-sha256",
		"ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
		"curve25519-sha256", "curve25519-sha256@libssh.org",
		"sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "mlkem768x25519-sha256",
	}}
	gssKexNames = algorithmKind{complain: "bad GSSAPI key exchange list %q", known: []string{
		"gss-gex-sha1-", "gss-group1-sha1-", "gss-group14-sha1-", "gss-group14-sha256-",
		"gss-group16-sha512-", "gss-nistp256-sha256-", "gss-curve25519-sha256-",
	}}
	keyNames = algorithmKind{complain: "bad key algorithm list %q", patterns: true, known: []string{
		"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com",
		"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com",
		"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
		"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com",
		"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
		"webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
		"ssh-dss", "ssh-dss-cert-v01@openssh.com", "ssh-rsa", "ssh-rsa-cert-v01@openssh.com",
		"rsa-sha2-256", "rsa-sha2-256-cert-v01@openssh.com",
		"rsa-sha2-512", "rsa-sha2-512-cert-v01@openssh.com",
	}}
	signatureNames = algorithmKind{complain: "bad key algorithm list %q", patterns: true, known: []string{
		"ssh-ed25519", "sk-ssh-ed25519@openssh.com",
		"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ecdsa-sha2-nistp256@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
		"ssh-dss", "ssh-rsa", "rsa-sha2-256", "rsa-sha2-512",
	}}
)

// release holds what `ssh -G` fills in where the configuration is silent or only
// changes a default, for one release of OpenSSH.
type release struct {
	algorithms    map[string][]string // by keyword
	identityFiles []string
}

// printed is the release that Print shows: Debian 12's.
var printed = &release92

var certAlgorithms = []string{
	"ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
	"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
	"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
	"rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
}

var plainAlgorithms = []string{
	"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
}

var keyAlgorithms = slices.Concat(certAlgorithms, plainAlgorithms)

var release92 = release{
	algorithms: map[string][]string{
		"ciphers": {
			"chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr",
			"aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
		},
		"macs": {
			"umac-64-etm@openssh.com", "umac-128-etm@openssh.com",
			"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha1-etm@openssh.com",
			"umac-64@openssh.com", "umac-128@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1",
		},
		"kexalgorithms": {
			"sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
			"curve25519-sha256", "curve25519-sha256@libssh.org",
			"ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
			"diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512",
			"diffie-hellman-group18-sha512", "diffie-hellman-group14-sha256",
		},
		"gssapikexalgorithms": {
			"gss-group14-sha256-", "gss-group16-sha512-", "gss-nistp256-sha256-",
			"gss-curve25519-sha256-", "gss-group14-sha1-", "gss-gex-sha1-",
		},
		"hostkeyalgorithms":           keyAlgorithms,
		"hostbasedacceptedalgorithms": keyAlgorithms,
		"pubkeyacceptedalgorithms":    keyAlgorithms,
		"casignaturealgorithms":       plainAlgorithms,
	},
	identityFiles: []string{
		"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519",
		"~/.ssh/id_ed25519_sk", "~/.ssh/id_xmss", "~/.ssh/id_dsa",
	},
}
