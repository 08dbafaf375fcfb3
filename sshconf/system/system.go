// Package system is the Environment of the machine we run on, for sshconf: its
// files, accounts, variables, resolver, interfaces and the user's shell.
//
// It decides nothing about the configuration. Not pure: it reads files, asks the
// resolver and runs commands (`Match exec`), all in the goroutine that calls it,
// and keeps nothing between calls. Called by client/app and bootstrap.
package system

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"strings"

	"gmosh/sshconf"
)

// Environment implements sshconf.Environment. Its zero value is not usable: see New.
type Environment struct {
	ctx    context.Context
	places sshconf.Places
	user   sshconf.LocalUser
}

// New looks up who we are. ctx ends look-ups and commands.
func New(ctx context.Context) (*Environment, error) {
	u, err := user.Current()
	if err != nil {
		return nil, err
	}
	local := sshconf.LocalUser{Name: userName(u), ID: u.Uid, Home: accountHome(u)}
	return &Environment{ctx: ctx, user: local, places: places(local.Home)}, nil
}

// maxFile bounds a configuration file: it may be a device.
const maxFile = 16 << 20

var errTooLong = errors.New("longer than 16 MB")

// ReadFile reads a file. A folder reads as an empty one, as for OpenSSH.
func (e *Environment) ReadFile(path string) (sshconf.Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return sshconf.Source{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return sshconf.Source{}, err
	}
	source := sshconf.Source{Untrusted: untrusted(info, e.user)}
	if info.IsDir() {
		return source, nil
	}
	source.Data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(source.Data) > maxFile {
		err = &fs.PathError{Op: "read", Path: path, Err: errTooLong}
	}
	return source, err
}

// ReadDir lists the names in a folder.
func (e *Environment) ReadDir(path string) []string {
	entries, _ := os.ReadDir(path) // what could be read is what there is
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// Exists reports whether there is something of that name.
func (e *Environment) Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Getenv reads an environment variable.
func (e *Environment) Getenv(name string) (string, bool) { return os.LookupEnv(name) }

// LocalUser is the account of this process.
func (e *Environment) LocalUser() sshconf.LocalUser { return e.user }

// HomeOf is another account's home folder.
func (e *Environment) HomeOf(name string) (string, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return "", false
	}
	return u.HomeDir, true
}

// Hostname is this machine's name; empty if it cannot be had.
func (e *Environment) Hostname() string {
	name, _ := os.Hostname()
	return name
}

// Shell runs a command with the user's shell. It has no input, and only its
// standard error is seen.
func (e *Environment) Shell(command string) (int, error) {
	cmd := exec.CommandContext(e.ctx, shell(), shellFlag, command)
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// ServicePort is the port of a TCP service.
func (e *Environment) ServicePort(name string) (int, bool) {
	port, err := net.DefaultResolver.LookupPort(e.ctx, "tcp", name)
	return port, err == nil && name != ""
}

// LookupHost resolves a name and follows its CNAMEs.
func (e *Environment) LookupHost(name string, family sshconf.AddressFamily) (string, bool) {
	network := map[sshconf.AddressFamily]string{sshconf.IPv4: "ip4", sshconf.IPv6: "ip6"}[family]
	if network == "" {
		network = "ip"
	}
	addrs, err := net.DefaultResolver.LookupNetIP(e.ctx, network, name)
	if err != nil || len(addrs) == 0 {
		return "", false
	}
	canonical, err := net.DefaultResolver.LookupCNAME(e.ctx, name)
	if err != nil || canonical == "" {
		canonical = name
	}
	return strings.TrimSuffix(canonical, "."), true
}

// LocalAddrs lists the addresses of the interfaces that are up.
func (e *Environment) LocalAddrs() ([]netip.Addr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		list, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			if network, ok := a.(*net.IPNet); ok {
				if addr, ok := netip.AddrFromSlice(network.IP); ok {
					addrs = append(addrs, addr.Unmap())
				}
			}
		}
	}
	return addrs, nil
}

// Places are the paths of this platform.
func (e *Environment) Places() sshconf.Places { return e.places }
