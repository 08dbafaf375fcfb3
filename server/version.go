package server

import "runtime/debug"

// software names this program and its version, for people.
func software() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return "gmosh " + version
}
