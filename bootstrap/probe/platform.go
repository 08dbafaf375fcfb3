package probe

// naming is one of our words, which are Go's, and what uname says for it, as
// patterns of sh.
type naming struct {
	ours string
	said []string
}

// systems are kernels by `uname -s`.
var systems = []naming{
	{"linux", []string{"Linux"}},
	{"darwin", []string{"Darwin"}},
	{"freebsd", []string{"FreeBSD"}},
	{"openbsd", []string{"OpenBSD"}},
	{"netbsd", []string{"NetBSD"}},
}

// machines are processors by `uname -m`.
var machines = []naming{
	{"amd64", []string{"x86_64", "amd64"}},
	{"arm64", []string{"aarch64", "arm64"}},
	{"386", []string{"i?86", "i86pc"}},
	{"arm", []string{"armv6*", "armv7*", "armv8l"}},
	{"riscv64", []string{"riscv64"}},
}

// Platform is our word for a system and a processor, both as Go has them.
func Platform(goos, goarch string) string { return goos + "-" + goarch }
