package hostkey

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Update is what UpdateHostKeys would change in a file, once the server has proved
// that it has the new keys.
type Update struct {
	File string
	Name string          // as in known_hosts
	New  []ssh.PublicKey // to be added
	Old  []Entry         // to be removed: the server no longer has them
	Hash bool            // HashKnownHosts
}

// ownEntry reports whether a key that was accepted stands in File under this name
// and no other.
func (v *Verifier) ownEntry(store *Store, name string, key ssh.PublicKey) bool {
	for _, e := range store.Lookup(name) {
		if e.File == v.File && e.Marker == Plain && e.names(name) && equal(e.Key, key) {
			return true
		}
	}
	return false
}

// names reports whether an entry is for this name alone.
func (e Entry) names(name string) bool {
	return e.Matches(name) && (strings.HasPrefix(e.Hosts, "|") || strings.EqualFold(e.Hosts, name))
}

// Update compares the keys that the server says it has with what File holds. False:
// there is nothing to do, or the file is such that OpenSSH would leave it alone
// too: the name stands in patterns, in lists or with an authority.
func (v *Verifier) Update(offered []ssh.PublicKey) (Update, bool) {
	u := Update{File: v.File, Name: Name(v.Host, v.Port), Hash: v.Hash}
	if !v.Verified {
		return u, false
	}
	store, err := Load(v.File)
	if err != nil {
		return u, false
	}
	known := store.Lookup(u.Name)
	if slices.ContainsFunc(known, func(e Entry) bool { return e.Marker != Plain || !e.names(u.Name) }) {
		return u, false
	}
	in := func(key ssh.PublicKey, list []Entry) bool {
		return slices.ContainsFunc(list, func(e Entry) bool { return equal(e.Key, key) })
	}
	for _, key := range offered {
		if !in(key, known) {
			u.New = append(u.New, key)
		}
	}
	for _, e := range known {
		if !slices.ContainsFunc(offered, func(key ssh.PublicKey) bool { return equal(e.Key, key) }) {
			u.Old = append(u.Old, e)
		}
	}
	return u, len(u.New)+len(u.Old) > 0
}

// proofRequest is the name of the global request, and part of what is signed
// (OpenSSH's PROTOCOL, section 2.5).
const proofRequest = "hostkeys-prove-00@openssh.com"

// Proof is the global request that asks for proof of the new keys.
func (u Update) Proof() (name string, payload []byte) {
	for _, key := range u.New {
		payload = append(payload, ssh.Marshal(struct{ Key []byte }{key.Marshal()})...)
	}
	return proofRequest, payload
}

// errProof says that the server does not have the keys it says it has.
var errProof = errors.New("the server did not prove that the new host keys are its own")

// Check checks the answer to Proof: one signature for each new key.
func (u Update) Check(session, answer []byte) error {
	for _, key := range u.New {
		var head struct {
			Blob []byte
			Rest []byte `ssh:"rest"`
		}
		var signature ssh.Signature
		if ssh.Unmarshal(answer, &head) != nil || ssh.Unmarshal(head.Blob, &signature) != nil {
			return errProof
		}
		answer = head.Rest
		signed := ssh.Marshal(struct {
			Request      string
			Session, Key []byte
		}{proofRequest, session, key.Marshal()})
		if signature.Format == ssh.KeyAlgoRSA || key.Verify(signed, &signature) != nil {
			return errProof // SHA-1 proves nothing
		}
	}
	if len(answer) > 0 {
		return errProof
	}
	return nil
}

// Apply writes the file anew, beside itself, and puts it in its place.
func (u Update) Apply() (err error) {
	file, err := filepath.EvalSymlinks(u.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody has removed it since: not the time to bring it back
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(u.changed(data))
	if err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// changed is the text of the file after the update. Lines are judged as they are
// now, not by their numbers: the file may have changed.
func (u Update) changed(data []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		entry, err := ParseLine(line)
		old := err == nil && entry.Marker == Plain && entry.names(u.Name) &&
			slices.ContainsFunc(u.Old, func(e Entry) bool { return equal(e.Key, entry.Key) })
		if !old {
			out.Write(line)
		}
	}
	if text := out.Bytes(); len(text) > 0 && text[len(text)-1] != '\n' {
		out.WriteByte('\n')
	}
	for _, key := range u.New {
		name := u.Name
		if u.Hash {
			name = knownhosts.HashHostname(name)
		}
		fmt.Fprintf(&out, "%s %s", name, ssh.MarshalAuthorizedKey(key))
	}
	return out.Bytes()
}
