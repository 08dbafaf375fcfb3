package sshauth

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"gmosh/sshconf"
)

// The methods of RFC 4252 and 4256 that we have.
const (
	methodKey      = "publickey"
	methodAnswers  = "keyboard-interactive"
	methodPassword = "password"
)

// order is OpenSSH's order of preference, as far as we can follow it.
var order = []string{methodKey, methodAnswers, methodPassword}

// Prompter asks the user. Every function blocks until there is an answer; an
// error ends the login (the user pressed Ctrl-C, there is no terminal).
type Prompter interface {
	// Passphrase asks for the passphrase of a private key file; attempt counts
	// from 1, and a later one means that the last answer was wrong. An empty
	// answer means: leave this key.
	Passphrase(file string, attempt int) (string, error)
	// Password asks for the password of an account; attempt as above.
	Password(user, host string, attempt int) (string, error)
	// Answer asks one question of the server's (RFC 4256). All its strings come
	// from the server.
	Answer(Challenge) (string, error)
	// AddKey asks whether a private key that was just read may be given to the agent
	// (AddKeysToAgent ask).
	AddKey(file string, key ssh.PublicKey) (bool, error)
}

// Challenge is one question of keyboard-interactive authentication.
type Challenge struct {
	User, Host  string
	Name        string // of the whole request, often empty; only with its first question
	Instruction string // likewise
	Question    string
	Echo        bool // the answer may be shown while it is typed
	Attempt     int
}

// Options are what one login may use. Config and Prompter must be set.
type Options struct {
	Config   *sshconf.Config
	Agent    agent.Agent // nil: none
	Prompter Prompter
	// Untrusted reports that the host key was let through although it is not the
	// known one: no password or answer is sent then. May be nil.
	Untrusted func() bool
	// Lost returns why the connection is gone, or nil. It is asked before every
	// attempt, so that nobody types a password into a dead connection. May be nil.
	Lost func() error
	// Now is for the dates of certificates; nil: they are not looked at.
	Now func() time.Time
	// Detail is told the steps, for -v. May be nil.
	Detail func(format string, args ...any)
}

// Login is one authentication in progress.
type Login struct {
	opts Options

	keys    []candidate // nil until the server first asks for a key
	nextKey int
	partial int // how many partial successes the attempts so far have taken in

	passwords int // attempts begun
	rounds    int // keyboard-interactive attempts begun
	asked     int // of them, those in which the server asked something

	report Report
	abort  error // the user gave up: nothing else is tried
}

// Report is what was tried, for whoever explains a failure.
type Report struct {
	Offered   []string // the methods the server named first
	Remaining []string // the methods it named last
	Partial   []string // methods that succeeded and were not enough
	Keys      []string // keys that were offered, as "kind fingerprint (where from)"
	Skipped   []Skip   // keys that could not be offered
	Passwords int      // how often a password was sent
	Answers   int      // how often answers were sent
	Untrusted bool     // passwords were withheld because of the host key
	Batch     bool     // nothing could be asked (BatchMode)
	// Unable are the methods that the configuration asks for, the server offers and
	// nobody here can do.
	Unable []string
}

// Skip is a key file or agent that was left out.
type Skip struct {
	File string // the key file, or the agent's socket
	Err  error
}

// FailedError says that the server did not let the user in.
type FailedError struct {
	Report
	Cause error // what the SSH library says
}

func (e *FailedError) Error() string { return fmt.Sprintf("authentication failed: %v", e.Cause) }

// Unwrap returns the cause.
func (e *FailedError) Unwrap() error { return e.Cause }

// ErrUnprotected says that others may read a private key, so it is not used.
var ErrUnprotected = errors.New("other users can read this private key")

// New begins a login.
func New(opts Options) *Login {
	l := &Login{opts: opts}
	l.report.Batch = opts.Config.BatchMode
	return l
}

