package sshconf

// use is what gmosh does with a keyword: the second column of docs/ssh_config.md.
type use string

const (
	// acts: the value changes what gmosh does.
	acts use = "acted on"
	// inert: read and checked as OpenSSH does, printed by -G, without effect;
	// the note says why nothing is missing or what to do instead.
	inert use = "accepted, not applicable"
	// refuses: a value that asks for it stops the connection, with file and line.
	refuses use = "refused"
	// past: OpenSSH itself ignores it.
	past use = "accepted, obsolete in OpenSSH"
)

// keyword is one line of the table that drives reading, storing, printing and
// the documentation.
type keyword struct {
	title   string   // as the manual spells it
	aliases []string // other spellings, lower case
	// read takes the arguments off a statement and checks them; nil values leave
	// the keyword unset. It runs for blocks that do not apply too: a fault is a
	// fault wherever it stands.
	read reader
	// store keeps the values of a statement that applies; nil: the first wins.
	store func(s *settings, k *keyword, st *statement, values []string)
	// anywhere: it counts in blocks that do not apply too. OpenSSH's doing.
	anywhere bool
	// def are the values that -G prints where nothing was set.
	def []string
	// show prints; nil: "keyword value value…", or nothing without a value.
	show shower
	use  use
	note string
}

func (k *keyword) name() string { return lower(k.title) }

// one makes the default of a keyword with one value.
func one(s string) []string { return []string{s} }

