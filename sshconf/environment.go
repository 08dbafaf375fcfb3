package sshconf

import "net/netip"

// Environment is all that the meaning of a configuration can depend on outside
// its text. The functions are called in the order in which the text asks for
// them, from the goroutine that called Resolve.
type Environment interface {
	// ReadFile reads a configuration file. A file that does not exist is an
	// error that wraps fs.ErrNotExist.
	ReadFile(path string) (Source, error)
	// ReadDir lists the names in a folder, in any order; none if it cannot be read.
	ReadDir(path string) []string
	// Exists reports whether there is a file or folder of that name.
	Exists(path string) bool
	// Getenv reads an environment variable; false if it is not set.
	Getenv(name string) (string, bool)
	// LocalUser is the account gmosh runs as.
	LocalUser() LocalUser
	// HomeOf is the home folder of another account, for "~name"; false if there
	// is none of that name.
	HomeOf(user string) (string, bool)
	// Hostname is the name of this machine, as gethostname(2) has it.
	Hostname() string
	// Shell runs a command with the user's shell, standard streams as `ssh` has
	// them for `Match exec`, and returns its exit status. An error is a command
	// that did not run or did not exit by itself.
	Shell(command string) (status int, err error)
	// ServicePort is the port of a TCP service, as /etc/services has it.
	ServicePort(name string) (int, bool)
	// LookupHost resolves a name for canonicalisation and returns the canonical
	// name (AI_CANONNAME; the name itself where the resolver gives none); false
	// if the name has no address of the family.
	LookupHost(name string, family AddressFamily) (canonical string, found bool)
	// LocalAddrs lists the addresses of the interfaces that are up, for
	// `Match localnetwork`.
	LocalAddrs() ([]netip.Addr, error)
	// Places says where the files are that have no name on the command line.
	Places() Places
}

// Source is the text of one configuration file.
type Source struct {
	Data []byte
	// Untrusted: somebody other than the user and root could have written it.
	// The user's own file and what it includes are then refused.
	Untrusted bool
}

// LocalUser is the account of the process.
type LocalUser struct {
	Name string
	ID   string // numeric on Unix (%i), SID on Windows
	Home string // from the user database, not $HOME, as OpenSSH does
}

// Places are the fixed paths of a platform.
type Places struct {
	UserConfig   string // ~/.ssh/config
	UserFolder   string // what relative Includes of user files stand in; may begin with "~/"
	SystemConfig string // /etc/ssh/ssh_config
	SystemFolder string // /etc/ssh: the same for the system file
	XAuth        string // default of XAuthLocation, only printed
	// Apple: the keywords of Apple's build of OpenSSH (UseKeychain) are
	// accepted without IgnoreUnknown.
	Apple bool
}
