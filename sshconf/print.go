package sshconf

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Print writes the configuration as `ssh -G` of OpenSSH 9.2 (Debian 12) does, one
// "keyword value" a line, in its order. Algorithm lists that were not set, or
// only changed, are shown over that release's defaults: what the libraries here
// can offer is another matter. Keywords that came after 9.2 are shown if set.
func (c *Config) Print(w io.Writer) error {
	_, err := w.Write(c.print(printed))
	return err
}

func (c *Config) print(r *release) []byte {
	p := &printer{Config: c, release: r}
	p.line("host", c.Alias)
	p.line("user", c.ev.remoteUser())
	p.line("hostname", c.HostName)
	p.line("port", fmt.Sprint(c.Port))
	for i := range keywords {
		k := &keywords[i]
		if k.show == nil {
			plain(p, k)
		} else {
			k.show(p, k)
		}
	}
	return p.Bytes()
}

type printer struct {
	*Config
	*release
	bytes.Buffer
}

func (p *printer) line(name string, words ...string) {
	p.WriteString(name + " " + strings.Join(words, " ") + "\n")
}

// words are a keyword's values as they are shown: expanded if it is one that
// OpenSSH has expanded by then.
func (p *printer) words(k *keyword) []string {
	if words, ok := p.expanded[k.name()]; ok {
		return words
	}
	return p.ev.values(k.name())
}

// shower prints a keyword.
type shower func(p *printer, k *keyword)

func hidden(*printer, *keyword) {}

// plain prints all values on one line, if there are any.
func plain(p *printer, k *keyword) {
	if words := p.words(k); len(words) > 0 {
		p.line(k.name(), words...)
	}
}

// each prints one line per value.
func each(p *printer, k *keyword) {
	for _, word := range p.words(k) {
		p.line(k.name(), word)
	}
}

func unlessNone(p *printer, k *keyword) {
	if words := p.words(k); len(words) > 0 && !isNone(words[0]) {
		p.line(k.name(), words...)
	}
}

func firstOnly(p *printer, k *keyword) { p.line(k.name(), p.words(k)[0]) }

func lowered(p *printer, k *keyword) {
	if words := p.words(k); len(words) > 0 {
		p.line(k.name(), lower(words[0]))
	}
}

// fdpass is off with ProxyJump, which OpenSSH makes a ProxyCommand of its own for.
func fdpass(p *printer, k *keyword) {
	if p.ev.settings.first("proxyjump") != noJump {
		p.line(k.name(), "no")
		return
	}
	plain(p, k)
}

// tunnel counts as a forwarding.
func tunnel(p *printer, k *keyword) {
	if p.ev.on("clearallforwardings") {
		p.line(k.name(), "false")
		return
	}
	plain(p, k)
}

func updateHostKeys(p *printer, k *keyword) { p.line(k.name(), p.ev.updateHostKeys()) }

func serverAlive(p *printer, k *keyword) { p.line(k.name(), p.ev.serverAlive()) }

func jumpLine(p *printer, k *keyword) {
	if text := p.ev.settings.first(k.name()); text != noJump {
		p.line(k.name(), text)
	}
}

// permittedCNAMEsLine: this one OpenSSH prints with a capital in the middle.
func permittedCNAMEsLine(p *printer, k *keyword) {
	p.line("canonicalizePermittedcnames", p.words(k)...)
}

func xauthLocation(p *printer, k *keyword) {
	p.line(k.name(), slices.Concat(p.words(k), one(p.ev.env.Places().XAuth))[0])
}

func identityFiles(p *printer, k *keyword) {
	words, set := p.ev.settings.get(k.name())
	if !set {
		words = p.identityFiles
	}
	for _, word := range words {
		p.line(k.name(), word)
	}
}

func (c *Config) globalKnownHosts() []string {
	if words, set := c.ev.settings.get("globalknownhostsfile"); set {
		return words
	}
	folder := c.ev.env.Places().SystemFolder
	return []string{folder + "/ssh_known_hosts", folder + "/ssh_known_hosts2"}
}

func (c *Config) userKnownHosts() []string {
	if words, set := c.expanded["userknownhostsfile"]; set {
		return words
	}
	folder := strings.TrimSuffix(c.ev.user.Home, "/") + "/.ssh"
	return []string{folder + "/known_hosts", folder + "/known_hosts2"}
}

func globalKnownHosts(p *printer, k *keyword) { p.line(k.name(), p.globalKnownHosts()...) }

func userKnownHosts(p *printer, k *keyword) { p.line(k.name(), p.userKnownHosts()...) }

// algorithmsLine prints what a list comes to over the release's defaults.
func algorithmsLine(kind *algorithmKind) shower {
	return func(p *printer, k *keyword) {
		list := Algorithms(p.ev.settings.first(k.name()))
		p.line(k.name(), strings.Join(list.Over(p.algorithms[k.name()], kind.known), ","))
	}
}

func gssAlgorithmsLine(p *printer, k *keyword) {
	list := p.ev.settings.first(k.name())
	if list == "" {
		list = strings.Join(p.algorithms[k.name()], ",")
	}
	p.line(k.name(), list)
}

func rekey(p *printer, k *keyword) {
	limit := []string{"0", ""}
	if words, set := p.ev.settings.get(k.name()); set {
		limit = words
	}
	if limit[1] == "" {
		limit = []string{limit[0], "0"}
	}
	p.line(k.name(), limit...)
}

// The forwards as OpenSSH lists them: what has no host to connect to counts as
// dynamic, so that a forward to a socket is shown twice.

func dynamicForwards(p *printer, k *keyword) {
	for _, f := range p.forwards(p.ev.settings.locals) {
		if f.connectHost == socks || f.connectHost == "" && f.connectPath != "" {
			p.line(k.name(), f.listen())
		}
	}
}

func localForwards(p *printer, k *keyword) {
	for _, f := range p.forwards(p.ev.settings.locals) {
		if f.connectHost != socks {
			p.line(k.name(), f.listen(), f.connect())
		}
	}
}

func remoteForwards(p *printer, k *keyword) {
	for _, f := range p.forwards(p.ev.settings.remotes) {
		p.line(k.name(), f.listen(), f.connect())
	}
}

func (p *printer) forwards(list []forward) []forward {
	if p.ev.on("clearallforwardings") {
		return nil
	}
	return list
}
