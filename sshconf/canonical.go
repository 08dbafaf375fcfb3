package sshconf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// numericHost reports whether a host is an address of the family, in any form
// that getaddrinfo(3) takes, and gives its usual form. A spelling that differs
// from that only in case is kept.
func numericHost(host string, family AddressFamily) (string, bool) {
	var addr netip.Addr
	if a, ok := parseIPv4(host); ok && family != IPv6 {
		addr = a
	} else if a, err := netip.ParseAddr(host); err == nil && a.Is6() && family != IPv4 {
		addr = a
	} else {
		return "", false
	}
	if text := formatAddr(addr); !strings.EqualFold(text, host) {
		return text, true
	}
	return host, true
}

// parseIPv4 is inet_aton(3): one to four numbers, decimal, octal or hexadecimal,
// the last of which fills what is left.
func parseIPv4(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var n uint64
	for i, part := range parts {
		v, err := parseC(part, 32)
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if err != nil || v>>bits != 0 {
			return netip.Addr{}, false
		}
		n = n<<bits | v
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
}

// formatAddr is inet_ntop(3), which writes the old IPv4-compatible addresses with
// dots.
func formatAddr(addr netip.Addr) string {
	if b := addr.As16(); addr.Is6() && addr.Zone() == "" &&
		netip.AddrFrom16(b).Less(netip.MustParseAddr("::1:0:0")) && b[12]|b[13] != 0 {
		return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
	}
	return addr.String()
}

// canonicalise is CanonicalizeHostname: the name that a host as typed stands for.
// found: the resolver knew it; otherwise host comes back as it was.
func (ev *evaluator) canonicalise(host string) (name string, found bool, err error) {
	family := ev.family()
	if _, numeric := numericHost(host, family); numeric || !ev.canonicalises() {
		return host, false, nil
	}
	if name, full := strings.CutSuffix(host, "."); full {
		if canonical, ok := ev.env.LookupHost(host, family); ok {
			return ev.followCNAME(name, canonical), true, nil
		}
		return host, false, ev.notFound(host)
	}
	if dots, _ := strconv.Atoi(ev.value("canonicalizemaxdots")); strings.Count(host, ".") > dots {
		return host, false, nil
	}
	for _, domain := range ev.values("canonicaldomains") {
		if isNone(domain) {
			break
		}
		name := host + "." + domain
		// With a final dot, so that the resolver's search list stays out of it.
		if canonical, ok := ev.env.LookupHost(name+".", family); ok {
			return ev.followCNAME(name, canonical), true, nil
		}
	}
	return host, false, ev.notFound(host)
}

// canonicalises: CanonicalizeHostname applies to this connection.
func (ev *evaluator) canonicalises() bool {
	switch ev.value("canonicalizehostname") {
	case "always":
		return true
	case "true":
		return ev.direct()
	}
	return false
}

// direct: no proxy stands between us and the host. ProxyJump counts even if it is
// "none", as in OpenSSH.
func (ev *evaluator) direct() bool {
	_, jump := ev.settings.get("proxyjump")
	command := ev.settings.first("proxycommand")
	return !jump && (command == "" || isNone(command))
}

func (ev *evaluator) notFound(host string) error {
	if ev.value("canonicalizefallbacklocal") == "no" {
		return fmt.Errorf("could not resolve host %q in any of CanonicalDomains (CanonicalizeFallbackLocal no)", host)
	}
	return nil
}

// followCNAME replaces a name by the one its CNAME points to, where a rule of
// CanonicalizePermittedCNAMEs allows it.
func (ev *evaluator) followCNAME(name, canonical string) string {
	canonical = strings.TrimSuffix(lower(canonical), ".")
	if canonical == "" || canonical == name {
		return name
	}
	for _, rule := range ev.values("canonicalizepermittedcnames") {
		source, target, _ := strings.Cut(rule, ":")
		if matchHost(name, source) && matchHost(canonical, target) {
			return canonical
		}
	}
	return name
}

// permittedCNAME follows the CNAME of a host that was not canonicalised through
// a domain. OpenSSH looks the name up whenever there are rules, even if
// canonicalisation is off; that nothing is found is then an error.
func (ev *evaluator) permittedCNAME(host string) (string, error) {
	rules := ev.values("canonicalizepermittedcnames")
	if len(rules) == 0 || isNone(rules[0]) || !ev.direct() && ev.value("canonicalizehostname") != "always" {
		return host, nil
	}
	if _, numeric := numericHost(host, ev.family()); numeric {
		return host, nil
	}
	canonical, found := ev.env.LookupHost(host, ev.family())
	if !found {
		return "", fmt.Errorf("could not resolve hostname %s", host)
	}
	if ev.value("canonicalizehostname") == "false" {
		return host, nil
	}
	return ev.followCNAME(host, canonical), nil
}
