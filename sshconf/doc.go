// Package sshconf reads ssh_config(5) as OpenSSH 9.x does and resolves it, for
// one host, to a typed Config.
//
// The evaluator is a single pass in file order that decides as it reads (which
// Host or Match block applies, which value came first), because that is what the
// format means: a Match sees what was set above it, an Include takes part in the
// block it stands in. A second pass follows when the host name is canonicalised
// or a `Match final` asks for one. Tokens, ${VARIABLES} and ~ are expanded after
// the passes, since they name values that may be set later in the file.
//
// Everything outside the text (files, environment, users, commands, DNS, network
// interfaces) comes through Environment; sshconf/system has the one for the
// machine we run on. The package itself is pure: no clock, socket, file or
// goroutine, and no state between two calls, so Resolve may be called from any
// number of goroutines whose Environments allow it.
//
// It opens no connection, checks no key and knows no SSH library: an algorithm
// is a name here. Called by client/app (`gmosh -G`, and before every login) and
// by bootstrap for each jump host.
//
// The files in reading order: environment.go, config.go and resolve.go are the
// API and the order of events; tokens.go, keywords.go, values.go and
// algorithms.go are the language; eval.go, include.go, match.go, pattern.go and
// canonical.go are the passes; expand.go and fill.go make the Config; print.go is
// `ssh -G`.
package sshconf
