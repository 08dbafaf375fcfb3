package hostkey

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
)

// The lists are made, and asked, by ssh-keygen.
func TestRevocationListsMeanWhatTheyMeanToSSHKeygen(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("SKIP-PEER: ssh-keygen is not installed")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	authority, other := signer(t, "ed25519"), signer(t, "ecdsa")
	certified := func(by ssh.Signer, serial uint64, id string) ssh.PublicKey {
		cert := &ssh.Certificate{Key: signer(t, "ed25519").PublicKey(), CertType: ssh.HostCert, Serial: serial, KeyId: id, ValidBefore: ssh.CertTimeInfinity}
		if err := cert.SignCert(rand.Reader, by); err != nil {
			t.Fatal(err)
		}
		return cert
	}
	keys := map[string]ssh.PublicKey{
		"ed25519": signer(t, "ed25519").PublicKey(), "rsa": signer(t, "rsa").PublicKey(), "ecdsa": signer(t, "ecdsa").PublicKey(),
		"serial-7": certified(authority, 7, "a"), "serial-8": certified(authority, 8, "b"), "serial-500": certified(authority, 500, "c"),
		"none": certified(authority, 0, "a"), "another's": certified(other, 7, "d"), "named": certified(authority, 9000, "bad host"),
		"authority": authority.PublicKey(), "zero": certified(other, 0, ""),
	}
	files := map[string]string{}
	for name, key := range keys {
		files[name] = write(name+".pub", ssh.MarshalAuthorizedKey(key))
	}
	line := func(name string) string { return string(ssh.MarshalAuthorizedKey(keys[name])) }
	for name, spec := range map[string]string{
		"empty":         "",
		"keys":          "key: " + line("ed25519") + "key: " + line("rsa"),
		"SHA-256":       "hash: " + ssh.FingerprintSHA256(keys["ecdsa"]) + "\n",
		"SHA-1":         "sha1: " + line("rsa"),
		"one serial":    "serial: 7\n",
		"some serials":  "serial: 7\nserial: 500\n",
		"a range":       "serial: 8-600\n",
		"a bitmap":      "serial: 7\nserial: 9\nserial: 11\nserial: 13\nserial: 15\nserial: 500\n",
		"an identity":   "id: bad host\n",
		"the authority": "key: " + line("authority"),
		"all of it":     "serial: 1-7\nid: c\nkey: " + line("ecdsa") + "hash: " + ssh.FingerprintSHA256(keys["rsa"]) + "\n",
	} {
		list := filepath.Join(dir, "list")
		args := []string{"-q", "-k", "-f", list, "-s", files["authority"], write("spec", []byte(spec))}
		if out, err := exec.Command(keygen, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: ssh-keygen -k: %v: %s", name, err, out)
		}
		data, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parseKRL(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for which, key := range keys {
			revoked := exec.Command(keygen, "-Q", "-f", list, files[which]).Run() != nil
			if got := parsed.revokes(key); got != revoked {
				t.Errorf("%s: %s is revoked: %v, ssh-keygen says %v", name, which, got, revoked)
			}
		}
		const head = 36 // version, number, date, flags, two empty strings
		for cut := range len(data) - len(krlMagic) {
			if l, err := parseKRL(data[:len(krlMagic)+cut]); err == nil && (cut < head || cut == head+1) {
				t.Errorf("%s, cut to %d bytes: %+v", name, cut, l)
			}
		}
	}
}

func FuzzKRL(f *testing.F) {
	f.Add([]byte(krlMagic + "\x00\x00\x00\x01"))
	f.Add(append([]byte(krlMagic+"\x00\x00\x00\x01"), make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := parseKRL(data); (l == nil) == (err == nil) {
			t.Errorf("list %v, error %v", l, err)
		}
	})
}
