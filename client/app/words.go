package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap"
	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/bootstrap/sshdial"
	"gmosh/bootstrap/upload"
	"gmosh/protocol/sanitize"
)

// statusFailed is the exit status of a session that did not come about, as of the
// mosh launcher and of ssh.
const statusFailed = 255

// situation is what an explanation may refer to.
type situation struct {
	name string // of the program
	host string // as it was typed, without user
	user string // by which the login is tried
	options
	builds *upload.Options // nil: nothing can be put there
	dialed string          // the name that was looked up for the server; empty: none was here

	fingerprint func(ssh.PublicKey) string // FingerprintHash; nil before there is a configuration
}

// try is a command to type: the program with options in front of the host.
func (s situation) try(opts string) string {
	return "  " + strings.Join(strings.Fields(s.name+" "+opts+" "+shown(s.Destination)), " ")
}

// asUser is the same with a user to be named.
func (s situation) asUser() string { return "  " + s.name + " USER@" + shown(s.host) }

// explanations are asked in turn what they make of an error.
var explanations = []func(error, situation) (text string, ok bool){
	explainConsole, explainConfig, explainDial, explainHostKey, explainShortKey, explainLogin, explainAlgorithms, explainRefused, explainHandshake,
	explainSilent, explainLaunch, explainAddress, explainProgram,
}

// defaults fills in what is not known before there is a configuration.
func (s situation) defaults() situation {
	if s.fingerprint == nil {
		s.fingerprint = ssh.FingerprintSHA256
	}
	return s
}

// explain says why a session did not come about: what was seen, the likely cause,
// what to type next. It is empty if there is nothing to say; status is the exit
// status.
func explain(err error, s situation) (text string, status int) {
	s = s.defaults()
	if i, ok := errors.AsType[interrupted](err); ok {
		return "", i.status()
	}
	if jump, ok := errors.AsType[*bootstrap.JumpError](err); ok {
		s.host, s.Destination = jump.Host, jump.Host
		text, status = explain(jump.Err, s)
		return fmt.Sprintf("the way by jump host %s is barred: %s", shown(jump.Host), text), status
	}
	for _, e := range explanations {
		if text, ok := e(err, s); ok {
			return text, statusFailed
		}
	}
	return shown(err.Error()) + ".", statusFailed
}

// status is the shell's for a program that a signal has ended.
func (i interrupted) status() int {
	if number, ok := i.signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return statusFailed
}

// shown makes text of whatever origin fit to be printed.
func shown(text string) string { return sanitize.Line(text, sanitize.DefaultLimit) }

func explainConsole(err error, s situation) (string, bool) {
	switch {
	case errors.Is(err, errNoConsole):
		return "a question has to be asked, and there is no terminal to ask it on.\n" +
			"Put a key into an agent (ssh-add), run it in a terminal, or name a program that asks:\n" +
			"SSH_ASKPASS, with DISPLAY set or SSH_ASKPASS_REQUIRE=force.", true
	case err == io.EOF:
		return "no answer was given.", true
	}
	return "", false
}

func explainDial(err error, s situation) (string, bool) {
	dial, ok := errors.AsType[*sshdial.Error](err)
	if !ok {
		return "", false
	}
	text, ok := dialTexts[dial.Kind]
	if !ok {
		return fmt.Sprintf("connecting to %s failed: %s.", where(dial), shown(dial.Err.Error())), true
	}
	return text(dial, s), true
}

// where is the address that was tried.
func where(e *sshdial.Error) string {
	return fmt.Sprintf("%s port %d", tried(e.Host, e.Tried), e.Port)
}

// tried is a host with the addresses that were tried for it.
func tried(host string, addrs []netip.AddrPort) string {
	var texts []string
	for _, a := range addrs {
		if text := a.Addr().String(); text != host {
			texts = append(texts, text)
		}
	}
	if texts == nil {
		return shown(host)
	}
	return fmt.Sprintf("%s (%s)", shown(host), strings.Join(texts, ", "))
}

