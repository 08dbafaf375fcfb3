package sshconf

import (
	"slices"
	"strings"
)

// How the keywords are kept that do more than let the first value win.

// addFile adds a path to a list, once.
func addFile(s *settings, k *keyword, st *statement, words []string) {
	have, _ := s.get(k.name())
	if slices.Contains(have, words[0]) {
		return
	}
	s.set(k.name(), st.at, append(slices.Clip(have), words[0])...)
}

// addEnv adds SendEnv's patterns; one that begins with "-" removes those that it
// matches. The second pass adds once more, as in OpenSSH.
func addEnv(s *settings, k *keyword, st *statement, words []string) {
	have, _ := s.get(k.name())
	have = slices.Clone(have)
	for _, word := range words {
		if pattern, remove := strings.CutPrefix(word, "-"); remove {
			have = slices.DeleteFunc(have, func(name string) bool { return matchPattern(name, pattern) })
		} else {
			have = append(have, word)
		}
	}
	s.set(k.name(), st.at, have...)
}

// storeForward adds a forward, once.
func storeForward(s *settings, k *keyword, st *statement, words []string) {
	remote := k.title == "RemoteForward"
	dynamic := k.title == "DynamicForward"
	f, ok := parseForward(st.env, words[0], dynamic, remote)
	if !ok { // a RemoteForward without a target
		f, _ = parseForward(st.env, words[0], true, true)
	}
	f.at = st.at
	list := &s.locals
	if remote {
		list = &s.remotes
	}
	if !slices.ContainsFunc(*list, f.same) {
		*list = append(*list, f)
	}
}

// storeAgent: the first path wins, else the first yes or no.
func storeAgent(s *settings, k *keyword, st *statement, words []string) {
	isPath := func(word string) bool { return word != "yes" && word != "no" }
	if have, set := s.get(k.name()); !set || !isPath(have[0]) && isPath(words[0]) {
		s.set(k.name(), st.at, words...)
	}
}

// storeLast lets the last value win. Just one keyword does, by mistake.
func storeLast(s *settings, k *keyword, st *statement, words []string) {
	s.set(k.name(), st.at, words...)
}

// storeRekey: the bytes and the interval are each set once.
func storeRekey(s *settings, k *keyword, st *statement, words []string) {
	have, set := s.get(k.name())
	if !set {
		s.set(k.name(), st.at, words...)
	} else if have[1] == "" {
		s.set(k.name(), st.at, have[0], words[1])
	}
}

// Of ProxyJump and ProxyCommand the first one wins; only "ProxyJump none" lets a
// ProxyCommand through.

func storeProxyJump(s *settings, k *keyword, st *statement, words []string) {
	_, jump := s.get(k.name())
	_, command := s.get("proxycommand")
	if !jump && !command {
		s.set(k.name(), st.at, words...)
	}
}

func storeProxyCommand(s *settings, k *keyword, st *statement, words []string) {
	jump, set := s.get("proxyjump")
	_, command := s.get(k.name())
	if !command && (!set || jump[0] == noJump) {
		s.set(k.name(), st.at, words...)
	}
}
