// Package measure holds the measurements of the link: gmosh, stock mosh and
// OpenSSH as real programs on real pseudo terminals, over the same bad networks, in
// the same run. It has benchmarks (`make bench-link`) and tests, and nothing that
// anybody imports.
//
// The networks are peertest's relays on loopback, decided by seeds; what was measured
// stands in docs/link.md, which `make bench-link` writes. What needs no real program
// is measured in virtual time, by protocol/ssp's own tests.
package measure
