//go:build !unix

package launch

import "os"

func exitOf(state *os.ProcessState) Exit { return Exit{Status: state.ExitCode()} }
