package app

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"gmosh/client"
	"gmosh/protocol/health"
)

// defaultPorts are a server's, unless -p says others.
const (
	defaultPortLow  = 60001
	defaultPortHigh = 60999
)

// silence is what is known of a session over which nothing is heard.
type silence struct {
	situation
	client.Result
	server netip.AddrPort // where the server was to be reached
}

// unheard says why nothing is heard of the server, by cause: what was seen, the
// likely reason, what to type.
var unheard = map[client.Cause]func(s silence) string{
	client.Unknown: func(s silence) string {
		return fmt.Sprintf("no answer came from %s, UDP port %d.\n"+
			"A firewall between here and there may drop it, or the server has another address.\n%s\nFind out more:\n%s",
			s.server.Addr(), s.server.Port(), s.portAdvice(), s.doctor())
	},
	client.Closed: func(s silence) string {
		return fmt.Sprintf("%s says that nothing listens on its UDP port %d: the server has ended, or this is another machine.\n"+
			"Find out more:\n%s", s.server.Addr(), s.server.Port(), s.doctor())
	},
	client.Gone: func(s silence) string {
		return fmt.Sprintf("the server on %s has ended: it was started, said where it listens, and something there killed it.\n"+
			"Some machines end whatever a login leaves behind. Start it outside of the login:\n%s",
			shown(s.host), s.try(`--server="systemd-run --scope --user mosh-server"`))
	},
	client.Unheard: func(s silence) string {
		return fmt.Sprintf("the server on %s runs and hears us (%d packets of ours have arrived), but nothing that it sends comes back.\n"+
			"A firewall here, or on the way, drops UDP that comes from port %d. Allow it, or try another port:\n%s",
			shown(s.host), s.Health.Opened, s.server.Port(), s.try("-p PORT"))
	},
	client.Blocked: func(s silence) string {
		return fmt.Sprintf("the server on %s runs and has heard nothing: a firewall drops what we send to its UDP port %d%s.\n%s",
			shown(s.host), s.server.Port(), s.refusal(), s.portAdvice())
	},
	client.Elsewhere: elsewhere,
	client.Foreign:   foreign,
	client.Uncounted: func(s silence) string {
		return fmt.Sprintf("the server on %s runs, but no answer comes from its UDP port %d%s.\n"+
			"It is a stock mosh-server, which cannot tell what reaches it; most likely a firewall drops it.\n%s",
			shown(s.host), s.server.Port(), s.refusal(), s.portAdvice())
	},
	client.LostAtLogout: lostAtLogout,
}

// explainSilence says why a session came to nothing over UDP.
func explainSilence(r client.Result, cause client.Cause, server netip.AddrPort, s situation) string {
	text, ok := unheard[cause]
	if !ok {
		text = unheard[client.Unknown]
	}
	return text(silence{s, r, server})
}

func elsewhere(s silence) string {
	h := s.Health
	if h.Bound.IsValid() && !h.Bound.IsUnspecified() {
		return fmt.Sprintf("the server on %s runs and has heard nothing: it listens on %s, and we send to %s.\n"+
			"Let it listen on every address it has:\n%s", shown(s.host), h.Bound, s.server.Addr(), s.try("--bind-server=any"))
	}
	text := fmt.Sprintf("the server on %s runs and has heard nothing: %s, where we send to, is none of its addresses (%s).\n",
		shown(s.host), s.server.Addr(), addresses(h.Addrs))
	return text + fmt.Sprintf("If a router there passes SSH on to it, it must pass on UDP port %d as well.\n"+
		"If not, take the address that SSH came in on, or name another one (HostName in ~/.ssh/config):\n%s",
		s.server.Port(), s.try("--experimental-remote-ip=remote"))
}

func foreign(s silence) string {
	text := fmt.Sprintf("something answers from %s, UDP port %d, but not the server of this session", s.server.Addr(), s.server.Port())
	if s.Foreign > 0 {
		text += fmt.Sprintf(": of %d packets that came, none is genuine", s.Foreign)
	}
	switch h := s.Health; {
	case h != nil && h.Counted && h.Received > 0:
		text += fmt.Sprintf(".\nThe server runs, and none of the %d packets that reached it is genuine either: something on the way changes them.", h.Received)
	case h != nil && h.Counted:
		text += ".\nThe server runs and has heard nothing: another program or another machine has that address and port."
	default:
		text += ".\nAnother program or another machine may have that address and port."
	}
	return text + " Try another port:\n" + s.try("-p PORT")
}

func lostAtLogout(s silence) string {
	return fmt.Sprintf("the server on %s fell silent when the SSH connection was closed: it was ended at the logout.\n"+
		"That machine ends whatever a login leaves behind (KillUserProcesses=yes in logind.conf).\n%s",
		shown(s.host), logindAdvice(s.situation))
}

// account is the user's name over there, as far as it is known here.
func (s situation) account() string {
	if s.user == "" {
		return "USER"
	}
	return s.user
}

// refusal adds that somebody said no, rather than nothing.
func (s silence) refusal() string {
	if s.Refused {
		return " (it is refused, not merely dropped)"
	}
	return ""
}

// doctor is the command that looks at everything.
func (s silence) doctor() string {
	return "  gmosh doctor " + shown(s.Destination)
}

// addresses lists a machine's addresses.
func addresses(addrs []netip.Addr) string {
	const most = 6
	var out []string
	for i, a := range addrs {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, a.String())
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}

// ports is the range that a session's port is chosen from; it holds the session's.
func (s silence) ports() (low, high int) {
	low, high = defaultPortLow, defaultPortHigh
	if s.Ports != "" {
		first, last, isRange := strings.Cut(s.Ports, ":")
		low, _ = strconv.Atoi(first)
		if high = low; isRange {
			high, _ = strconv.Atoi(last)
		}
	}
	if port := int(s.server.Port()); port < low || port > high {
		return port, port
	}
	return low, high
}

// firewallCommands open a range of ports, to be run as root over there. The range's
// two ends are joined as each firewall wants it.
var firewallCommands = map[health.Firewall]struct{ joint, command string }{
	health.UFW:       {":", "ufw allow %s/udp"},
	health.Firewalld: {"-", "firewall-cmd --permanent --add-port=%s/udp && firewall-cmd --reload"},
	health.NFTables:  {"-", "nft insert rule inet filter input udp dport %s accept"},
}

// portAdvice says what has to be let through, and how.
func (s silence) portAdvice() string {
	low, high := s.ports()
	text := fmt.Sprintf("A session uses one UDP port from %d to %d; -p chooses others.", low, high)
	if low == high {
		text = fmt.Sprintf("The session uses UDP port %d; -p chooses others.", low)
	}
	if s.Health == nil {
		return text
	}
	if len(s.Health.Firewalls) == 0 {
		return text + "\nNo firewall is seen on the machine itself: look at the network's, such as a cloud's security group."
	}
	for _, wall := range s.Health.Firewalls {
		c, ok := firewallCommands[wall]
		if !ok {
			continue
		}
		span := strconv.Itoa(low)
		if low != high {
			span += c.joint + strconv.Itoa(high)
		}
		text += fmt.Sprintf("\n%s is active there. To let sessions in, as root on %s:\n  ", wall, shown(s.host)) + fmt.Sprintf(c.command, span)
	}
	return text
}
