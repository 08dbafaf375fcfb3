package bootstrap

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/sshconf"
)

// verifier checks a host's key as its configuration says.
func (d *dialer) verifier(ctx context.Context, host *sshconf.Config, g *guard) *hostkey.Verifier {
	store, err := hostkey.Load(slices.Concat(host.UserKnownHostsFiles, host.GlobalKnownHostsFiles)...)
	if err != nil {
		d.UI.Tell(KnownHostsUnread{err})
	}
	store.Signatures = host.CASignatureAlgorithms.Over(authorities, append(slices.Clip(authorities), ssh.KeyAlgoRSA))
	v := &hostkey.Verifier{
		Host: host.HostName, Port: host.Port, Store: store, Hash: host.HashKnownHosts,
		Policy: hostkey.ParsePolicy(string(host.StrictHostKeyChecking)), Now: d.Now,
		CheckIP: host.CheckHostIP, Localhost: host.NoHostAuthenticationForLocalhost && direct(host), Revoked: host.RevokedHostKeys,
		Command: knownHostsCommand(ctx, host), Fingerprint: hostkey.Fingerprint(host.FingerprintHash),
		Ask: func(q hostkey.Question) (bool, error) {
			g.pause()
			return d.UI.HostKey(q)
		},
		Added:   func(q hostkey.Question, file string, err error) { d.UI.Tell(KeyAdded{q, file, err}) },
		Ignored: func(err error) { d.UI.Tell(KeyIgnored{err}) },
	}
	if host.HostKeyAlias != "" {
		v.Host, v.Port = host.HostKeyAlias, 0 // an alias has no port
		v.CheckIP, v.Localhost = false, false // nor an address
	}
	if len(host.UserKnownHostsFiles) > 0 {
		v.File = host.UserKnownHostsFiles[0]
	}
	if host.BatchMode && v.Policy == hostkey.Ask {
		v.Policy = hostkey.Yes // nobody may be asked
	}
	return v
}

// direct reports that nothing stands between us and the host: its address is that
// of our connection.
func direct(host *sshconf.Config) bool { return len(host.ProxyJump) == 0 && host.ProxyCommand == "" }

// hostKeyAlgorithms are those that suit the keys we know, as the configuration
// changes or replaces them, as far as we can check them.
func hostKeyAlgorithms(host *sshconf.Config, keys *hostkey.Verifier) ([]string, error) {
	suited, err := keys.Algorithms()
	if err != nil || host.HostKeyAlgorithms == "" {
		return suited, err
	}
	ours := slices.Concat(ssh.SupportedAlgorithms().HostKeys, ssh.InsecureAlgorithms().HostKeys)
	wanted := host.HostKeyAlgorithms.Over(suited, ours)
	var algorithms []string
	for _, a := range wanted {
		if slices.Contains(ours, a) {
			algorithms = append(algorithms, a)
		}
	}
	if algorithms == nil {
		return wanted, nil // none: let the negotiation fail, and say so
	}
	return algorithms, nil
}

// authorities are the algorithms by which a host's certificate may be signed if
// CASignatureAlgorithms says nothing: OpenSSH's.
var authorities = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// configured is a list of the configuration over what the library has and does not
// call insecure. Its own defaults still hold key exchanges and MACs of the latter.
func configured(list sshconf.Algorithms, supported, insecure []string) []string {
	return list.Over(supported, slices.Concat(supported, insecure))
}

// authentication prepares the login; done is to be called after it.
func (d *dialer) authentication(host *sshconf.Config, g *guard, keys *hostkey.Verifier) (login *sshauth.Login, done func()) {
	opts := sshauth.Options{
		Config:    host,
		Prompter:  paced{d.UI, g},
		Untrusted: func() bool { return keys.Untrusted },
		Lost:      g.lost,
		Detail:    d.detail,
		Now:       d.Now,
	}
	done = func() {}
	if agent := d.agent(host); agent != nil {
		opts.Agent = agent
		done = func() { _ = agent.Close() }
	}
	return sshauth.New(opts), done
}

// agent connects to the agent that the configuration or the environment names; nil
// if there is none. One that is named and not there is no reason to stop.
func (d *dialer) agent(host *sshconf.Config) *sshauth.Agent {
	socket := host.IdentityAgent.Socket
	if socket == "" {
		socket = d.Agent
	}
	if host.IdentityAgent.Off || !host.PubkeyAuthentication {
		return nil
	}
	agent, err := sshauth.DialAgent(socket)
	if err != nil {
		d.detail("agent: %v", err)
		return nil
	}
	return agent
}

// paced asks the user without the server's time running.
type paced struct {
	sshauth.Prompter
	guard *guard
}

func (p paced) Passphrase(file string, attempt int) (string, error) {
	defer p.untilAnswered()()
	return p.Prompter.Passphrase(file, attempt)
}

func (p paced) Password(user, host string, attempt int) (string, error) {
	defer p.untilAnswered()()
	return p.Prompter.Password(user, host, attempt)
}

func (p paced) AddKey(file string, key ssh.PublicKey) (bool, error) {
	defer p.untilAnswered()()
	return p.Prompter.AddKey(file, key)
}

func (p paced) Answer(c sshauth.Challenge) (string, error) {
	defer p.untilAnswered()()
	return p.Prompter.Answer(c)
}

func (p paced) untilAnswered() func() {
	p.guard.pause()
	return func() { p.guard.expect(loginLimit) }
}

// environment is what SetEnv and SendEnv ask to pass on. A pattern that begins
// with - takes back what stood before it.
func environment(host *sshconf.Config, environ []string) []launch.Env {
	var env []launch.Env
	for _, set := range host.SetEnv {
		env = append(env, launch.Env{Name: set.Name, Value: set.Value})
	}
	for _, variable := range environ {
		name, value, ok := strings.Cut(variable, "=")
		set := slices.ContainsFunc(env, func(e launch.Env) bool { return e.Name == name })
		if ok && !set && host.Sends(name) {
			env = append(env, launch.Env{Name: name, Value: value})
		}
	}
	return env
}
