package sshconf_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"

	"gmosh/sshconf"
)

// machine is a machine of the test's making.
type machine struct {
	files     map[string]string
	untrusted []string          // files that others may write
	names     map[string]string // that the resolver knows, with the canonical ones; "" is the name itself
	env       map[string]string
	apple     bool
	asked     *[]string // of the resolver; may be nil
}

func (m machine) ReadFile(name string) (sshconf.Source, error) {
	text, ok := m.files[name]
	if !ok {
		return sshconf.Source{}, fs.ErrNotExist
	}
	return sshconf.Source{Data: []byte(text), Untrusted: slices.Contains(m.untrusted, name)}, nil
}

func (m machine) ReadDir(folder string) []string {
	var names []string
	for name := range m.files {
		if path.Dir(name) == folder {
			names = append(names, path.Base(name))
		}
	}
	return names
}

func (m machine) Exists(name string) bool {
	for file := range m.files {
		if file == name || strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

func (m machine) LookupHost(name string, _ sshconf.AddressFamily) (string, bool) {
	if m.asked != nil {
		*m.asked = append(*m.asked, name)
	}
	canonical, found := m.names[strings.TrimSuffix(name, ".")]
	if canonical == "" {
		canonical = name
	}
	return canonical, found
}

func (m machine) Getenv(name string) (string, bool) { v, ok := m.env[name]; return v, ok }
func (machine) HomeOf(name string) (string, bool)   { return "/home/" + name, name != "nobody" }
func (machine) Hostname() string                    { return "here.example" }
func (machine) Shell(command string) (int, error)   { return len(command) % 2, nil }
func (machine) ServicePort(name string) (int, bool) { return 22, name == "ssh" }
func (machine) LocalAddrs() ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.7")}, nil
}
func (machine) LocalUser() sshconf.LocalUser {
	return sshconf.LocalUser{Name: "me", ID: "1000", Home: "/home/me"}
}
func (m machine) Places() sshconf.Places {
	return sshconf.Places{
		UserConfig: "/home/me/.ssh/config", UserFolder: "~/.ssh",
		SystemConfig: "/etc/ssh/ssh_config", SystemFolder: "/etc/ssh", Apple: m.apple,
	}
}

// one is a machine with nothing but the user's file.
func one(config string) machine {
	return machine{files: map[string]string{"/home/me/.ssh/config": config}}
}

func mustResolve(t *testing.T, m machine, q sshconf.Query) *sshconf.Config {
	t.Helper()
	c, err := sshconf.Resolve(m, q)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What needs a resolver cannot be compared with ssh -G on any machine.
func TestNamesAreMadeCanonical(t *testing.T) {
	domains := "CanonicalizeHostname yes\nCanonicalDomains one.example two.example\n"
	for _, c := range []struct {
		name, config, host string
		names              map[string]string
		want               string // "" is refused
		asked              []string
	}{
		{"off", "CanonicalDomains one.example", "web", nil, "web", nil},
		{"the first domain", domains, "Web", map[string]string{"web.one.example": "", "web.two.example": ""}, "web.one.example", []string{"web.one.example."}},
		{"the second", domains, "web", map[string]string{"web.two.example": ""}, "web.two.example", []string{"web.one.example.", "web.two.example."}},
		{"none", domains, "web", nil, "web", []string{"web.one.example.", "web.two.example."}},
		{"none, and no falling back", domains + "CanonicalizeFallbackLocal no", "web", nil, "", []string{"web.one.example.", "web.two.example."}},
		{"too many dots", domains, "a.b.c", nil, "a.b.c", nil},
		{"CanonicalizeMaxDots", domains + "CanonicalizeMaxDots 2", "a.b.c", map[string]string{"a.b.c.two.example": ""}, "a.b.c.two.example",
			[]string{"a.b.c.one.example.", "a.b.c.two.example."}},
		{"a full name", domains, "web.else.example.", map[string]string{"web.else.example": ""}, "web.else.example", []string{"web.else.example."}},
		{"an address", domains, "192.0.2.1", nil, "192.0.2.1", nil},
		{"a proxy", domains + "ProxyCommand nc %h", "web", map[string]string{"web.one.example": ""}, "web", nil},
		{"a proxy, and always", strings.Replace(domains, "yes", "always", 1) + "ProxyJump hop", "web", map[string]string{"web.one.example": ""}, "web.one.example",
			[]string{"web.one.example."}},
		{"a CNAME that is permitted", domains + "CanonicalizePermittedCNAMEs *.one.example:*.cdn.example", "web",
			map[string]string{"web.one.example": "Edge.CDN.example."}, "edge.cdn.example", []string{"web.one.example."}},
		{"a CNAME that is not", domains + "CanonicalizePermittedCNAMEs *.one.example:*.cdn.example", "web",
			map[string]string{"web.one.example": "evil.example"}, "web.one.example", []string{"web.one.example."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			m := one(c.config)
			m.names, m.asked = c.names, &asked
			got, err := sshconf.Resolve(m, sshconf.Query{Host: c.host})
			if err == nil && got.HostName != c.want || err != nil && c.want != "" {
				t.Errorf("%+v, %v; want %s", got, err, c.want)
			}
			if !slices.Equal(asked, c.asked) {
				t.Errorf("asked for %q, want %q", asked, c.asked)
			}
		})
	}
}

// The blocks that are for the canonical name are read in the second pass.
func TestCanonicalNamesHaveTheirBlocks(t *testing.T) {
	m := one("CanonicalizeHostname yes\nCanonicalDomains one.example\nHost *.one.example\nUser there\nMatch canonical\nPort 7\nMatch host web\nPort 8\n")
	m.names = map[string]string{"web.one.example": ""}
	c := mustResolve(t, m, sshconf.Query{Host: "web"})
	if c.User != "there" || c.Port != 8 || c.HostName != "web.one.example" {
		t.Errorf("%s@%s:%d", c.User, c.HostName, c.Port)
	}
}

func TestFilesThatOthersMayWriteAreRefused(t *testing.T) {
	user, system, included := "/home/me/.ssh/config", "/etc/ssh/ssh_config", "/home/me/.ssh/more"
	files := map[string]string{user: "Include more\nUser a\n", included: "Port 7\n", system: "User b\nCompression yes\n"}
	c := mustResolve(t, machine{files: files}, sshconf.Query{Host: "web"})
	if c.User != "a" || c.Port != 7 || !c.Compression {
		t.Errorf("%s, %d, compression %v", c.User, c.Port, c.Compression)
	}
	for _, c := range []struct {
		file, named string
		refused     bool
	}{{user, "", true}, {included, "", true}, {system, "", false}, {user, user, false}} {
		_, err := sshconf.Resolve(machine{files: files, untrusted: []string{c.file}}, sshconf.Query{Host: "web", ConfigFile: c.named})
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s, -F %q: %v", c.file, c.named, err)
		}
	}
	if c := mustResolve(t, machine{files: files}, sshconf.Query{Host: "web", ConfigFile: "none"}); c.User != "me" {
		t.Errorf("-F none read %s", c.User)
	}
	if _, err := sshconf.Resolve(machine{}, sshconf.Query{Host: "web", ConfigFile: "/missing"}); !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "/missing") {
		t.Errorf("-F /missing: %v", err)
	}
}