var dialTexts = map[sshdial.Kind]func(*sshdial.Error, situation) string{
	sshdial.UnknownHost: func(e *sshdial.Error, s situation) string {
		advice := "Check the spelling, or give it an address with HostName in ~/.ssh/config."
		if host, port, err := net.SplitHostPort(e.Host); err == nil && setSSHPort(new(options), port) == nil {
			s.Destination = s.Destination[:strings.LastIndex(s.Destination, "@")+1] + host
			advice = fmt.Sprintf("If %s is the port of its SSH server:\n%s", port, s.try("--ssh-port="+port))
		}
		return fmt.Sprintf("there is no host called %q: no name server knows the name.\n%s", shown(e.Host), advice)
	},
	sshdial.NoResolver: func(e *sshdial.Error, _ situation) string {
		return fmt.Sprintf("the name %q cannot be looked up: %s.\n"+
			"Check the network connection; a numeric address needs no name server.", shown(e.Host), shown(e.Err.Error()))
	},
	sshdial.WrongFamily: func(e *sshdial.Error, s situation) string {
		wanted := map[sshdial.Family]string{sshdial.Inet: "IPv4", sshdial.Inet6: "IPv6"}[e.Family]
		return fmt.Sprintf("%s has no %s address, and no other is allowed (--family=%s).\nLet it have any:\n%s",
			shown(e.Host), wanted, e.Family, s.try("--family=prefer-inet"))
	},
	sshdial.TwoFamilies: func(e *sshdial.Error, s situation) string {
		return fmt.Sprintf("%s has IPv4 and IPv6 addresses, and --family=auto is for hosts with one kind.\nChoose:\n%s",
			shown(e.Host), s.try("--family=prefer-inet"))
	},
	sshdial.Refused: func(e *sshdial.Error, s situation) string {
		return fmt.Sprintf("%s refused the connection: no SSH server listens there.\nIf it listens on another port:\n%s",
			where(e), s.try("--ssh-port=PORT"))
	},
	sshdial.TimedOut: func(e *sshdial.Error, s situation) string {
		return fmt.Sprintf("%s did not answer: it is down, or a firewall drops what comes.\nIf SSH has another port there:\n%s",
			where(e), s.try("--ssh-port=PORT"))
	},
	sshdial.NoSource: explainSource,
	sshdial.Unreachable: func(e *sshdial.Error, s situation) string {
		text := fmt.Sprintf("there is no way to %s from here: %s.\nCheck the network connection", where(e), shown(rootOf(e.Err)))
		if e.Family == "" || e.Family == sshdial.Inet6 {
			return text + ", or try IPv4 only:\n" + s.try("-4")
		}
		return text + "."
	},
}

// explainSource is about BindAddress and BindInterface.
func explainSource(e *sshdial.Error, _ situation) string {
	return fmt.Sprintf("%s cannot be connected to from where BindAddress or BindInterface say: %s.\n"+
		"`ip addr` lists the addresses and interfaces of this machine.", where(e), shown(rootOf(e.Err)))
}

// rootOf is the text of the innermost error.
func rootOf(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

func explainHostKey(err error, s situation) (string, bool) {
	if errors.Is(err, hostkey.ErrDeclined) {
		return "host key verification failed: the key was not accepted.", true
	}
	if unknown, ok := errors.AsType[*hostkey.UnknownError](err); ok {
		return fmt.Sprintf("the host key of %s is not known, and StrictHostKeyChecking does not let it be asked about.\n"+
			"Its %s key is %s. If that is right:\n%s",
			shown(unknown.Name), hostkey.TypeName(unknown.Key), s.fingerprint(unknown.Key),
			s.try("-oStrictHostKeyChecking=ask")), true
	}
	if text := wrongKey(err, s.fingerprint); text != "" {
		return text + ".", true
	}
	return "", false
}

func explainShortKey(err error, s situation) (string, bool) {
	if !errors.Is(err, sshauth.ErrShortRSA) {
		return "", false
	}
	return fmt.Sprintf("the host key of %s is not safe: %s.\nIf there is no other way:\n%s",
		shown(s.host), shown(err.Error()), s.try("-oRequiredRSASize=1024")), true
}

// wrongKey says what is wrong with a host key that is not merely unknown; without
// a full stop.
func wrongKey(err error, fingerprint func(ssh.PublicKey) string) string {
	if changed, ok := errors.AsType[*hostkey.ChangedError](err); ok {
		known := changed.Known[0]
		return fmt.Sprintf(`
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Somebody may be listening in (a man-in-the-middle attack), or %s has a new host key.
It shows the %s key %s,
and another one is known for it: %s:%d.
If you know of the change, delete that line and try again:
  ssh-keygen -f %s -R %s
host key verification failed`, shown(changed.Name), hostkey.TypeName(changed.Key), fingerprint(changed.Key),
			shown(known.File), known.Line, launch.Quote(shown(known.File)), launch.Quote(shown(changed.Name)))
	}
	if revoked, ok := errors.AsType[*hostkey.RevokedError](err); ok {
		return fmt.Sprintf("%s shows a host key that is revoked, so it may not be the host it says:\n"+
			"%s %s, by %s:%d.\nhost key verification failed", shown(revoked.Name), hostkey.TypeName(revoked.Key),
			fingerprint(revoked.Key), shown(revoked.Entry.File), revoked.Entry.Line)
	}
	if other, ok := errors.AsType[*hostkey.AddressError](err); ok {
		return fmt.Sprintf("%s shows the right host key, and its address %s is known by another one:\n%s:%d.\n"+
			"If the address now belongs to it, delete that line (CheckHostIP asks for this check).\nhost key verification failed",
			shown(other.Name), shown(other.Address), shown(other.Known.File), other.Known.Line)
	}
	if bad, ok := errors.AsType[*hostkey.CertificateError](err); ok {
		return fmt.Sprintf("the host certificate of %s is not valid: %s.\nhost key verification failed", shown(bad.Name), shown(bad.Reason))
	}
	return ""
}

func explainAlgorithms(err error, _ situation) (string, bool) {
	none, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err)
	if !ok {
		return "", false
	}
	return fmt.Sprintf("this program and the SSH server have no %s in common.\nIt has: %s\nWe have: %s\n"+
		"Perhaps OpenSSH gets on with it: --ssh=/usr/bin/ssh", shown(none.What),
		shown(strings.Join(none.RequestedAlgorithms, ", ")), shown(strings.Join(none.SupportedAlgorithms, ", "))), true
}

