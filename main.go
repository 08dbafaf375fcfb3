// Command gmosh is a remote terminal that survives roaming, sleep and loss: ssh's
// login and mosh's protocol in one binary.
package main

import (
	"os"

	"gmosh/client"
	"gmosh/client/app"
	"gmosh/server"
)

// command is a program in the program: it gets the name it was called by and the
// words after that, and returns the exit status.
type command func(name string, args []string) int

// byName are the programs that argv[0] can name. Any other name is gmosh.
var byName = map[string]command{
	"mosh":         app.Main,
	"mosh-client":  client.Main,
	"mosh-server":  server.Main,
	"gmosh-client": client.Main,
	"gmosh-server": server.Main,
}

// byWord are the words that gmosh knows, as its very first argument only: anywhere
// else, and after --, they are hosts like any other.
var byWord = map[string]command{
	"client":        client.Main,
	"server":        server.Main,
	"help":          app.Help,
	"version":       app.Version,
	"install-links": app.InstallLinks,
	"demo":          app.Demo,
	"doctor":        app.Doctor,
}

func main() { os.Exit(run(os.Args)) }

func run(argv []string) int {
	if len(argv) == 0 {
		argv = []string{"gmosh"}
	}
	name, args := app.ProgramName(argv[0]), argv[1:]
	if c, ok := byName[name]; ok {
		return c(name, args)
	}
	if len(args) > 0 {
		if c, ok := byWord[args[0]]; ok {
			app.NoteHost(args[0], args[1:])
			return c("gmosh "+args[0], args[1:])
		}
	}
	return app.Main("gmosh", args)
}
