package sshauth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"gmosh/sshconf"
)

func TestKeysAreAddedToTheAgentAsConfigured(t *testing.T) {
	for _, c := range []struct {
		name  string
		how   sshconf.AddKeys
		reply string // to the question; "" none is asked
		added bool
	}{
		{"no", sshconf.AddKeys{Mode: sshconf.No}, "", false},
		{"yes", sshconf.AddKeys{Mode: sshconf.Yes}, "", true},
		{"asked, yes", sshconf.AddKeys{Mode: sshconf.Ask}, "yes", true},
		{"asked, no", sshconf.AddKeys{Mode: sshconf.Ask}, "no", false},
		{"for a time, with confirmation", sshconf.AddKeys{Mode: sshconf.Yes, Confirm: true, Lifetime: time.Minute}, "", true},
	} {
		for _, passphrase := range []string{"", "secret"} {
			t.Run(c.name+" "+passphrase, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "key")
				public := keyFile(t, path, passphrase)
				ring := &ring{Agent: agent.NewKeyring()}
				ask := &answers{passphrases: []string{passphrase}}
				var want []string
				if passphrase != "" {
					want = append(want, "passphrase key 1")
				}
				if c.reply != "" {
					ask.replies, want = []string{c.reply}, append(want, "add key")
				}
				conf := config(path)
				conf.AddKeysToAgent = c.how
				if _, err := attempt(t, &server{keys: []ssh.PublicKey{public}}, Options{Config: conf, Agent: ring, Prompter: ask}); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(ask.asked, want) {
					t.Errorf("asked %q, want %q", ask.asked, want)
				}
				if added := len(ring.added) > 0; added != c.added {
					t.Fatalf("added %v", added)
				}
				if c.added {
					got := ring.added[0]
					if got.Comment != path || got.ConfirmBeforeUse != c.how.Confirm || got.LifetimeSecs != uint32(c.how.Lifetime.Seconds()) {
						t.Errorf("added %q, confirm %v, %d s", got.Comment, got.ConfirmBeforeUse, got.LifetimeSecs)
					}
				}
			})
		}
	}
}

// A key that the server does not want stays where it is.
func TestUnusedKeysAreNotAddedToTheAgent(t *testing.T) {
	dir := t.TempDir()
	keyFile(t, filepath.Join(dir, "other"), "")
	wanted := keyFile(t, filepath.Join(dir, "wanted"), "")
	conf := config(filepath.Join(dir, "other"), filepath.Join(dir, "wanted"))
	conf.AddKeysToAgent.Mode = sshconf.Yes
	ring := &ring{Agent: agent.NewKeyring()}
	if _, err := attempt(t, &server{keys: []ssh.PublicKey{wanted}}, Options{Config: conf, Agent: ring, Prompter: &answers{}}); err != nil {
		t.Fatal(err)
	}
	if len(ring.added) != 1 || filepath.Base(ring.added[0].Comment) != "wanted" {
		t.Errorf("added %d keys", len(ring.added))
	}
}

// ring is an agent that notes what is added, and may refuse to sign.
type ring struct {
	agent.Agent
	added   []agent.AddedKey
	refuses error
}

func (r *ring) Add(key agent.AddedKey) error {
	r.added = append(r.added, key)
	return r.Agent.Add(key)
}

func (r *ring) Signers() ([]ssh.Signer, error) {
	signers, err := r.Agent.Signers()
	if r.refuses != nil {
		for i, s := range signers {
			signers[i] = refusing{s.(ssh.AlgorithmSigner), r.refuses}
		}
	}
	return signers, err
}

type refusing struct {
	ssh.AlgorithmSigner
	err error
}

func (r refusing) SignWithAlgorithm(_ io.Reader, _ []byte, _ string) (*ssh.Signature, error) {
	return nil, r.err
}

// So it is with a key of ssh-add -h: the agent lists it, and signs only for those
// who prove where they are.
func TestAgentThatDoesNotSignIsNamed(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := &ring{Agent: agent.NewKeyring(), refuses: errors.New("agent: failure")}
	if err := r.Agent.Add(agent.AddedKey{PrivateKey: private, Comment: "constrained"}); err != nil {
		t.Fatal(err)
	}
	signers, _ := r.Agent.Signers()
	_, err = attempt(t, &server{keys: []ssh.PublicKey{signers[0].PublicKey()}}, Options{Config: config(), Agent: r, Prompter: &answers{}})
	failed, ok := errors.AsType[*FailedError](err)
	if !ok || len(failed.Skipped) != 1 || !errors.Is(failed.Skipped[0].Err, ErrAgentRefuses) || !strings.HasPrefix(failed.Skipped[0].File, "agent") {
		t.Errorf("error %+v", err)
	}
}

func TestCertificateIsUsedWithAKeyThatOnlyTheAgentHas(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: signer.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, newSigner(t)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cert.pub")
	write(t, file, ssh.MarshalAuthorizedKey(cert))
	conf := config()
	conf.CertificateFiles = []string{file}
	login, err := attempt(t, &server{keys: []ssh.PublicKey{cert}}, Options{Config: conf, Agent: ring, Prompter: &answers{}})
	if err != nil || len(login.Report().Keys) != 1 {
		t.Errorf("offered %q: %v", login.Report().Keys, err)
	}
}

func TestKeysThatAreNotAllowedAreNotOffered(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	ed := newSigner(t)
	for _, c := range []struct {
		list   sshconf.Algorithms
		bits   int
		signer ssh.Signer
		want   string // the algorithms it may sign with; "" none at all
	}{
		{"", 0, signer, "[rsa-sha2-512 rsa-sha2-256]"},
		{"+ssh-rsa", 0, signer, "[rsa-sha2-512 rsa-sha2-256 ssh-rsa]"},
		{"rsa-sha2-256", 2048, signer, "[rsa-sha2-256]"},
		{"", 3072, signer, ""},
		{"-rsa*", 0, signer, ""},
		{"ssh-ed25519", 0, signer, ""},
		{"", 3072, ed, "ed25519"},
		{"-ssh-ed25519", 0, ed, ""},
	} {
		conf := config()
		conf.PubkeyAcceptedAlgorithms, conf.RequiredRSASize = c.list, c.bits
		got, err := New(Options{Config: conf}).allowed(c.signer)
		if (err == nil) != (c.want != "") {
			t.Errorf("%s, %d: %v", c.list, c.bits, err)
		}
		multi, ok := got.(ssh.MultiAlgorithmSigner)
		if c.signer == signer && c.want != "" && (!ok || strings.Join(multi.Algorithms(), " ") != strings.Trim(c.want, "[]")) {
			t.Errorf("%s, %d: may sign with %v, want %s", c.list, c.bits, multi.Algorithms(), c.want)
		}
	}
}
