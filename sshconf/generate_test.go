package sshconf_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The generator writes configurations by a grammar: blocks of every kind, files
// that include files, each keyword with values that are right, odd or wrong, and
// the spellings a line may have. A seed decides everything.

type generator struct {
	*rand.Rand
	folder string
	files  int
	newer  bool // also what 9.2 does not know
}

func (g *generator) one(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

var generatedHosts = []string{"foo", "FOO", "bar", "foo.example.com", "127.0.0.1", "bob@foo", "ssh://eve@foo:2200", "::1"}

// arguments are the command line.
func (g *generator) arguments() []string {
	var args []string
	for range g.IntN(3) - 1 {
		keyword, values := g.setting()
		args = append(args, "-o", keyword+"="+g.one(values...))
	}
	return append(args, g.one(generatedHosts...))
}

// file writes one file and returns its path.
func (g *generator) file(name string, depth int) (string, error) {
	var b strings.Builder
	for range 1 + g.IntN(12) {
		text, err := g.line(depth)
		if err != nil {
			return "", err
		}
		b.WriteString(text + g.one("\n", "\n", "\n", "\r\n", " \n", "\t\n"))
	}
	path := filepath.Join(g.folder, name)
	return path, os.WriteFile(path, []byte(b.String()), 0o644)
}

func (g *generator) line(depth int) (string, error) {
	switch n := g.IntN(100); {
	case n < 4:
		return g.one("", "# a comment", "   # it's \"one\"", "\t", "#User x"), nil
	case n < 16:
		return g.indent() + g.keyword("Host") + g.separator() + g.hosts(), nil
	case n < 28:
		return g.indent() + g.keyword("Match") + g.separator() + g.criteria(), nil
	case n < 34 && depth < 3:
		g.files++
		path, err := g.file(fmt.Sprintf("inc%d", g.files), depth+1)
		return g.indent() + g.keyword("Include") + g.separator() + g.one(path, `"`+path+`"`, path+"*", path+" "+path+".nope"), err
	case n < 35:
		return g.indent() + g.one("Bogus 1", "Ignored yes", "Protocol 2", "RSAAuthentication no", "UseKeychain yes", "User", "= x", "Host"), nil
	}
	keyword, values := g.setting()
	return g.indent() + g.keyword(keyword) + g.separator() + g.spell(g.one(values...)) + g.one("", "", "", " # end", strings.Repeat(" extra", g.IntN(30)/29)), nil
}

func (g *generator) indent() string { return g.one("", "", "  ", "\t", "    ") }

func (g *generator) keyword(s string) string {
	switch g.IntN(8) {
	case 0:
		return strings.ToLower(s)
	case 1:
		return strings.ToUpper(s)
	case 2:
		return `"` + s + `"`
	}
	return s
}

func (g *generator) separator() string {
	return g.one(" ", " ", " ", " ", "\t", "  ", "=", " = ", "= ", " =")
}

// spell quotes a value now and then.
func (g *generator) spell(value string) string {
	if strings.ContainsAny(value, "\"'\\ \t") || value == "" {
		return value
	}
	switch g.IntN(12) {
	case 0:
		return `"` + value + `"`
	case 1:
		return "'" + value + "'"
	case 2:
		half := len(value) / 2
		return value[:half] + `"` + value[half:] + `"`
	}
	return value
}

func (g *generator) hosts() string {
	patterns := make([]string, 1+g.IntN(3))
	for i := range patterns {
		patterns[i] = g.one("foo", "bar", "*", "f*", "fo?", "!foo", "!bar", "*.example.com", "FOO", "127.*", `"foo"`, "zed", "*:*", "!*", "?oo", "foo*", "#x")
	}
	return strings.Join(patterns, " ")
}

func (g *generator) criteria() string {
	if g.chance(20) {
		return g.one("all", "final", "canonical", "final all", "!all", "canonical all", "!final", "final all x", "ALL", "host foo all")
	}
	var b strings.Builder
	for i := range 1 + g.IntN(3) {
		if i > 0 {
			b.WriteString(g.one(" ", "  ", "\t"))
		}
		b.WriteString(g.one("", "", "", "!") + g.criterion())
	}
	return b.String() + g.one("", "", "", " # c")
}

func (g *generator) criterion() string {
	hosts := []string{"foo", "bar", "*", "f*,b*", "!foo,*", "FOO", "zed", "foo.example.com", "127.0.0.1", `"foo"`}
	users := []string{"root", "bob", "eve", "*", "r*,bob", "!root,*", "Root", "x"}
	equals := g.one(" ", " ", " ", "=")
	switch g.IntN(12) {
	case 0, 1, 2:
		return g.one("host", "Host", "host") + equals + g.one(hosts...)
	case 3, 4:
		return "originalhost" + equals + g.one(hosts...)
	case 5, 6:
		return "user" + equals + g.one(users...)
	case 7:
		return "localuser" + equals + g.one(users...)
	case 8:
		return "exec " + g.one("true", "false", `"test %h = foo"`, `"test %n%p = foo22"`, `"exit 3"`, `"test %r = root"`, "true")
	case 9:
		return g.one("final", "canonical")
	case 10:
		if g.newer {
			return g.one("tagged work", "tagged home", "tagged w*", `tagged ""`, "localnetwork 127.0.0.0/8", "localnetwork 203.0.113.0/24",
				"version OpenSSH_10*", "sessiontype shell", "command ls", "host 'foo'", "exec 'true'")
		}
		return "host" + equals + g.one(hosts...)
	}
	return g.one("bogus x", "user root", "user root", "user bob", "!host foo", "!host bar", "host foo", "!localuser eve")
}

var (
	flagWords  = []string{"yes", "no", "true", "false", "YES", "maybe"}
	intWords   = []string{"0", "1", "3", "007", "+4", "5s", "-1", "2147483647"}
	timeWords  = []string{"0", "5", "90s", "1h30m", "2d", "1w", "none", "5x", "10M", "1h5"}
	pathWords  = []string{"~/x", "/a/%h", "/a/%%b", "/x-%u-%r-%p-%n-%k-%C", "${HOME}/y", "none", "/z", "%d/f", "/%q", "~root/r", "/a%L%l%i"}
	rawWords   = []string{"/bin/x", "none", "~/%h", "${HOME}", "a"}
	namesWords = []string{"a", "b,c", "none", "x.y", "A_b"}
	cmdWords   = []string{"nc %h %p", "x  y", "none", `echo "a b"`, "a # b", "NONE", "x = y", `"open`, "%r@%h"}
	keyWords   = []string{"ssh-rsa", "+ssh-rsa", "-ssh*", "^rsa*", "ssh-*", "ssh-ed25519,ecdsa*", "zz", "-zz", "+ssh-rsa,ssh-rsa", "rsa-sha2-512,rsa-sha2-256"}
	portWords  = []string{"22", "2200", "65535", "0", "http", "zz", "65536"}
	fwdWords   = []string{"8080 a:80", "*:81 [::1]:82", "/s1 /s2", "83 /s/%h", "84", "x:85 b:86", "zz b:1", "87 b", "0 c:1", "[::]:88 d:http"}
)

// settings are the keywords and what they are given.
var generatedSettings = map[string][]string{
	"User": {"bob", "eve", "x", "a b", `"a b"`, "root"}, "HostName": {"zed", "%h.example.com", "BAR", "127.0.0.1", "127.1", "::1", "foo", "%n", "x-%h-%%"},
	"Port": portWords, "AddressFamily": {"any", "inet", "inet6", "INET", "ipv4"}, "BatchMode": flagWords,
	"CanonicalizeFallbackLocal": {"yes", "true"}, "CanonicalizeHostname": {"no", "false", "yes", "always", "maybe"}, "CanonicalizeMaxDots": {"0", "1", "x"},
	"CheckHostIP": flagWords, "Compression": flagWords, "ControlMaster": {"auto", "yes", "no", "ask", "autoask", "x"},
	"ClearAllForwardings": flagWords, "ExitOnForwardFailure": flagWords, "FingerprintHash": {"md5", "sha256", "SHA512", "x"},
	"ForwardX11": flagWords, "ForwardX11Trusted": flagWords, "GatewayPorts": flagWords, "GSSAPIAuthentication": flagWords,
	"GSSAPIDelegateCredentials": flagWords, "HashKnownHosts": flagWords, "IdentitiesOnly": flagWords, "HostbasedAuthentication": flagWords,
	"KbdInteractiveAuthentication": flagWords, "ChallengeResponseAuthentication": flagWords, "PasswordAuthentication": flagWords,
	"NoHostAuthenticationForLocalhost": flagWords, "PermitLocalCommand": flagWords, "ProxyUseFdpass": flagWords,
	"PubkeyAuthentication": {"yes", "no", "unbound", "host-bound", "x"}, "RequestTTY": {"yes", "no", "force", "auto", "x"},
	"SessionType": {"none", "default", "subsystem", "x"}, "StdinNull": flagWords, "StreamLocalBindUnlink": flagWords,
	"StrictHostKeyChecking": {"yes", "no", "ask", "off", "accept-new", "x"}, "TCPKeepAlive": flagWords, "Tunnel": {"yes", "no", "ethernet", "point-to-point", "x"},
	"VerifyHostKeyDNS": {"yes", "no", "ask"}, "VisualHostKey": flagWords, "UpdateHostKeys": {"yes", "no", "ask", "x"}, "EnableSSHKeysign": flagWords,
	"ConnectionAttempts": {"1", "2", "5", "x"}, "NumberOfPasswordPrompts": intWords, "ServerAliveCountMax": intWords, "RequiredRSASize": intWords,
	"ForwardX11Timeout": timeWords, "ServerAliveInterval": timeWords, "ConnectTimeout": timeWords, "ControlPersist": {"yes", "no", "5", "1h", "0", "x"},
	"BindAddress": namesWords, "BindInterface": namesWords, "HostKeyAlias": {"Alias", "none", "x.y"}, "PreferredAuthentications": {"publickey,password", "none"},
	"KbdInteractiveDevices": namesWords, "IgnoreUnknown": {"Ignored", "i*", "Bogus,UseKeychain", "x"}, "XAuthLocation": rawWords,
	"Ciphers":           {"aes128-ctr", "+3des-cbc", "-aes*", "^aes256-ctr", "aes*", "zz", "aes128-ctr,aes256-ctr,aes128-ctr"},
	"MACs":              {"hmac-sha1", "+hmac-md5", "-umac*", "^hmac-sha2-256", "zz"},
	"KexAlgorithms":     {"curve25519-sha256", "+diffie-hellman-group1-sha1", "-diffie*", "^ecdh-sha2-nistp256", "zz"},
	"HostKeyAlgorithms": keyWords, "PubkeyAcceptedAlgorithms": keyWords, "HostbasedAcceptedAlgorithms": keyWords,
	"CASignatureAlgorithms": {"ssh-ed25519", "+ssh-rsa", "-ecdsa*", "zz"}, "PKCS11Provider": rawWords, "SecurityKeyProvider": rawWords, "RevokedHostKeys": {"/r", "none"},
	"ControlPath": pathWords, "IdentityAgent": pathWords, "ForwardAgent": append([]string{"yes", "no"}, pathWords...),
	"IdentityFile": pathWords, "CertificateFile": pathWords, "UserKnownHostsFile": append([]string{"/a /b", "~/x none", "~/.ssh/known_hosts"}, pathWords...),
	"GlobalKnownHostsFile": {"/g", "/g /h", "none", "none x"}, "LocalCommand": cmdWords, "RemoteCommand": cmdWords, "KnownHostsCommand": cmdWords, "ProxyCommand": cmdWords,
	"ProxyJump": {"a", "a,b", "u@h:33", "none", "[::1]:5", "ssh://u@h:7", "a,", "h:zz", "a b", "j1,u@j2:ssh"},
	"SendEnv":   {"LANG LC_*", "A", "-LC_*", "-*", "A=B", "X Y Z"}, "SetEnv": {"A=1", "A=1 B=2", "A", `"C=x y"`, "D="},
	"CanonicalDomains": {"none", "none x", ".bad"}, "LogVerbose": {"a", "none", "a b"}, "PermitRemoteOpen": {"any", "none", "a:1", "a:1 *:*", "a", "any b:1"},
	"AddKeysToAgent": {"yes", "no", "ask", "confirm", "confirm 5m", "1h", "ask 5", "x"}, "TunnelDevice": {"any", "0:1", "3", "x"},
	"EscapeChar": {"~", "none", "^a", "ab", "%"}, "IPQoS": {"af11", "cs1 ef", "none", "0x10", "lowdelay throughput", "zz", "1 2 3"},
	"RekeyLimit": {"1G", "1G 1h", "default none", "16", "15", "512K 30m", "none"}, "StreamLocalBindMask": {"0177", "022", "9"},
	"SyslogFacility": {"USER", "local3", "x"}, "LogLevel": {"QUIET", "info", "VERBOSE", "DEBUG", "x"},
	"LocalForward": fwdWords, "RemoteForward": fwdWords, "DynamicForward": {"1080", "a:1081", "[::1]:1082", "zz", "/s", "1 2"},
	"ForkAfterAuthentication": {"no", "false"}, "GSSAPIKexAlgorithms": {"gss-gex-sha1-", "zz"},
}

// changedValues are those that OpenSSH 10.0 takes in another way than 9.2, which we
// follow.
var changedValues = map[string][]string{
	"IPQoS": {"0x10"}, // decimal numbers only
}

// settingNames is the order that a seed chooses from.
var settingNames = sortedKeys(generatedSettings)

// setting chooses a keyword and the values to choose from. Mostly those at the
// front, which are right: a file full of faults shows little else.
func (g *generator) setting() (string, []string) {
	keyword := settingNames[g.IntN(len(settingNames))]
	values := generatedSettings[keyword]
	if g.chance(94) {
		values = values[:1+len(values)/2]
	}
	if g.newer {
		values = slices.DeleteFunc(slices.Clone(values), func(value string) bool { return slices.Contains(changedValues[keyword], value) })
	}
	if g.newer && g.chance(5) {
		return "Tag", []string{"work", "home"}
	}
	return keyword, values
}

func generate(t *testing.T, seed uint64, newer bool) input {
	t.Helper()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), folder: t.TempDir(), newer: newer}
	in := input{name: fmt.Sprintf("seed %d", seed), folder: g.folder, args: g.arguments()}
	if _, err := g.file("config", 0); err != nil {
		t.Fatal(err)
	}
	return in
}

