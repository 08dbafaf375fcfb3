package app

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gmosh/bootstrap/hostkey"
	"gmosh/sshconf"
	"gmosh/sshconf/system"
)

// topics are what `gmosh help` tells of when it is given a word.
var topics = map[string]func(io.Writer) error{
	"man":   manual,
	"bash":  func(w io.Writer) error { return text(w, bashCompletion()) },
	"zsh":   func(w io.Writer) error { return text(w, zshCompletion()) },
	"fish":  func(w io.Writer) error { return text(w, fishCompletion()) },
	"hosts": listHosts,
}

// Help is `gmosh help`: the usage, or a topic: the manual page (man), the completions
// of a shell (bash, zsh, fish), or the hosts that these complete (hosts).
func Help(_ string, args []string) int {
	write := func(w io.Writer) error { return text(w, usage(gmoshName)) }
	if len(args) > 0 {
		topic, ok := topics[args[0]]
		if !ok || len(args) > 1 {
			fmt.Fprintf(os.Stderr, "gmosh: there is no help on %q. Try: gmosh help [man|bash|zsh|fish]\n", shown(strings.Join(args, " ")))
			return statusFailed
		}
		write = topic
	}
	out := bufio.NewWriter(os.Stdout)
	if err := cmp.Or(write(out), out.Flush()); err != nil {
		fmt.Fprintf(os.Stderr, "gmosh: %v\n", err)
		return statusFailed
	}
	return 0
}

func text(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

// listHosts prints the hosts that ssh_config and known_hosts name, a line each.
func listHosts(w io.Writer) error {
	env, err := system.New(context.Background())
	if err != nil {
		return err
	}
	hosts := sshconf.Hosts(env)
	for _, file := range knownHosts(env) {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it need not be there
		}
		hosts = append(hosts, knownNames(data)...)
	}
	seen := make(map[string]bool)
	for _, host := range hosts {
		if !seen[host] && shown(host) == host {
			fmt.Fprintln(w, host)
		}
		seen[host] = true
	}
	return nil
}

// knownHosts are the files that the configuration of no host in particular names.
func knownHosts(env *system.Environment) []string {
	config, err := sshconf.Resolve(env, sshconf.Query{Host: "localhost"})
	if err != nil {
		return nil // whoever logs in is told
	}
	return slices.Concat(config.UserKnownHostsFiles, config.GlobalKnownHostsFiles)
}

// knownNames are the names in the text of a known_hosts file that are not hashed and
// no patterns. A port is left out: it is not typed with the host.
func knownNames(data []byte) []string {
	var names []string
	for line := range bytes.Lines(data) {
		entry, err := hostkey.ParseLine(bytes.TrimRight(line, "\r\n"))
		if err != nil || entry.Marker == hostkey.Revoked || strings.HasPrefix(entry.Hosts, "|") {
			continue
		}
		for _, name := range strings.Split(entry.Hosts, ",") {
			if inner, ok := strings.CutPrefix(name, "["); ok {
				name, _, _ = strings.Cut(inner, "]")
			}
			if name != "" && !strings.ContainsAny(name, "*?!") {
				names = append(names, name)
			}
		}
	}
	return names
}