// keywords is every keyword that is known, those that -G prints first and in its
// order.
var keywords = []keyword{
	{title: "User", read: text, show: hidden, use: acts, note: "tokens and ${VARIABLES} as since OpenSSH 10.0; -G prints it as written"},
	{title: "HostName", read: text, show: hidden, use: acts},
	{title: "Port", read: port, show: hidden, use: acts, note: "SSH's port; mosh's UDP port is -p"},
	{title: "AddressFamily", read: choice("any", "inet", "inet6"), def: one("any"), use: acts},
	{title: "BatchMode", read: flag, def: one("no"), use: acts, note: "ServerAliveInterval becomes 300 as in Debian's ssh"},
	{title: "CanonicalizeFallbackLocal", read: flag, def: one("yes"), use: acts},
	{title: "CanonicalizeHostname", read: choice("true", "yes=true", "false", "no=false", "always"), def: one("false"), use: acts},
	{title: "CheckHostIP", read: flag, def: one("no"), use: acts, note: "not with a proxy, as in OpenSSH"},
	{title: "Compression", read: choice("yes", "no"), def: one("no"), use: inert, note: "the SSH connection carries a few kilobytes; the session itself is always compressed"},
	{title: "ControlMaster", read: choice("true", "yes=true", "false", "no=false", "auto", "ask", "autoask"), def: one("false"), use: inert, note: "gmosh makes its own SSH connection and closes it"},
	{title: "EnableSSHKeysign", read: flag, def: one("no"), use: inert, note: "no host-based authentication"},
	{title: "ClearAllForwardings", read: flag, def: one("no"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "ExitOnForwardFailure", read: flag, def: one("no"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "FingerprintHash", read: hashName, def: one("SHA256"), use: acts},
	{title: "ForwardX11", read: flag, def: one("no"), use: inert, note: "no X11 forwarding"},
	{title: "ForwardX11Trusted", read: flag, def: one("yes"), use: inert, note: "no X11 forwarding"},
	{title: "GatewayPorts", read: flag, def: one("no"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "GSSAPIAuthentication", read: flag, def: one("no"), use: inert, note: "x/crypto/ssh has no GSSAPI: --ssh=ssh runs OpenSSH as the transport"},
	{title: "GSSAPIKeyExchange", read: flag, def: one("no"), use: inert, note: "as GSSAPIAuthentication"},
	{title: "GSSAPIDelegateCredentials", read: flag, def: one("no"), use: inert, note: "as GSSAPIAuthentication"},
	{title: "GSSAPITrustDns", read: flag, def: one("no"), use: inert, note: "as GSSAPIAuthentication"},
	{title: "GSSAPIRenewalForcesRekey", read: flag, def: one("no"), use: inert, note: "as GSSAPIAuthentication"},
	{title: "GSSAPIClientIdentity", read: text, use: inert, note: "as GSSAPIAuthentication"},
	{title: "GSSAPIServerIdentity", read: text, use: inert, note: "as GSSAPIAuthentication"},
	{title: "GSSAPIKexAlgorithms", read: gssAlgorithms, show: gssAlgorithmsLine, use: inert, note: "as GSSAPIAuthentication"},
	{title: "HashKnownHosts", read: flag, def: one("no"), use: acts},
	{title: "HostbasedAuthentication", read: flag, def: one("no"), use: inert, note: "needs the setuid helper ssh-keysign: --ssh=ssh"},
	{title: "IdentitiesOnly", read: flag, def: one("no"), use: acts},
	{title: "KbdInteractiveAuthentication", aliases: []string{"challengeresponseauthentication", "skeyauthentication", "tisauthentication"}, read: flag, def: one("yes"), use: acts},
	{title: "NoHostAuthenticationForLocalhost", read: flag, def: one("no"), use: acts},
	{title: "PasswordAuthentication", read: flag, def: one("yes"), use: acts},
	{title: "PermitLocalCommand", read: flag, def: one("no"), use: inert, note: "with LocalCommand"},
	{title: "ProxyUseFdpass", read: flag, def: one("no"), show: fdpass, use: refuses, note: "`yes` with a ProxyCommand: a descriptor cannot be passed to a process that is not ssh; let the command carry the data (nc without -F)"},
	{title: "PubkeyAuthentication", aliases: []string{"dsaauthentication"}, read: choice("true", "yes=true", "false", "no=false", "unbound", "host-bound"), def: one("true"), use: acts, note: "unbound and host-bound mean yes: x/crypto/ssh has no host-bound authentication"},
	{title: "RequestTTY", read: choice("true", "yes=true", "false", "no=false", "force", "auto"), def: one("auto"), use: acts, note: "of the SSH session that starts the server; a mosh session always has a terminal"},
	{title: "SessionType", read: choice("none", "subsystem", "default"), def: one("default"), use: inert, note: "a mosh session is always a shell or a command"},
	{title: "StdinNull", read: flag, def: one("no"), use: inert, note: "the session needs its input"},
	{title: "ForkAfterAuthentication", read: flag, def: one("no"), use: inert, note: "a mosh session is in the foreground"},
	{title: "StreamLocalBindUnlink", read: flag, def: one("no"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "StrictHostKeyChecking", read: choice("true", "yes=true", "false", "no=false", "off=false", "ask", "accept-new"), def: one("ask"), use: acts},
	{title: "TCPKeepAlive", aliases: []string{"keepalive"}, read: flag, def: one("yes"), use: acts},
	{title: "Tunnel", read: choice("ethernet", "point-to-point", "yes=point-to-point", "true=point-to-point", "no=false", "false"), def: one("false"), show: tunnel, use: inert, note: "no tun devices"},
	{title: "VerifyHostKeyDNS", read: choice("true", "yes=true", "false", "no=false", "ask"), def: one("false"), use: inert, note: "needs a resolver that validates DNSSEC; only its effect on UpdateHostKeys is kept"},
	{title: "VisualHostKey", read: flag, def: one("no"), use: inert, note: "the fingerprint is shown, the picture is not"},
	{title: "UpdateHostKeys", read: choice("true", "yes=true", "false", "no=false", "ask"), show: updateHostKeys, use: acts, note: "keys are written once the server has proved them; `ask` asks when the session has been started"},
	{title: "EnableEscapeCommandline", read: flag, def: one("no"), use: inert, note: "the escape key is mosh's"},
	{title: "CanonicalizeMaxDots", read: integer, def: one("1"), use: acts},
	{title: "ConnectionAttempts", read: integer, def: one("1"), use: acts},
	{title: "ForwardX11Timeout", read: seconds, def: one("1200"), use: inert, note: "no X11 forwarding"},
	{title: "NumberOfPasswordPrompts", read: integer, def: one("3"), use: acts},
	{title: "ServerAliveCountMax", read: integer, def: one("3"), use: acts, note: "of the SSH connection; the session has its own, which never gives up"},
	{title: "ServerAliveInterval", aliases: []string{"protocolkeepalives", "setuptimeout"}, read: seconds, show: serverAlive, use: acts, note: "as ServerAliveCountMax"},
	{title: "RequiredRSASize", read: integer, def: one("1024"), use: acts},
	{title: "ObscureKeystrokeTiming", read: obscure, use: inert, note: "keystrokes travel in UDP packets of gmosh's own timing"},
	{title: "BindAddress", read: text, use: acts, note: "of the SSH connection"},
	{title: "BindInterface", read: text, use: acts, note: "of the SSH connection"},
	{title: "Ciphers", read: algorithmList(&cipherNames), show: algorithmsLine(&cipherNames), use: acts},
	{title: "ControlPath", read: text, show: unlessNone, use: inert, note: "as ControlMaster"},
	{title: "HostKeyAlgorithms", read: algorithmList(&keyNames), show: algorithmsLine(&keyNames), use: acts},
	{title: "HostKeyAlias", read: text, show: lowered, use: acts},
	{title: "HostbasedAcceptedAlgorithms", aliases: []string{"hostbasedkeytypes"}, read: algorithmList(&keyNames), show: algorithmsLine(&keyNames), use: inert, note: "as HostbasedAuthentication"},
	{title: "IdentityAgent", read: agentPath, use: acts},
	{title: "IgnoreUnknown", read: text, use: acts},
	{title: "KbdInteractiveDevices", read: text, use: inert, note: "x/crypto/ssh leaves the choice of devices to the server"},
	{title: "KexAlgorithms", read: algorithmList(&kexNames), show: algorithmsLine(&kexNames), use: acts},
	{title: "CASignatureAlgorithms", read: algorithmList(&signatureNames), show: algorithmsLine(&signatureNames), use: acts},
	{title: "LocalCommand", read: command, show: unlessNone, use: inert, note: "run it beside gmosh"},
	{title: "RemoteCommand", read: command, show: unlessNone, use: acts, note: "by the login shell, in the session"},
	{title: "LogLevel", read: logLevel, def: one("INFO"), use: acts, note: "DEBUG to DEBUG3 are -v to -vvv; ERROR and below leave questions and failures only"},
	{title: "MACs", read: algorithmList(&macNames), show: algorithmsLine(&macNames), use: acts},
	{title: "PKCS11Provider", aliases: []string{"smartcarddevice"}, read: text, show: unlessNone, use: inert, note: "pure Go cannot load it: add the provider to ssh-agent (ssh-add -s), or --ssh=ssh"},
	{title: "SecurityKeyProvider", read: text, def: one("internal"), show: unlessNone, use: inert, note: "sk keys are used through ssh-agent"},
	{title: "PreferredAuthentications", read: text, use: acts},
	{title: "PubkeyAcceptedAlgorithms", aliases: []string{"pubkeyacceptedkeytypes"}, read: algorithmList(&keyNames), show: algorithmsLine(&keyNames), use: acts},
	{title: "RevokedHostKeys", read: text, show: unlessNone, use: acts, note: "tokens, ${VARIABLES} and ~ as since OpenSSH 10.0"},
	{title: "XAuthLocation", read: text, show: xauthLocation, use: inert, note: "no X11 forwarding"},
	{title: "KnownHostsCommand", read: command, show: unlessNone, use: acts, note: "not through a shell"},
	{title: "Tag", read: text, use: acts},
	{title: "VersionAddendum", read: command, use: inert, note: "the version line is gmosh's"},
	{title: "DynamicForward", read: dynamicForward, store: storeForward, show: dynamicForwards, use: inert, note: "no forwarding over the SSH connection"},
	{title: "LocalForward", read: localForward, store: storeForward, show: localForwards, use: inert, note: "no forwarding over the SSH connection"},
	{title: "RemoteForward", read: remoteForward, store: storeForward, show: remoteForwards, use: inert, note: "no forwarding over the SSH connection"},
	{title: "IdentityFile", aliases: []string{"identityfile2"}, read: file, store: addFile, show: identityFiles, use: acts},
	{title: "CanonicalDomains", read: domains, def: one("none"), use: acts},
	{title: "CertificateFile", read: file, store: addFile, show: each, use: acts},
	{title: "GlobalKnownHostsFile", read: listOf(32, "none"), show: globalKnownHosts, use: acts},
	{title: "UserKnownHostsFile", read: listOf(32, "none"), show: userKnownHosts, use: acts},
	{title: "SendEnv", read: envNames, store: addEnv, show: each, use: acts},
	{title: "SetEnv", read: envSettings, show: each, use: acts, note: "tokens and ${VARIABLES} as since OpenSSH 10.0, where the value is a valid template; -G prints it as written"},
	{title: "LogVerbose", read: listOf(0, "none"), def: one("none"), show: firstOnly, use: inert, note: "names places in OpenSSH's source"},
	{title: "PermitRemoteOpen", read: permitOpen, def: one("any"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "ChannelTimeout", read: channelTimeout, use: inert, note: "one channel, open for seconds"},
	{title: "AddKeysToAgent", read: addKeys, def: one("false"), use: acts},
	{title: "ForwardAgent", read: forwardAgent, store: storeAgent, def: one("no"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "ConnectTimeout", read: seconds, def: one("none"), use: acts, note: "for each address, and for the server's greeting and host key"},
	{title: "TunnelDevice", read: tunnelDevice, def: one("any:any"), use: inert, note: "no tun devices"},
	{title: "CanonicalizePermittedCNAMEs", read: permittedCNAMEs, def: one("none"), show: permittedCNAMEsLine, use: acts},
	{title: "ControlPersist", read: controlPersist, def: one("no"), use: inert, note: "as ControlMaster"},
	{title: "EscapeChar", read: escapeChar, def: one("~"), use: inert, note: "the escape key is mosh's (MOSH_ESCAPE_KEY)"},
	{title: "IPQoS", read: ipQoS, def: []string{"lowdelay", "throughput"}, use: acts, note: "the first value, for the SSH connection; the session's own packets are marked as mosh marks them"},
	{title: "RekeyLimit", read: rekeyLimit, store: storeRekey, show: rekey, use: acts, note: "the bytes; x/crypto/ssh has no limit of time"},
	{title: "StreamLocalBindMask", read: bindMask, store: storeLast, anywhere: true, def: one("0177"), use: inert, note: "no forwarding over the SSH connection"},
	{title: "SyslogFacility", read: facility, anywhere: true, def: one("USER"), use: inert, note: "the client logs to standard error"},
	{title: "ProxyJump", read: proxyJump, store: storeProxyJump, show: jumpLine, use: acts},
	{title: "ProxyCommand", read: command, store: storeProxyCommand, show: unlessNone, use: acts},

	// Not printed: what makes the blocks, and what is gone.
	{title: "Host", read: readHost, show: hidden, use: acts},
	{title: "Match", read: readMatch, show: hidden, use: acts},
	{title: "Include", read: readInclude, show: hidden, use: acts, note: "tokens and ${VARIABLES} as since OpenSSH 10.0"},
	{title: "UseKeychain", read: apple, show: hidden, use: inert, note: "Apple's; known on macOS, elsewhere IgnoreUnknown is needed as with OpenSSH"},
	{title: "Cipher", read: obsolete, show: hidden, use: past},
	{title: "FallBackToRsh", read: obsolete, show: hidden, use: past},
	{title: "GlobalKnownHostsFile2", read: obsolete, show: hidden, use: past},
	{title: "Protocol", read: obsolete, show: hidden, use: past},
	{title: "RhostsAuthentication", read: obsolete, show: hidden, use: past},
	{title: "UseBlacklistedKeys", read: obsolete, show: hidden, use: past},
	{title: "UsePrivilegedPort", read: obsolete, show: hidden, use: past},
	{title: "UseRoaming", read: obsolete, show: hidden, use: past},
	{title: "UserKnownHostsFile2", read: obsolete, show: hidden, use: past},
	{title: "UseRsh", read: obsolete, show: hidden, use: past},
	{title: "AFSTokenPassing", read: unsupported, show: hidden, use: past, note: "OpenSSH says so; so does gmosh"},
	{title: "CompressionLevel", read: unsupported, show: hidden, use: past, note: "OpenSSH says so; so does gmosh"},
	{title: "KerberosAuthentication", read: unsupported, show: hidden, use: past, note: "OpenSSH says so; so does gmosh"},
	{title: "KerberosTgtPassing", read: unsupported, show: hidden, use: past, note: "OpenSSH says so; so does gmosh"},
	{title: "RhostsRSAAuthentication", read: unsupported, show: hidden, use: past, note: "OpenSSH says so; so does gmosh"},
	{title: "RSAAuthentication", read: unsupported, show: hidden, use: past, note: "OpenSSH says so; so does gmosh"},
}
