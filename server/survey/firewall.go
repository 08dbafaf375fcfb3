package survey

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"gmosh/protocol/health"
)

// patience is how long a program may take to answer.
const patience = 2 * time.Second

// machine is what is asked.
type machine struct {
	root fs.FS
	// run runs a program of PATH and returns what it prints; an error if it is not
	// there or fails.
	run func(ctx context.Context, words ...string) (string, error)
}

func thisMachine() machine { return machine{root: os.DirFS("/"), run: output} }

func output(ctx context.Context, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.WaitDelay = time.Second
	text, err := cmd.Output()
	return strings.TrimSpace(string(text)), err
}

// detectors tell whether a firewall is active, each in the way that needs no
// privilege.
var detectors = []struct {
	name   health.Firewall
	active func(machine, context.Context) bool
}{
	{health.UFW, machine.ufw},
	{health.Firewalld, machine.firewalld},
	{health.NFTables, machine.nftables},
}

// Firewalls lists the firewalls that are active here, as far as this user can know.
func Firewalls(ctx context.Context) []health.Firewall { return thisMachine().firewalls(ctx) }

func (m machine) firewalls(ctx context.Context) []health.Firewall {
	active := make([]bool, len(detectors))
	var asking sync.WaitGroup
	for i, d := range detectors {
		asking.Go(func() { active[i] = d.active(m, ctx) })
	}
	asking.Wait()
	var found []health.Firewall
	for i, d := range detectors {
		if active[i] {
			found = append(found, d.name)
		}
	}
	return found
}

// ufw is a set of rules and no process; its configuration, which all may read, says
// whether they are loaded at boot. Where it cannot be read, its unit knows.
func (m machine) ufw(ctx context.Context) bool {
	text, err := fs.ReadFile(m.root, "etc/ufw/ufw.conf")
	if err != nil {
		return m.unit(ctx, "ufw.service")
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && name == "ENABLED" {
			return strings.EqualFold(strings.Trim(value, `"' `), "yes")
		}
	}
	return false
}

func (m machine) firewalld(ctx context.Context) bool {
	state, err := m.run(ctx, "firewall-cmd", "--state")
	return err == nil && state == "running" || err != nil && m.unit(ctx, "firewalld.service")
}

// nftables are in every kernel and mostly somebody else's (of the two above, of
// containers); the unit is what loads an administrator's own rules. Root can look.
func (m machine) nftables(ctx context.Context) bool {
	if m.unit(ctx, "nftables.service") {
		return true
	}
	rules, err := m.run(ctx, "nft", "list", "chain", "inet", "filter", "input")
	return err == nil && (strings.Contains(rules, "policy drop") || strings.Contains(rules, "drop") || strings.Contains(rules, "reject"))
}

func (m machine) unit(ctx context.Context, name string) bool {
	state, err := m.run(ctx, "systemctl", "is-active", name)
	return err == nil && state == "active"
}
