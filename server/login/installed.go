package login

import (
	"encoding/binary"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
)

// Installed is the set of locales that the machine's C library has.
type Installed struct {
	// names holds normalised names (normalLocale).
	names nameSet
	// unknown: no place with locales was found, or the library (musl) takes any
	// name. Every locale then counts as installed.
	unknown bool
}

type nameSet map[string]struct{}

func (s nameSet) all() iter.Seq[string] { return maps.Keys(s) }

func (in Installed) has(locale string) bool {
	if in.unknown || locale == "C" || locale == "POSIX" {
		return true
	}
	_, ok := in.names[normalLocale(locale)]
	return ok
}

// localeDirs are where C libraries keep a locale as a folder: glibc the first,
// the BSDs and macOS the second.
var localeDirs = [...]string{"usr/lib/locale", "usr/share/locale"}

// FindInstalled lists the locales installed under root, which is the machine's
// file system. LOCPATH and LOCALE_ARCHIVE in environ add to glibc's own places.
func FindInstalled(root fs.FS, environ []string) Installed {
	in := Installed{names: nameSet{}}
	if musl, _ := fs.Glob(root, "lib/ld-musl-*"); len(musl) > 0 {
		in.unknown = true
		return in
	}
	e := newEnviron(environ)
	archives := []string{"usr/lib/locale/locale-archive"}
	if archive := e.get("LOCALE_ARCHIVE"); archive != "" {
		archives = append(archives, rooted(archive))
	}
	for _, name := range archives {
		for _, locale := range archiveNames(root, name) {
			in.names[normalLocale(locale)] = struct{}{}
		}
	}
	dirs := localeDirs[:]
	for _, dir := range strings.Split(e.get("LOCPATH"), ":") {
		if dir != "" {
			dirs = append(slices.Clip(dirs), rooted(dir))
		}
	}
	for _, dir := range dirs {
		entries, _ := fs.ReadDir(root, dir)
		for _, d := range entries {
			if _, err := fs.Stat(root, path.Join(dir, d.Name(), "LC_CTYPE")); err == nil {
				in.names[normalLocale(d.Name())] = struct{}{}
			}
		}
	}
	in.unknown = len(in.names) == 0
	return in
}

// rooted turns an absolute path into one of a file system whose root is "/".
func rooted(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// glibc's locale-archive begins with this header of 32-bit words in the
// machine's byte order; the strings are the locales' names, each ended by NUL.
type archiveHeader struct {
	Magic, Serial                              uint32
	NamehashOffset, NamehashUsed, NamehashSize uint32
	StringOffset, StringUsed, StringSize       uint32
}

const (
	archiveMagic      = 0xde020109
	maxArchiveStrings = 1 << 20 // all of glibc's locales need 15 kB
)

// archiveNames reads the names out of a locale archive; the locales' data, up to
// hundreds of megabytes, is not touched.
func archiveNames(root fs.FS, name string) []string {
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var h archiveHeader
	if binary.Read(f, binary.NativeEndian, &h) != nil || h.Magic != archiveMagic || h.StringUsed > maxArchiveStrings {
		return nil
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil
	}
	text := make([]byte, h.StringUsed)
	if n, err := at.ReadAt(text, int64(h.StringOffset)); n < len(text) || err != nil && err != io.EOF {
		return nil
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == 0 })
}
