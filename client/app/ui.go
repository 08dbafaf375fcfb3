package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap"
	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/sshauth"
	"gmosh/protocol/sanitize"
)

// ui is bootstrap's person in front of the terminal: questions go to the console,
// events to stderr.
type ui struct {
	console
	listening *listener // to the terminal; nil: it is opened to ask
	name      string    // of the program, in front of its own lines
	stderr    io.Writer
	level     int  // of detail: how many -v
	quiet     bool // say nothing that is no question and no failure

	fingerprint func(ssh.PublicKey) string // FingerprintHash

	progress  *progress // of an upload
	situation situation
}

var _ bootstrap.UI = (*ui)(nil)

// ask asks on the console, by way of the keyboard if there is one. Whoever else had
// something to ask has done so.
func (u *ui) ask(prompt string, echo bool) (string, error) {
	if u.askpass != nil && u.askpass.first {
		return u.console.ask(prompt, echo)
	}
	if err := context.Cause(u.ctx); err != nil {
		return "", err
	}
	k := u.listening.begin()
	if k == nil {
		return u.console.ask(prompt, echo)
	}
	return k.ask(u.ctx, prompt, echo)
}

// Passphrase asks as OpenSSH asks.
func (u *ui) Passphrase(file string, attempt int) (string, error) {
	if attempt > 1 {
		u.say("that is not the passphrase of %s.", sanitize.Line(file, sanitize.DefaultLimit))
	}
	return u.ask(fmt.Sprintf("Enter passphrase for key '%s': ", sanitize.Line(file, sanitize.DefaultLimit)), false)
}

// Password asks as OpenSSH asks.
func (u *ui) Password(user, host string, attempt int) (string, error) {
	if attempt > 1 {
		fmt.Fprintln(u.stderr, "Permission denied, please try again.")
	}
	return u.ask(fmt.Sprintf("%s's password: ", account(user, host)), false)
}

// Answer asks what the server wants to know, and says that it is the server.
func (u *ui) Answer(c sshauth.Challenge) (string, error) {
	if c.Attempt > 1 && (c.Name != "" || c.Instruction != "" || c.Question != "") {
		fmt.Fprintln(u.stderr, "Permission denied, please try again.")
	}
	for _, text := range []string{c.Name, c.Instruction} {
		if text = sanitize.Text(text, sanitize.DefaultLimit); text != "" {
			fmt.Fprintln(u.stderr, text)
		}
	}
	return u.ask(fmt.Sprintf("(%s) %s ", account(c.User, c.Host), sanitize.Line(c.Question, sanitize.DefaultLimit)), c.Echo)
}

// AddKey asks OpenSSH's question of AddKeysToAgent ask.
func (u *ui) AddKey(file string, key ssh.PublicKey) (bool, error) {
	return u.confirm(fmt.Sprintf("Add key %s (%s) to agent? (yes/no) ",
		sanitize.Line(file, sanitize.DefaultLimit), u.fingerprint(key)))
}

// confirm asks until the answer is yes or no.
func (u *ui) confirm(prompt string) (bool, error) {
	for {
		answer, err := u.ask(prompt, true)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "yes", "y":
			return true, nil
		case "no", "n", "":
			return false, nil
		}
		prompt = "Please type 'yes' or 'no': "
	}
}

func account(user, host string) string {
	return sanitize.Line(user, sanitize.DefaultLimit) + "@" + sanitize.Line(host, sanitize.DefaultLimit)
}

// HostKey asks OpenSSH's question; the fingerprint, typed, is a yes too.
func (u *ui) HostKey(q hostkey.Question) (bool, error) {
	host := sanitize.Line(q.Name, sanitize.DefaultLimit)
	if q.Conflict != nil {
		return u.confirm(fmt.Sprintf("Warning: the %s host key for '%s' differs from the key for its address '%s'.\n"+
			"Offending key for the address in %s:%d\nAre you sure you want to continue connecting (yes/no)? ",
			hostkey.TypeName(q.Key), host, sanitize.Line(q.Address, sanitize.DefaultLimit), q.Conflict.File, q.Conflict.Line))
	}
	if q.Address != "" && q.Address != q.Name {
		host += " (" + q.Address + ")"
	}
	prompt := fmt.Sprintf("The authenticity of host '%s' can't be established.\n%s key fingerprint is %s.\n%s"+
		"Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
		host, hostkey.TypeName(q.Key), q.Fingerprint, otherNames(q.Others))
	for {
		answer, err := u.ask(prompt, true)
		if err != nil {
			return false, err
		}
		switch strings.TrimSpace(answer) {
		case "yes", q.Fingerprint:
			return true, nil
		case "no":
			return false, nil
		}
		prompt = "Please type 'yes', 'no' or the fingerprint: "
	}
}

