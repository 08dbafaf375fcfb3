package login

import (
	"io"
	"io/fs"
	"path"
	"strings"
)

// maxMotd bounds what is shown of one file: it goes through an emulator before
// the shell starts.
const maxMotd = 256 << 10

// motd returns the messages of the day of the file system root, or nothing where
// home has a .hushlogin: first the one that the system writes by itself, then the
// administrator's.
func motd(root fs.FS, home string) []byte {
	if home != "" {
		if _, err := fs.Stat(root, strings.TrimPrefix(path.Clean(home+"/.hushlogin"), "/")); err == nil {
			return nil
		}
	}
	text, err := readBounded(root, "run/motd.dynamic")
	if err != nil {
		text, _ = readBounded(root, "var/run/motd.dynamic")
	}
	static, _ := readBounded(root, "etc/motd")
	return append(text, static...)
}

func readBounded(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxMotd))
}
