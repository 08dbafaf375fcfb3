package bootstrap

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/exec"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/sshconf"
)

// maxKnownHosts bounds what KnownHostsCommand may print, in bytes.
const maxKnownHosts = 4 << 20

var errTooLong = errors.New("it prints more than 4 MB")

// knownHostsCommand runs KnownHostsCommand; nil if there is none.
func knownHostsCommand(ctx context.Context, host *sshconf.Config) func(hostkey.Reason, string, ssh.PublicKey) ([]byte, error) {
	if host.KnownHostsCommand == "" {
		return nil
	}
	fingerprint := hostkey.Fingerprint(host.FingerprintHash)
	return func(reason hostkey.Reason, name string, key ssh.PublicKey) ([]byte, error) {
		q := sshconf.HostKeyQuery{Reason: string(reason), Name: name}
		if key != nil {
			q.Type, q.Fingerprint = key.Type(), fingerprint(key)
			q.Key = base64.StdEncoding.EncodeToString(key.Marshal())
		}
		words, err := host.KnownHostsArgs(q)
		if err != nil {
			return nil, err
		}
		return output(exec.CommandContext(ctx, words[0], words[1:]...))
	}
}

// output is what a command prints, up to a bound.
func output(cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{&out, maxKnownHosts}, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// limited is a Writer that fails when it is full.
type limited struct {
	to   io.Writer
	room int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.room -= len(p); l.room < 0 {
		return 0, errTooLong
	}
	return l.to.Write(p)
}
