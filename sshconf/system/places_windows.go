package system

import (
	"io/fs"
	"os"
	"os/user"
	"strings"

	"gmosh/sshconf"
)

// The paths of Windows' own OpenSSH.
func places(home string) sshconf.Places {
	system := os.Getenv("ProgramData") + `\ssh`
	return sshconf.Places{
		UserConfig:   home + `\.ssh\config`,
		UserFolder:   "~/.ssh",
		SystemConfig: system + `\ssh_config`,
		SystemFolder: system,
	}
}

// userName is the account without its domain.
func userName(u *user.User) string {
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:]
}

func accountHome(u *user.User) string { return u.HomeDir }

const shellFlag = "/c"

func shell() string {
	if s := os.Getenv("ComSpec"); s != "" {
		return s
	}
	return "cmd.exe"
}

// untrusted: access lists are not read; the profile folder is the user's own.
func untrusted(fs.FileInfo, sshconf.LocalUser) bool { return false }
