package app

import (
	"path/filepath"
	"runtime/debug"
	"strings"
)

// The names of this program's halves, as people and launchers type them.
const (
	gmoshName       = "gmosh"
	moshName        = "mosh"
	moshClientName  = "mosh-client"
	moshServerName  = "mosh-server"
	gmoshClientName = "gmosh-client"
	gmoshServerName = "gmosh-server"
)

// linkNames are the names that install-links makes.
var linkNames = []string{moshName, moshClientName, moshServerName, gmoshClientName, gmoshServerName}

// ProgramName is the name that a program was called by: the last part of argv[0],
// without .exe, and in lower case where file names have no case.
func ProgramName(argv0 string) string {
	name := filepath.Base(argv0)
	if caseless {
		name = strings.ToLower(name)
	}
	return strings.TrimSuffix(name, ".exe")
}

// software names this program and its version.
func software() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return gmoshName + " " + version
}