func TestApplesKeywordsAreKnownToApples(t *testing.T) {
	m := one("UseKeychain yes\nUser a\n")
	if _, err := sshconf.Resolve(m, sshconf.Query{Host: "web"}); err == nil || !strings.Contains(err.Error(), "config line 1") {
		t.Errorf("elsewhere: %v", err)
	}
	m.apple = true
	if c := mustResolve(t, m, sshconf.Query{Host: "web"}); c.User != "a" {
		t.Errorf("user %s", c.User)
	}
	if c := mustResolve(t, one("IgnoreUnknown UseKeychain\nUseKeychain yes\nUser a\n"), sshconf.Query{Host: "web"}); c.User != "a" {
		t.Errorf("user %s", c.User)
	}
}

// -G shows these as written; whoever connects gets them expanded.
func TestValuesAreExpandedForUse(t *testing.T) {
	m := one("IdentityFile ~/keys/%h-%r-%L-%i\nCertificateFile ${KEYS}/c\nUserKnownHostsFile ~other/kh\nProxyCommand nc %h %p %%\n" +
		"SetEnv A=%d/${KEYS} B=100%\nRemoteCommand echo %n\nRevokedHostKeys ~/revoked\nHostName %h.example\nUser you\nPort 7\nHostKeyAlias Alias\nIdentityAgent $SOCK\n")
	m.env = map[string]string{"KEYS": "/k", "SOCK": "/run/agent"}
	c := mustResolve(t, m, sshconf.Query{Host: "web"})
	for _, check := range []struct{ got, want string }{
		{strings.Join(c.IdentityFiles, " "), "/home/me/keys/web.example-you-here-1000"},
		{strings.Join(c.CertificateFiles, " "), "/k/c"},
		{strings.Join(c.UserKnownHostsFiles, " "), "/home/other/kh"},
		{c.ProxyCommand, "nc web.example 7 %"},
		{c.SetEnv[0].Value, "/home/me//k"},
		{c.SetEnv[1].Value, "100%"},
		{c.RemoteCommand, "echo web"},
		{c.RevokedHostKeys, "/home/me/revoked"},
		{c.HostKeyAlias, "alias"},
		{c.IdentityAgent.Socket, "/run/agent"},
	} {
		if check.got != check.want {
			t.Errorf("%q, want %q", check.got, check.want)
		}
	}
	if c.Err() != nil {
		t.Error(c.Err())
	}
	for _, line := range []string{"IdentityFile ${NOTSET}/x", "IdentityFile /%q", "ProxyCommand nc %q", "ProxyJump web", "ProxyUseFdpass yes\nProxyCommand nc %h", "IdentityFile ~nobody/x"} {
		c := mustResolve(t, one("# first\n"+line+"\n"), sshconf.Query{Host: "web"})
		if err := c.Err(); err == nil || !strings.Contains(err.Error(), "/home/me/.ssh/config line 2: ") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestJumpHostsAreQueriesOfTheirOwn(t *testing.T) {
	m := one("Host web\nProxyJump one,you@two:7\nUser me2\nHost two\nUser nobody2\nIdentityFile /two\nHost *\nPort 99\n")
	c := mustResolve(t, m, sshconf.Query{Host: "web", Overrides: []string{"Compression=yes"}})
	q, ok := c.Via()
	if !ok || q.Host != "two" || q.User != "you" || q.Port != 7 || !slices.Equal(q.Overrides, []string{"ProxyJump=one"}) {
		t.Fatalf("%+v, %v", q, ok)
	}
	two := mustResolve(t, m, q)
	if two.User != "you" || two.Port != 7 || two.IdentityFiles[0] != "/two" || two.Compression {
		t.Errorf("%s, %d, %v", two.User, two.Port, two.IdentityFiles)
	}
	q, ok = two.Via()
	if !ok || q.Host != "one" || q.Overrides != nil {
		t.Fatalf("%+v, %v", q, ok)
	}
	if _, more := mustResolve(t, m, q).Via(); more {
		t.Error("the first hop has one before it")
	}
}

func TestKnownHostsCommandIsMadeOfWords(t *testing.T) {
	q := sshconf.HostKeyQuery{Reason: "HOSTNAME", Name: "[web]:7", Type: "ssh-ed25519", Fingerprint: "SHA256:x", Key: "AAAA"}
	for _, c := range []struct {
		line string
		q    sshconf.HostKeyQuery
		want string // joined by |; "" is refused
	}{
		{`/bin/keys "%H x" %I %t %f %K %h %r`, q, "/bin/keys|[web]:7 x|HOSTNAME|ssh-ed25519|SHA256:x|AAAA|web|me"},
		{"/bin/keys %t %K", sshconf.HostKeyQuery{Reason: "ORDER"}, "/bin/keys|NONE|NONE"},
		{"/bin/keys ${HOME}", q, "/bin/keys|/h"},
		{"keys %H", q, ""},
		{"/bin/keys %q", q, ""},
		{"/bin/keys ${NOTSET}", q, ""},
	} {
		m := one("KnownHostsCommand " + c.line)
		m.env = map[string]string{"HOME": "/h"}
		words, err := mustResolve(t, m, sshconf.Query{Host: "web"}).KnownHostsArgs(c.q)
		if got := strings.Join(words, "|"); err == nil && got != c.want || err != nil && c.want != "" {
			t.Errorf("%s: %q, %v; want %q", c.line, got, err, c.want)
		}
	}
}

func TestVariablesAreSentByPattern(t *testing.T) {
	c := mustResolve(t, one("SendEnv LANG LC_* X?\nSendEnv -LC_*\nSendEnv LC_ALL\n"), sshconf.Query{Host: "web"})
	for name, want := range map[string]bool{"LANG": true, "LC_CTYPE": false, "LC_ALL": true, "XY": true, "X": false, "PATH": false, "[": false} {
		if got := c.Sends(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOriginNamesTheLine(t *testing.T) {
	c := mustResolve(t, one("User a\n\nPort 7\n"), sshconf.Query{Host: "web", Overrides: []string{"Compression=yes"}})
	for keyword, want := range map[string]int{"PORT": 3, "User": 1, "Compression": 0} {
		if _, line, ok := c.Origin(keyword); !ok || line != want {
			t.Errorf("%s: line %d, %v", keyword, line, ok)
		}
	}
	if _, _, ok := c.Origin("HostName"); ok {
		t.Error("a default has an origin")
	}
}