// Next is an ssh.ClientAuthCallback: the attempt to make now, nil when nothing is
// left to try.
func (l *Login) Next(ctx *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	if l.abort != nil {
		return nil, l.abort
	}
	if l.opts.Lost != nil {
		if err := l.opts.Lost(); err != nil {
			return nil, err
		}
	}
	if l.report.Offered == nil {
		l.report.Offered = slices.Clone(ctx.AllowedMethods)
		l.report.Unable = l.unable()
		l.detail("the server takes: %s", strings.Join(ctx.AllowedMethods, ", "))
	}
	l.report.Remaining = slices.Clone(ctx.AllowedMethods)
	if n := len(ctx.PartialSuccessMethods); n > l.partial {
		// One factor is done; the next may be any method again, as in OpenSSH.
		l.partial, l.nextKey, l.passwords, l.rounds = n, 0, 0, 0
		l.report.Partial = slices.Clone(ctx.PartialSuccessMethods)
		l.detail("taken, and not enough: %s; now: %s", strings.Join(l.report.Partial, ", "), strings.Join(ctx.AllowedMethods, ", "))
	}
	for _, method := range l.methods() {
		if !slices.Contains(ctx.AllowedMethods, method) {
			continue
		}
		if attempt := l.attempt(method); attempt != nil {
			return attempt, nil
		}
	}
	return nil, nil
}

func (l *Login) unable() []string {
	c := l.opts.Config
	wanted := map[string]bool{"gssapi-with-mic": c.GSSAPIAuthentication, "hostbased": c.HostbasedAuthentication}
	return slices.DeleteFunc(slices.Clone(l.report.Offered), func(method string) bool { return !wanted[method] })
}

// Fail turns the error of a handshake into a *FailedError if authentication had
// begun; otherwise it returns it as it is. The user's own refusal comes back
// unwrapped.
func (l *Login) Fail(err error) error {
	if err == nil || !l.Begun() {
		return err
	}
	if l.abort != nil {
		return l.abort
	}
	return &FailedError{Report: l.report, Cause: err}
}

// Begun reports that the server has named its methods.
func (l *Login) Begun() bool { return l.report.Offered != nil }

// Report returns what has been tried so far.
func (l *Login) Report() Report { return l.report }

// methods are ours in the order the configuration wants.
func (l *Login) methods() []string {
	if preferred := l.opts.Config.PreferredAuthentications; len(preferred) > 0 {
		return preferred
	}
	return order
}

// attempt returns the next attempt of a method, nil if it is used up, switched
// off or not ours.
func (l *Login) attempt(method string) ssh.AuthMethod {
	c := l.opts.Config
	switch {
	case method == methodKey && c.PubkeyAuthentication:
		return l.key()
	case method == methodAnswers && c.KbdInteractiveAuthentication && l.mayAsk():
		return l.answers()
	case method == methodPassword && c.PasswordAuthentication && l.mayAsk():
		return l.password()
	}
	return nil
}

// mayAsk reports whether a secret may be asked for and sent.
func (l *Login) mayAsk() bool {
	if l.opts.Untrusted != nil && l.opts.Untrusted() {
		l.report.Untrusted = true
		return false
	}
	return !l.report.Batch
}

// key returns an attempt with the next key. One key per attempt: the library
// would otherwise go through all of them without asking us.
func (l *Login) key() ssh.AuthMethod {
	if l.keys == nil {
		l.keys, l.report.Skipped = l.candidates()
	}
	for l.nextKey < len(l.keys) {
		key := l.keys[l.nextKey]
		l.nextKey++
		signer, err := key.open()
		if err == nil {
			signer, err = l.allowed(signer)
		}
		if err != nil {
			l.skip(key.where, err)
			if l.abort != nil {
				return nil
			}
			continue
		}
		text := fmt.Sprintf("%s %s (%s%s)", signer.PublicKey().Type(), ssh.FingerprintSHA256(signer.PublicKey()), key.where, l.outdated(key.public))
		l.detail("offering the key %s", text)
		l.report.Keys = append(l.report.Keys, text)
		return ssh.PublicKeys(signer)
	}
	return nil
}

