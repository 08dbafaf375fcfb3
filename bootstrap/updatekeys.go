package bootstrap

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/sshconf"
)

// hostKeysRequest is what an OpenSSH server sends after the login: all its host
// keys (PROTOCOL, section 2.5).
const hostKeysRequest = "hostkeys-00@openssh.com"

// maxOffered bounds how many keys of a server are looked at.
const maxOffered = 64

// proofLimit is how long a started session is held up for the proof of new host
// keys. It was asked for before the server was started, so it has always come.
const proofLimit = time.Second

// NewHostKeys is what UpdateHostKeys changes in a known_hosts file.
type NewHostKeys struct {
	hostkey.Update
	Fingerprint func(ssh.PublicKey) string
}

// keyUpdates are those of a login: its own and its jump hosts'.
type keyUpdates struct {
	mu   sync.Mutex
	list []*keyUpdate
}

// keyUpdate is UpdateHostKeys for one connection.
type keyUpdate struct {
	NewHostKeys
	ask  bool
	done chan struct{} // closed when err is valid
	err  error         // the proof failed
}

func (k *keyUpdates) add(u *keyUpdate) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, u)
}

func (k *keyUpdates) all() []*keyUpdate {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.list)
}

// updater answers the server's global requests on one connection, and takes its list
// of host keys from among them.
type updater struct {
	conn    ssh.Conn
	keys    *hostkey.Verifier
	mode    sshconf.YesNoAsk
	updates *keyUpdates
}

// serve answers requests until the connection ends.
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

// offered takes the server's list, and has it proved.
func (u *updater) offered(payload []byte) {
	if u.mode != sshconf.Yes && u.mode != sshconf.Ask {
		return
	}
	update, ok := u.keys.Update(parseOffered(payload))
	if !ok {
		return
	}
	k := &keyUpdate{NewHostKeys: NewHostKeys{update, u.keys.Fingerprint}, ask: u.mode == sshconf.Ask, done: make(chan struct{})}
	u.updates.add(k)
	k.err = prove(u.conn, update)
	close(k.done)
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

// updateKeys writes down what the servers have proved of their host keys, once the
// session has been started: nothing is held up then, and nothing but a question is
// on the terminal. What goes wrong is tried again at the next login.
func (r *Request) updateKeys(ctx context.Context, l *Lifeline) error {
	for _, k := range l.updates.all() {
		select {
		case <-k.done:
		case <-time.After(proofLimit):
			r.detail("host keys of %s: no proof of the new ones", k.Name)
			continue
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if k.err != nil {
			r.detail("host keys of %s: %v", k.Name, k.err)
			continue
		}
		if k.ask {
			yes, err := r.UI.UpdateKeys(k.NewHostKeys)
			if err != nil {
				return err
			}
			if !yes {
				continue
			}
		}
		r.UI.Tell(KeysUpdated{k.NewHostKeys, k.Apply()})
	}
	return nil
}
