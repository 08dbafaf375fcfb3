//go:build unix

package system

import (
	"io/fs"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"gmosh/sshconf"
)

func places(home string) sshconf.Places {
	return sshconf.Places{
		UserConfig:   strings.TrimSuffix(home, "/") + "/.ssh/config",
		UserFolder:   "~/.ssh",
		SystemConfig: "/etc/ssh/ssh_config",
		SystemFolder: "/etc/ssh",
		XAuth:        "/usr/bin/xauth",
		Apple:        runtime.GOOS == "darwin",
	}
}

func userName(u *user.User) string { return u.Username }

// accountHome is the home of the user database: OpenSSH does not ask $HOME for
// it, and user.Current without cgo does.
func accountHome(u *user.User) string {
	if known, err := user.LookupId(u.Uid); err == nil && known.HomeDir != "" {
		return known.HomeDir
	}
	return u.HomeDir
}

const shellFlag = "-c"

func shell() string {
	if s := os.Getenv("SHELL"); s != "" {
		return s
	}
	return "/bin/sh"
}

// untrusted: somebody other than root and the user owns the file or may write it.
// A group is nobody else if it holds only the user, as in Debian, which gives
// everybody a group of their own.
func untrusted(info fs.FileInfo, local sshconf.LocalUser) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	mode := info.Mode().Perm()
	if stat.Uid != 0 && int(stat.Uid) != os.Getuid() || mode&0o002 != 0 {
		return true
	}
	return mode&0o020 != 0 && !privateGroup(strconv.Itoa(int(stat.Gid)), local.Name)
}

// privateGroup reports whether the user databases know a group and nobody but the
// user in it.
func privateGroup(gid, name string) bool {
	known := false
	for _, group := range databaseLines("/etc/group", 4) { // name:password:gid:members
		if group[2] != gid {
			continue
		}
		known = true
		if group[3] != "" && group[3] != name {
			return false
		}
	}
	for _, account := range databaseLines("/etc/passwd", 4) { // name:password:uid:gid:…
		if account[3] == gid && account[0] != name {
			return false
		}
	}
	return known
}

// databaseLines are the fields of a colon-separated file, of lines that have at
// least so many.
func databaseLines(path string, fields int) [][]string {
	data, _ := os.ReadFile(path)
	var lines [][]string
	for line := range strings.Lines(string(data)) {
		if parts := strings.Split(strings.TrimSpace(line), ":"); len(parts) >= fields {
			lines = append(lines, parts)
		}
	}
	return lines
}