// outdated says of a certificate, in brackets to come, that it is not valid now. It
// is offered all the same, as OpenSSH does: our clock may be the wrong one.
func (l *Login) outdated(key ssh.PublicKey) string {
	cert, ok := key.(*ssh.Certificate)
	if !ok || l.opts.Now == nil {
		return ""
	}
	switch now := uint64(l.opts.Now().Unix()); {
	case now < cert.ValidAfter:
		return fmt.Sprintf(", a certificate that is valid from %s on", dateOf(cert.ValidAfter))
	case now >= cert.ValidBefore && cert.ValidBefore != ssh.CertTimeInfinity:
		return fmt.Sprintf(", a certificate that expired on %s", dateOf(cert.ValidBefore))
	}
	return ""
}

func dateOf(seconds uint64) string {
	return time.Unix(int64(min(seconds, math.MaxInt64)), 0).Format(time.DateOnly)
}

// detail tells a step.
func (l *Login) detail(format string, args ...any) {
	if l.opts.Detail != nil {
		l.opts.Detail(format, args...)
	}
}

func (l *Login) skip(file string, err error) {
	l.detail("left out %s: %v", file, err)
	if !errors.Is(err, errDeclined) {
		l.report.Skipped = append(l.report.Skipped, Skip{File: file, Err: err})
	}
}

// password returns an attempt that asks for the password.
func (l *Login) password() ssh.AuthMethod {
	if l.passwords >= l.tries() {
		return nil
	}
	l.passwords++
	return ssh.PasswordCallback(func() (string, error) {
		password, err := l.opts.Prompter.Password(l.opts.Config.User, l.opts.Config.HostName, l.passwords)
		if err != nil {
			return "", l.give(err)
		}
		l.report.Passwords++
		return password, nil
	})
}

// answers returns an attempt that asks what the server asks. A server that offers
// the method and then asks nothing is not tried again.
func (l *Login) answers() ssh.AuthMethod {
	if l.rounds >= l.tries() || l.rounds > l.asked {
		return nil
	}
	l.rounds++
	counted := false
	return ssh.KeyboardInteractive(func(name, instruction string, questions []string, echos []bool) ([]string, error) {
		if len(questions) > 0 && !counted {
			counted = true
			l.asked++
			l.report.Answers++
		}
		return l.challenge(name, instruction, questions, echos)
	})
}

func (l *Login) challenge(name, instruction string, questions []string, echos []bool) ([]string, error) {
	answers := make([]string, 0, len(questions))
	for i, question := range questions {
		c := Challenge{
			User: l.opts.Config.User, Host: l.opts.Config.HostName,
			Question: question, Echo: echos[i], Attempt: l.rounds,
		}
		if i == 0 {
			c.Name, c.Instruction = name, instruction
		}
		answer, err := l.opts.Prompter.Answer(c)
		if err != nil {
			return nil, l.give(err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// give notes that the user gave up, and hands the reason on.
func (l *Login) give(err error) error {
	l.abort = err
	return err
}

func (l *Login) tries() int { return max(l.opts.Config.NumberOfPasswordPrompts, 1) }

// Lacking returns the methods that the server offered and nobody here can do.
func (r Report) Lacking() []string {
	var lacking []string
	for _, m := range r.Offered {
		if !slices.Contains(order, m) {
			lacking = append(lacking, m)
		}
	}
	return lacking
}

// Disconnected returns the server's own words if it hung up with a message, as it
// does after too many attempts; "" otherwise.
func (e *FailedError) Disconnected() string {
	// x/crypto does not export the type of this error.
	_, text, found := strings.Cut(e.Cause.Error(), "ssh: disconnect, reason ")
	if !found {
		return ""
	}
	_, text, _ = strings.Cut(text, ": ")
	if words, err := strconv.Unquote(text); err == nil {
		return words
	}
	return text
}
