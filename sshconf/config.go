package sshconf

import "time"

// Config is what the configuration says for one host. Paths and commands are
// expanded (tokens, ${VARIABLES}, ~); Print shows them as `ssh -G` does.
// Algorithm lists are relative to the caller's defaults: see Algorithms.Over.
type Config struct {
	Alias    string // the host as typed
	HostName string // what to dial: HostName or Alias, canonicalised if asked for
	User     string
	Port     int
	Tag      string

	// Identities and authentication.
	IdentityFiles                []string // in the order they are tried; the defaults if IdentityFilesDefault
	IdentityFilesDefault         bool     // no IdentityFile was given: a missing file is no news
	CertificateFiles             []string
	IdentitiesOnly               bool
	IdentityAgent                Agent
	AddKeysToAgent               AddKeys
	PreferredAuthentications     []string // nil: OpenSSH's order
	PubkeyAuthentication         bool
	PasswordAuthentication       bool
	KbdInteractiveAuthentication bool
	KbdInteractiveDevices        []string
	HostbasedAuthentication      bool
	GSSAPIAuthentication         bool
	NumberOfPasswordPrompts      int
	BatchMode                    bool
	PKCS11Provider               string // "" none
	SecurityKeyProvider          string // "internal" unless configured
	RequiredRSASize              int    // bits

	// Host keys.
	UserKnownHostsFiles              []string // empty: none
	GlobalKnownHostsFiles            []string
	HostKeyAlias                     string // "" none
	StrictHostKeyChecking            StrictMode
	CheckHostIP                      bool
	HashKnownHosts                   bool
	KnownHostsCommand                string // unexpanded; KnownHostsArgs makes the argv
	UpdateHostKeys                   YesNoAsk
	VerifyHostKeyDNS                 YesNoAsk
	RevokedHostKeys                  string // "" none
	FingerprintHash                  string // "SHA256" or "MD5"
	VisualHostKey                    bool
	NoHostAuthenticationForLocalhost bool

	// The way there.
	AddressFamily       AddressFamily
	BindAddress         string
	BindInterface       string
	ConnectTimeout      time.Duration // 0: the system's
	ConnectionAttempts  int
	TCPKeepAlive        bool
	ServerAliveInterval time.Duration // 0: off
	ServerAliveCountMax int
	IPQoSInteractive    QoS
	IPQoSBulk           QoS
	ProxyJump           []Jump // in the order of the hops; empty: none
	ProxyCommand        string // for the user's shell; "" none
	ProxyUseFdpass      bool

	// Algorithms.
	KexAlgorithms               Algorithms
	Ciphers                     Algorithms
	MACs                        Algorithms
	HostKeyAlgorithms           Algorithms
	PubkeyAcceptedAlgorithms    Algorithms
	CASignatureAlgorithms       Algorithms
	HostbasedAcceptedAlgorithms Algorithms
	RekeyLimit                  Rekey
	Compression                 bool

	// The session.
	SendEnv       []string // patterns
	SetEnv        []EnvVar
	RemoteCommand string // "" none
	RequestTTY    TTYMode
	SessionType   string // "default", "none" or "subsystem"
	ForwardAgent  ForwardAgent
	EscapeChar    string // as configured: "~", "^X" or "none"
	LogLevel      LogLevel

	// Notices are what OpenSSH says on stderr about a configuration that it
	// accepts: deprecated and unsupported keywords, in file order.
	Notices []Notice
	// Trace is what `ssh -v` says while it reads: files, blocks that apply.
	Trace []string

	err      error
	ev       *evaluator          // what was read; not written to any more
	expanded map[string][]string // values that are printed expanded, by keyword
}

// Err is what keeps a configuration that could be read from being used: an
// expansion that names an unset variable or an unknown token. Print ignores it,
// as `ssh -G` does; whoever is about to connect must not.
func (c *Config) Err() error { return c.err }

// Notice is a remark about one line of a file.
type Notice struct {
	File string
	Line int
	Text string
}

// StrictMode is StrictHostKeyChecking.
type StrictMode string

// The values of StrictHostKeyChecking; "off" is read as "no".
const (
	StrictNo        StrictMode = "no"
	StrictYes       StrictMode = "yes"
	StrictAsk       StrictMode = "ask"
	StrictAcceptNew StrictMode = "accept-new"
)

// YesNoAsk is a switch that can also mean "ask the user".
type YesNoAsk string

// The values of a YesNoAsk.
const (
	No  YesNoAsk = "no"
	Yes YesNoAsk = "yes"
	Ask YesNoAsk = "ask"
)

// AddressFamily is AddressFamily (-4, -6).
type AddressFamily string

// The values of AddressFamily.
const (
	AnyFamily AddressFamily = "any"
	IPv4      AddressFamily = "inet"
	IPv6      AddressFamily = "inet6"
)

// TTYMode is RequestTTY.
type TTYMode string

// The values of RequestTTY.
const (
	TTYAuto  TTYMode = "auto"
	TTYNo    TTYMode = "no"
	TTYYes   TTYMode = "yes"
	TTYForce TTYMode = "force"
)

// LogLevel is LogLevel, in OpenSSH's spelling: QUIET, FATAL, ERROR, INFO,
// VERBOSE, DEBUG (also DEBUG1), DEBUG2, DEBUG3.
type LogLevel string

// Agent says which authentication agent to use.
type Agent struct {
	Off    bool   // IdentityAgent none, or its variable is not set
	Socket string // "": SSH_AUTH_SOCK or what the platform has
}

// AddKeys is AddKeysToAgent.
type AddKeys struct {
	Mode     YesNoAsk      // No, Yes or Ask
	Confirm  bool          // the agent asks before each use of the key
	Lifetime time.Duration // 0: as long as the agent lives
}

// ForwardAgent is ForwardAgent: whether, and which agent if not the usual one.
type ForwardAgent struct {
	On     bool
	Socket string // "": the agent used for the login
}

// Jump is one hop of ProxyJump; the empty User and the zero Port are left to
// the hop's own configuration.
type Jump struct {
	User string
	Host string
	Port int
}

// EnvVar is one SetEnv.
type EnvVar struct{ Name, Value string }

// Rekey is RekeyLimit; zero is the library's own.
type Rekey struct {
	Bytes    uint64
	Interval time.Duration
}

// QoS is one value of IPQoS: the byte for IP_TOS and IPV6_TCLASS.
type QoS struct {
	Set   bool // false: "none", the system's default stands
	Value uint8
}
