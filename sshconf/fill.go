package sshconf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const defaultPort = 22

// values are what a keyword was set to, or its default.
func (ev *evaluator) values(name string) []string {
	if words, set := ev.settings.get(name); set {
		return words
	}
	return ev.keywords[name].def
}

// value is the first of values.
func (ev *evaluator) value(name string) string {
	if words := ev.values(name); len(words) > 0 {
		return words[0]
	}
	return ""
}

func (ev *evaluator) on(name string) bool {
	return slices.Contains([]string{"yes", "true"}, ev.value(name))
}

func (ev *evaluator) int(name string) int {
	n, _ := strconv.Atoi(ev.value(name))
	return n
}

func (ev *evaluator) seconds(name string) time.Duration {
	return time.Duration(ev.int(name)) * time.Second
}

func (ev *evaluator) family() AddressFamily { return AddressFamily(ev.value("addressfamily")) }

// yesNoAsk is the value of a switch that prints as true, false or a word.
func yesNoAsk(s string) string {
	switch s {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return s
}

// unlessNoneText is a text that "none" unsets.
func (ev *evaluator) unlessNoneText(name string) string {
	if s := ev.value(name); !isNone(s) {
		return s
	}
	return ""
}

// expansions makes the values that are expanded before anything is done with
// them. What is wrong with one of these is wrong with the configuration.
func (ev *evaluator) expansions() (map[string][]string, bool) {
	n := ev.names()
	expanded := map[string][]string{}
	paths := []string{"controlpath", "userknownhostsfile", "identityagent", "forwardagent"}
	for _, name := range paths {
		for _, word := range ev.values(name) {
			if name == "userknownhostsfile" || !isNone(word) {
				var err error
				if word, err = ev.expandPath(n, word); err != nil {
					return nil, ev.reject(name, word, err)
				}
			}
			expanded[name] = append(expanded[name], word)
		}
	}
	if words, set := ev.settings.get("remotecommand"); set {
		command, err := n.expand(words[0], tokensCommon, nil)
		if err != nil {
			return nil, ev.reject("remotecommand", words[0], err)
		}
		expanded["remotecommand"] = one(command)
	}
	agent := expanded["forwardagent"][0]
	if agent != "yes" && agent != "no" && ev.on("exitonforwardfailure") && !ev.env.Exists(agent) {
		return nil, ev.reject("forwardagent", agent, errors.New("no such socket (ExitOnForwardFailure yes)"))
	}
	return expanded, ev.expandForwards(n)
}

// reject records that a value cannot be expanded, at the line that set it.
func (ev *evaluator) reject(name, word string, err error) bool {
	ev.fault(ev.settings.values[name].at, fmt.Errorf("%s %s: %w", ev.keywords[name].title, word, err))
	return false
}

func (ev *evaluator) expandForwards(n names) bool {
	for _, list := range [][]forward{ev.settings.locals, ev.settings.remotes} {
		for i := range list {
			for _, path := range []*string{&list[i].listenPath, &list[i].connectPath} {
				text, err := n.expand(*path, tokensCommon, nil)
				if err != nil {
					ev.fault(list[i].at, fmt.Errorf("forwarding %s: %w", *path, err))
					return false
				}
				*path = text
			}
		}
	}
	return true
}

func (ev *evaluator) expandPath(n names, s string) (string, error) {
	path, err := expandTilde(s, ev.user.Home, ev.env.HomeOf)
	if err != nil {
		return s, err
	}
	if path, err = n.expand(path, tokensCommon, ev.env.Getenv); err != nil {
		return s, err
	}
	return path, nil
}

// fill makes the Config from what was set. All that must hold for -G has been
// checked; what goes wrong here is kept for Err.
func (ev *evaluator) fill(c *Config) {
	n := ev.names()
	c.Alias, c.HostName, c.Port = ev.query.Host, ev.host, defaultPort
	if p := ev.int("port"); p != 0 {
		c.Port = p
	}
	c.User = ev.template(ev.remoteUser(), n, tokensUser)
	n['r'] = c.User
	c.Tag = ev.value("tag")
	ev.fillIdentities(c, n)
	ev.fillAuthentication(c)
	ev.fillHostKeys(c, n)
	ev.fillDial(c, n)
	ev.fillAlgorithms(c)
	ev.fillSession(c, n)
}

// template expands tokens and variables where OpenSSH 10.0 does and 9.x did not:
// what is no valid template is meant as it stands.
func (ev *evaluator) template(s string, n names, allowed string) string {
	if text, err := n.expand(s, allowed, ev.env.Getenv); err == nil {
		return text
	}
	return s
}

// files expands a list of paths; "none" is no file.
func (ev *evaluator) files(c *Config, n names, name string, words []string) []string {
	var files []string
	for _, word := range words {
		if isNone(word) {
			continue
		}
		path, err := ev.expandPath(n, word)
		if err != nil {
			c.unusable(ev.settings.values[name].at, fmt.Errorf("%s %s: %w", ev.keywords[name].title, word, err))
			continue
		}
		files = append(files, path)
	}
	return files
}

// unusable keeps the first reason not to connect.
func (c *Config) unusable(at place, err error) {
	if c.err == nil {
		c.err = &Error{Faults: []Fault{{File: at.file, Line: at.line, Text: err.Error()}}}
	}
}

func (ev *evaluator) fillIdentities(c *Config, n names) {
	words, set := ev.settings.get("identityfile")
	if c.IdentityFilesDefault = !set; !set {
		words = printed.identityFiles
	}
	c.IdentityFiles = ev.files(c, n, "identityfile", words)
	c.CertificateFiles = ev.files(c, n, "certificatefile", ev.values("certificatefile"))
	c.IdentitiesOnly = ev.on("identitiesonly")
	c.IdentityAgent = ev.agent(c.expanded["identityagent"])
	c.AddKeysToAgent = addKeysOf(ev.values("addkeystoagent"))
	c.PKCS11Provider = ev.unlessNoneText("pkcs11provider")
	c.SecurityKeyProvider = ev.unlessNoneText("securitykeyprovider")
	c.RequiredRSASize = ev.int("requiredrsasize")
	agent := c.expanded["forwardagent"][0]
	switch {
	case agent == "yes":
		c.ForwardAgent.On = true
	case agent != "no":
		a := ev.agent(one(agent))
		c.ForwardAgent = ForwardAgent{On: !a.Off, Socket: a.Socket}
	}
}

// agent resolves the name of an agent: a path, "none", or the name of the
// variable that holds the path.
func (ev *evaluator) agent(words []string) Agent {
	name := "SSH_AUTH_SOCK"
	if len(words) > 0 && words[0] != name {
		if isNone(words[0]) {
			return Agent{Off: true}
		}
		var isName bool
		if name, isName = strings.CutPrefix(words[0], "$"); !isName {
			return Agent{Socket: words[0]}
		}
	}
	socket, _ := ev.env.Getenv(name)
	return Agent{Off: socket == "" && name != "SSH_AUTH_SOCK", Socket: socket}
}

func addKeysOf(words []string) AddKeys {
	switch words[0] {
	case "true", "false", "ask":
		return AddKeys{Mode: YesNoAsk(yesNoAsk(words[0]))}
	case "confirm":
		keys := AddKeys{Mode: Yes, Confirm: true}
		if len(words) > 1 {
			keys.Lifetime = secondsOf(words[1])
		}
		return keys
	}
	return AddKeys{Mode: Yes, Lifetime: secondsOf(words[0])}
}

func secondsOf(s string) time.Duration {
	n, _ := strconv.ParseInt(s, 10, 64)
	return time.Duration(n) * time.Second
}

func (ev *evaluator) fillAuthentication(c *Config) {
	if list := ev.value("preferredauthentications"); list != "" {
		c.PreferredAuthentications = strings.Split(list, ",")
	}
	c.PubkeyAuthentication = ev.value("pubkeyauthentication") != "false"
	c.PasswordAuthentication = ev.on("passwordauthentication")
	c.KbdInteractiveAuthentication = ev.on("kbdinteractiveauthentication")
	if list := ev.value("kbdinteractivedevices"); list != "" {
		c.KbdInteractiveDevices = strings.Split(list, ",")
	}
	c.HostbasedAuthentication = ev.on("hostbasedauthentication")
	c.GSSAPIAuthentication = ev.on("gssapiauthentication")
	c.NumberOfPasswordPrompts = ev.int("numberofpasswordprompts")
	c.BatchMode = ev.on("batchmode")
}

func (ev *evaluator) fillHostKeys(c *Config, n names) {
	for _, file := range c.userKnownHosts() {
		if !isNone(file) {
			c.UserKnownHostsFiles = append(c.UserKnownHostsFiles, file)
		}
	}
	for _, file := range c.globalKnownHosts() {
		if !isNone(file) {
			c.GlobalKnownHostsFiles = append(c.GlobalKnownHostsFiles, file)
		}
	}
	c.HostKeyAlias = lower(ev.value("hostkeyalias"))
	c.StrictHostKeyChecking = StrictMode(yesNoAsk(ev.value("stricthostkeychecking")))
	c.CheckHostIP = ev.on("checkhostip")
	c.HashKnownHosts = ev.on("hashknownhosts")
	c.KnownHostsCommand = ev.unlessNoneText("knownhostscommand")
	c.UpdateHostKeys = YesNoAsk(yesNoAsk(ev.updateHostKeys()))
	c.VerifyHostKeyDNS = YesNoAsk(yesNoAsk(ev.value("verifyhostkeydns")))
	c.FingerprintHash = ev.value("fingerprinthash")
	c.VisualHostKey = ev.on("visualhostkey")
	c.NoHostAuthenticationForLocalhost = ev.on("nohostauthenticationforlocalhost")
	if file := ev.unlessNoneText("revokedhostkeys"); file != "" {
		c.RevokedHostKeys = ev.files(c, n, "revokedhostkeys", one(file))[0]
	}
}

// updateHostKeys is on by default while the user has left UserKnownHostsFile
// alone and does not trust the DNS.
func (ev *evaluator) updateHostKeys() string {
	switch s := ev.value("updatehostkeys"); {
	case s == "ask" && !ev.asks():
		return "false"
	case s != "":
		return s
	}
	files, set := ev.settings.get("userknownhostsfile")
	usual := !set || len(files) == 1 && files[0] == "~/.ssh/known_hosts"
	if usual && ev.value("verifyhostkeydns") == "false" {
		return "true"
	}
	return "false"
}

// asks: OpenSSH asks about new host keys in a session with a terminal and without
// a command, of a user who has not asked for silence.
func (ev *evaluator) asks() bool {
	quiet := slices.Contains([]string{"SILENT", "FATAL", "ERROR"}, ev.value("loglevel"))
	command := ev.query.Command != "" || ev.unlessNoneText("remotecommand") != ""
	return !quiet && !command && ev.value("requesttty") != "false"
}

func (ev *evaluator) fillDial(c *Config, n names) {
	c.AddressFamily = ev.family()
	c.BindAddress = ev.value("bindaddress")
	c.BindInterface = ev.value("bindinterface")
	c.ConnectTimeout = ev.seconds("connecttimeout")
	c.ConnectionAttempts = ev.int("connectionattempts")
	c.TCPKeepAlive = ev.on("tcpkeepalive")
	c.ServerAliveInterval = secondsOf(ev.serverAlive())
	c.ServerAliveCountMax = ev.int("serveralivecountmax")
	qos := ev.values("ipqos")
	c.IPQoSInteractive, _ = parseQoS(qos[0])
	c.IPQoSBulk, _ = parseQoS(qos[1])
	ev.fillProxy(c, n)
}

func (ev *evaluator) serverAlive() string {
	if s := ev.value("serveraliveinterval"); s != "" {
		return s
	}
	if ev.on("batchmode") {
		return "300" // Debian's
	}
	return "0"
}

func (ev *evaluator) fillProxy(c *Config, n names) {
	command, jump := ev.unlessNoneText("proxycommand"), ev.unlessNoneText("proxyjump")
	c.ProxyUseFdpass = ev.on("proxyusefdpass")
	c.CheckHostIP = c.CheckHostIP && command == "" && jump == ""
	switch {
	case jump != "":
		ev.fillJumps(c, n, jump)
	case command != "" && c.ProxyUseFdpass:
		c.unusable(ev.settings.values["proxyusefdpass"].at,
			fmt.Errorf("ProxyUseFdpass is not possible in gmosh: let the ProxyCommand carry the data itself"))
	case command != "":
		text, err := n.expand(command, tokensProxy, nil)
		if err != nil {
			c.unusable(ev.settings.values["proxycommand"].at, fmt.Errorf("ProxyCommand %s: %w", command, err))
		}
		c.ProxyCommand = text
	}
}

func (ev *evaluator) fillJumps(c *Config, n names, jump string) {
	at := ev.settings.values["proxyjump"].at
	text, err := n.expand(jump, tokensProxy, nil)
	if err != nil {
		c.unusable(at, fmt.Errorf("ProxyJump %s: %w", jump, err))
		return
	}
	jumps, _, ok := parseJumps(ev.env, text)
	if !ok {
		c.unusable(at, fmt.Errorf("invalid ProxyJump %q", text))
		return
	}
	if j := jumps[0]; len(jumps) == 1 && j.Host == c.Alias &&
		(j.Port == 0 || j.Port == c.Port) && (j.User == "" || j.User == c.User) {
		c.unusable(at, fmt.Errorf("ProxyJump %s goes round in a circle: it names the host itself", text))
	}
	c.ProxyJump = jumps
}

func (ev *evaluator) fillAlgorithms(c *Config) {
	for name, list := range map[string]*Algorithms{
		"kexalgorithms":               &c.KexAlgorithms,
		"ciphers":                     &c.Ciphers,
		"macs":                        &c.MACs,
		"hostkeyalgorithms":           &c.HostKeyAlgorithms,
		"pubkeyacceptedalgorithms":    &c.PubkeyAcceptedAlgorithms,
		"casignaturealgorithms":       &c.CASignatureAlgorithms,
		"hostbasedacceptedalgorithms": &c.HostbasedAcceptedAlgorithms,
	} {
		*list = Algorithms(ev.value(name))
	}
	c.Compression = ev.on("compression")
	if limit, set := ev.settings.get("rekeylimit"); set {
		c.RekeyLimit.Bytes, _ = strconv.ParseUint(limit[0], 10, 64)
		c.RekeyLimit.Interval = secondsOf(limit[1])
	}
}

func (ev *evaluator) fillSession(c *Config, n names) {
	c.SendEnv = slices.Clone(ev.values("sendenv"))
	for _, setting := range ev.values("setenv") {
		name, value, _ := strings.Cut(setting, "=")
		c.SetEnv = append(c.SetEnv, EnvVar{Name: name, Value: ev.template(value, n, tokensCommon)})
	}
	if command := c.expanded["remotecommand"]; command != nil && !isNone(command[0]) {
		c.RemoteCommand = command[0]
	}
	c.RequestTTY = TTYMode(yesNoAsk(ev.value("requesttty")))
	c.SessionType = ev.value("sessiontype")
	c.EscapeChar = ev.value("escapechar")
	c.LogLevel = LogLevel(ev.value("loglevel"))
	if c.LogLevel == "SILENT" {
		c.LogLevel = "QUIET"
	}
}
