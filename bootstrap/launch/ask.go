package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"gmosh/protocol/health"
)

// maxAnswer bounds what a command may print, in bytes.
const maxAnswer = 256 << 10

// Output runs a process to its end and returns what it prints, the first maxAnswer
// bytes of it. The end of ctx ends it.
func Output(ctx context.Context, p Process) ([]byte, Exit, error) {
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	defer stop()
	defer p.Close()
	var reading sync.WaitGroup
	if stderr := p.Stderr(); stderr != nil {
		reading.Go(func() { _, _ = io.Copy(io.Discard, stderr) })
	}
	var out bytes.Buffer
	_, err := io.Copy(&out, io.LimitReader(p.Stdout(), maxAnswer))
	_, _ = io.Copy(io.Discard, p.Stdout())
	reading.Wait()
	exit, ended := p.Wait()
	if err = errors.Join(err, ended); ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return out.Bytes(), exit, err
}

// Question is the command line that asks the far machine something about the server
// d, which s has started: a server of ours with these words. A stock server has no
// words for it: "" then, and only StockStatus is left.
func (s Spec) Question(d Detached, path string, words ...string) string {
	if d.Path != "" {
		path = d.Path
	}
	switch {
	case !d.Gmosh:
		return ""
	case path != "":
		var b strings.Builder
		fmt.Fprintf(&b, `gmosh_word=$(printf "%%b." "%s"); exec "${gmosh_word%%.}" server`, escaped(path))
		for _, w := range words {
			b.WriteString(" " + w)
		}
		return "exec /bin/sh -c '" + b.String() + "'"
	case s.Server != "":
		return s.Server + " " + strings.Join(words, " ")
	}
	return ""
}

// StockStatus is the command line that tells of a stock server as much as there is
// to know: whether its process lives, the machine's addresses and firewalls.
func StockStatus(pid int) string {
	return "exec /bin/sh -c '" + fmt.Sprintf(`gmosh_alive=false; kill -0 %[1]d 2>/dev/null && gmosh_alive=true; `+
		`case $(ps -o stat= -p %[1]d 2>/dev/null) in Z*) gmosh_alive=false;; esac; `, pid) +
		`gmosh_list=; for gmosh_word in $(hostname -I 2>/dev/null); do gmosh_list="$gmosh_list${gmosh_list:+,}\"$gmosh_word\""; done; ` +
		`gmosh_walls=; for gmosh_word in ufw firewalld nftables; do ` +
		`[ "$(systemctl is-active $gmosh_word 2>/dev/null)" = active ] && gmosh_walls="$gmosh_walls${gmosh_walls:+,}\"$gmosh_word\""; done; ` +
		fmt.Sprintf(`echo "GMOSH STATUS {\"alive\":$gmosh_alive,\"pid\":%d,\"addrs\":[$gmosh_list],\"firewalls\":[$gmosh_walls]}"'`, pid)
}

// StockLinger is the command line that turns linger on where no server of ours can;
// before is what was known of logind.
func StockLinger(before *health.Logind) string {
	moved := before != nil && before.Moved
	return "exec /bin/sh -c '" + `gmosh_error=$(loginctl enable-linger 2>&1 | tr -cd "A-Za-z0-9 .,:-"); ` +
		`gmosh_linger=false; gmosh_exposed=true; ` +
		`[ "$(loginctl show-user "$(id -u)" -p Linger --value 2>/dev/null)" = yes ] && gmosh_linger=true && ` + fmt.Sprintf(`gmosh_exposed=%t; `, !moved) +
		fmt.Sprintf(`echo "GMOSH LOGIND {\"kills\":true,\"moved\":%[1]t,\"manager\":%[1]t,\"linger\":$gmosh_linger,`+
			`\"exposed\":$gmosh_exposed,\"stop_delay\":10000000000,\"error\":\"$gmosh_error\"}"'`, moved)
}