var (
	seedFlag  = flag.Uint64("seed", 0, "the first fresh seed of the generated configurations; 0: from the clock")
	freshFlag = flag.Int("fresh", 500, "how many generated configurations have fresh seeds")
)

// compareGenerated compares fixed seeds and fresh ones.
func compareGenerated(t *testing.T, o oracle, fixed int) {
	first, fresh := *seedFlag, *freshFlag
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	t.Logf("fresh seeds from %d on", first)
	refused := 0
	for i := range fixed + fresh {
		seed := uint64(i)
		if i >= fixed {
			seed = first + uint64(i-fixed)
		}
		in := generate(t, seed, o.release == "10.0")
		if o.compare(t, in) {
			refused++
		}
		if t.Failed() {
			t.FailNow() // one is enough to read
		}
	}
	if n := fixed + fresh; refused < n/20 || refused > n*4/5 {
		t.Errorf("%d of %d files were refused: the generator has lost its balance", refused, n)
	}
	t.Logf("%d of %d files refused, by both", refused, fixed+fresh)
}

func TestGeneratedFilesMeanWhatTheyMeanToSSH(t *testing.T) {
	compareGenerated(t, installed(t), 200)
}

func TestGeneratedFilesMeanWhatTheyMeanToSSH10(t *testing.T) {
	compareGenerated(t, newest(t), 200)
}