// UpdateKeys asks OpenSSH's question of UpdateHostKeys ask.
func (u *ui) UpdateKeys(k bootstrap.NewHostKeys) (bool, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "The server has updated its host keys (%s).\n"+
		"These changes were verified by the server's existing trusted key.\n", sanitize.Line(k.Name, sanitize.DefaultLimit))
	for _, key := range k.New {
		fmt.Fprintf(&b, "Learned new hostkey: %s %s\n", hostkey.TypeName(key), k.Fingerprint(key))
	}
	for _, e := range k.Old {
		fmt.Fprintf(&b, "Deprecating obsolete hostkey: %s %s\n", hostkey.TypeName(e.Key), k.Fingerprint(e.Key))
	}
	return u.confirm(b.String() + "Accept updated hostkeys? (yes/no) ")
}

// maxNames is how many other names of a key are listed.
const maxNames = 5

func otherNames(others []hostkey.Entry) string {
	if len(others) == 0 {
		return "This key is not known by any other names.\n"
	}
	var b strings.Builder
	b.WriteString("This host key is known by the following other names/addresses:\n")
	for i, e := range others {
		if i == maxNames {
			fmt.Fprintf(&b, "    (%d additional names omitted)\n", len(others)-i)
			break
		}
		names := e.Hosts
		if strings.HasPrefix(names, "|") {
			names = "[hashed name]"
		}
		fmt.Fprintf(&b, "    %s:%d: %s\n", e.File, e.Line, sanitize.Line(names, 256))
	}
	return b.String()
}

// Tell prints an event; the types are bootstrap's.
func (u *ui) Tell(event any) {
	if event == (bootstrap.Reached{}) {
		u.listening.begin()
	}
	if u.quiet {
		return
	}
	switch e := event.(type) {
	case bootstrap.Line:
		fmt.Fprintln(u.stderr, e.Text)
	case bootstrap.Banner:
		if text := sanitize.Text(e.Text, maxBanner); text != "" {
			fmt.Fprintln(u.stderr, text)
		}
	case bootstrap.KeyAdded:
		u.keyAdded(e)
	case bootstrap.KeysUpdated:
		u.keysUpdated(e)
	case bootstrap.KeyIgnored:
		u.say("%s. StrictHostKeyChecking is off, so the login goes on, without passwords.", wrongKey(e.Err, u.fingerprint))
	case bootstrap.KnownHostsUnread:
		u.say("host keys cannot be looked up everywhere: %v", e.Err)
	case bootstrap.Uploading:
		u.progress.tell(e)
	case bootstrap.NotPacked:
		u.say("gmosh cannot be put there: %s.", shown(e.Err.Error()))
	case bootstrap.Instead:
		if text := instead(e, u.situation); text != "" {
			u.say("%s", text)
		}
	case bootstrap.Doubtful:
		u.say("%s", doubtful(e, u.situation))
	case bootstrap.Slow:
		u.say("still waiting for the server to start (Ctrl-C stops waiting).")
	case bootstrap.Detail:
		if u.level >= max(e.Level, 1) {
			u.say("%s", sanitize.Line(e.Text, sanitize.DefaultLimit))
		}
	}
}

// maxBanner bounds an SSH server's banner, in bytes.
const maxBanner = 16 << 10

func (u *ui) keyAdded(e bootstrap.KeyAdded) {
	if e.Err != nil {
		u.say("the host key could not be added to %s: %v", e.File, e.Err)
		return
	}
	fmt.Fprintf(u.stderr, "Warning: Permanently added '%s' (%s) to the list of known hosts.\n",
		sanitize.Line(e.Name, sanitize.DefaultLimit), hostkey.TypeName(e.Key))
}

func (u *ui) keysUpdated(e bootstrap.KeysUpdated) {
	switch {
	case e.Err != nil:
		u.say("the new host keys could not be written to %s: %v", e.File, e.Err)
	case u.level > 0:
		u.say("host keys of %s in %s: %d new, %d gone", sanitize.Line(e.Name, sanitize.DefaultLimit), e.File, len(e.New), len(e.Old))
	}
}

// say prints a line of our own.
func (u *ui) say(format string, args ...any) {
	fmt.Fprintf(u.stderr, u.name+": "+format+"\n", args...)
}
