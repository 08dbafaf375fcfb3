package bootstrap

import (
	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/sshconf"
)

// hostKeysRequest is what an OpenSSH server sends after the login: all its host
// keys (PROTOCOL, section 2.5).
const hostKeysRequest = "hostkeys-00@openssh.com"

// maxOffered bounds how many keys of a server are looked at.
const maxOffered = 64

// NewHostKeys is what UpdateHostKeys would change, for the question about it.
type NewHostKeys struct {
	hostkey.Update
	Fingerprint func(ssh.PublicKey) string
}

// updater is UpdateHostKeys for one connection. The proof costs a round trip, which
// nobody waits for, unless the user is to be asked.
type updater struct {
	conn ssh.Conn
	keys *hostkey.Verifier
	mode sshconf.YesNoAsk
	// asks hands over what the user is to be asked about; it takes one.
	asks chan<- pendingUpdate
}

// pendingUpdate is an update and the connection that can prove it.
type pendingUpdate struct {
	hostkey.Update
	conn        ssh.Conn
	fingerprint func(ssh.PublicKey) string
}

// serve answers the server's global requests until the connection ends.
func (u *updater) serve(requests <-chan *ssh.Request) {
	seen := false
	for r := range requests {
		if r.Type == hostKeysRequest && !seen {
			seen = true
			u.offered(r.Payload)
		}
		if r.WantReply {
			_ = r.Reply(false, nil) // fails only if the connection is gone
		}
	}
}

// offered takes the server's list.
func (u *updater) offered(payload []byte) {
	if u.mode != sshconf.Yes && u.mode != sshconf.Ask {
		return
	}
	update, ok := u.keys.Update(parseOffered(payload))
	switch {
	case !ok:
	case u.mode == sshconf.Yes:
		// What goes wrong is tried again at the next login.
		if prove(u.conn, update) == nil {
			_ = update.Apply()
		}
	default:
		select {
		case u.asks <- pendingUpdate{update, u.conn, u.keys.Fingerprint}:
		default: // a jump host's is enough for one login
		}
	}
}

func parseOffered(payload []byte) []ssh.PublicKey {
	var keys []ssh.PublicKey
	for range maxOffered {
		var head struct {
			Key  []byte
			Rest []byte `ssh:"rest"`
		}
		if len(payload) == 0 || ssh.Unmarshal(payload, &head) != nil {
			break
		}
		payload = head.Rest
		key, err := ssh.ParsePublicKey(head.Key)
		if _, isCert := key.(*ssh.Certificate); err == nil && !isCert {
			keys = append(keys, key) // a type that we do not know cannot be written down
		}
	}
	return keys
}

func prove(conn ssh.Conn, u hostkey.Update) error {
	if len(u.New) == 0 {
		return nil
	}
	name, payload := u.Proof()
	ok, answer, err := conn.SendRequest(name, true, payload)
	if err != nil {
		return err
	}
	if !ok {
		answer = nil
	}
	return u.Check(conn.SessionID(), answer)
}

// askAboutKeys asks about an update that is waiting for an answer. It is called once
// the server has been started, so that the question holds up nothing, and nothing
// but the question is on the terminal.
func (r *Request) askAboutKeys(l *Lifeline) error {
	select {
	case u := <-l.updates:
		if err := prove(u.conn, u.Update); err != nil {
			r.detail("host keys: %v", err)
			return nil
		}
		yes, err := r.UI.UpdateKeys(NewHostKeys{u.Update, u.fingerprint})
		if err != nil || !yes {
			return err
		}
		if err := u.Apply(); err != nil {
			r.UI.Tell(KnownHostsUnread{err})
		}
	default:
	}
	return nil
}