func explainRefused(err error, s situation) (string, bool) {
	if !errors.Is(err, launch.ErrRefused) {
		return "", false
	}
	text := fmt.Sprintf("%s lets you in and refuses to run a command for you", shown(s.host))
	if refused, ok := errors.AsType[*ssh.OpenChannelError](err); ok {
		text += fmt.Sprintf(" (%s)", shown(refused.Message))
	}
	return text + ".\nAn account that is only for files or for tunnels cannot have a session.", true
}

func explainHandshake(err error, s situation) (string, bool) {
	shake, ok := errors.AsType[*bootstrap.HandshakeError](err)
	if !ok {
		return "", false
	}
	at := fmt.Sprintf("%s port %d", shown(shake.Host), shake.Port)
	switch {
	case shake.Silent && !shake.Greeted:
		return fmt.Sprintf("%s takes connections and then says nothing.\n"+
			"It may be overloaded, or not be an SSH server; if SSH has another port there:\n%s", at, s.try("--ssh-port=PORT")), true
	case shake.Silent:
		return fmt.Sprintf("%s stopped answering during the login.", at), true
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprintf("%s hung up before the login.\n"+
			"It may limit connections for a while (MaxStartups, fail2ban) or bar this address.", at), true
	case shake.Greeted:
		return fmt.Sprintf("the connection to %s failed: %s.", at, shown(shake.Err.Error())), true
	}
	return fmt.Sprintf("what answers at %s does not speak SSH as we know it: %s.\nIf SSH has another port there:\n%s",
		at, shown(rootOf(shake.Err)), s.try("--ssh-port=PORT")), true
}

func explainAddress(err error, s situation) (string, bool) {
	if errors.Is(err, bootstrap.ErrNotNumeric) {
		return fmt.Sprintf("--local wants an address of this machine, and %q is none.\nFor example:\n  %s --local 127.0.0.1", shown(s.host), s.name), true
	}
	missing, ok := errors.AsType[*bootstrap.NoAddressError](err)
	if !ok {
		return "", false
	}
	if missing.Method == bootstrap.Told {
		return fmt.Sprintf("the server on %s runs, but its SSH does not say at which address it was reached (SSH_CONNECTION).\n"+
			"Use the address that the name has:\n%s", shown(s.host), s.try("--experimental-remote-ip=local")), true
	}
	return fmt.Sprintf("the server on %s runs, but at which address is not known: %q has none here.\n"+
		"Let the far side say it:\n%s", shown(s.host), shown(s.host), s.try("--experimental-remote-ip=remote")), true
}

func explainProgram(err error, s situation) (string, bool) {
	if s.SSH == nil || !errors.Is(err, exec.ErrNotFound) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return "", false
	}
	return fmt.Sprintf("%q of --ssh cannot be run: %s.", shown(s.SSH[0]), shown(rootOf(err))), true
}
