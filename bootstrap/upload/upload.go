// Package upload finds builds of gmosh that can be put onto other machines, and
// packs them for the way.
//
// A build comes from, in this order: what `make release` has put into this binary;
// this binary itself, for machines of its own kind; files beside it; the data
// folders. What is compressed has everything that the far side is told about it in
// its name, so that nothing is unpacked to find out:
//
//	gmosh_VERSION_linux-arm64_SHA256.gz     (make servers, make release)
//	gmosh-linux-arm64                       (as it was built)
//
// The package dials nothing: package probe's script takes the bytes. A Set may be
// used concurrently.
package upload

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"gmosh/bootstrap/probe"
)

// Options say where builds may be.
type Options struct {
	Version  string   // this program's
	Platform string   // its own, see probe.Platform
	Self     string   // its file; "" is not looked at
	Folders  []string // where others may be; those that are not there are none
	Bundle   fs.FS    // what is built in; nil: nothing
}

// Set is what was found: at most one build for a platform.
type Set struct {
	builds map[string]build
	// Unfit is why this program itself cannot be put onto a machine of its own
	// kind, or why a file that is named like a build is none.
	Unfit []error
}

// build is one build and where it is.
type build struct {
	probe.Build
	packed bool // by gzip
	read   func() ([]byte, error)
}

// ErrNone says that there is no build for a platform.
var ErrNone = errors.New("no build of gmosh for this platform")

// ErrChanged says that a build is not what it was, or what its name says.
var ErrChanged = errors.New("its contents are not what they should be")

// errDynamic says why a build will not run everywhere.
var errDynamic = errors.New("it needs libraries of this system (build it with CGO_ENABLED=0)")

// Find looks for builds. It reads this program's file, and no other that names its
// own digest.
func Find(o Options) *Set {
	s := &Set{builds: make(map[string]build)}
	if o.Bundle != nil {
		s.addPacked(o.Bundle, "", o.Version)
	}
	if o.Self != "" && s.builds[o.Platform].read == nil {
		s.addPlain(o.Self, o.Platform, o.Version)
	}
	for _, folder := range o.Folders {
		s.addPacked(os.DirFS(folder), folder, o.Version)
	}
	for _, folder := range o.Folders {
		files, _ := filepath.Glob(filepath.Join(escape(folder), "gmosh-*-*"))
		for _, file := range files {
			platform := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "gmosh-"), ".exe")
			if s.builds[platform].read == nil && file != o.Self {
				s.addPlain(file, platform, "")
			}
		}
	}
	return s
}

// escape makes a folder's name a pattern that matches nothing else.
func escape(folder string) string {
	if filepath.Separator == '\\' {
		return folder // there is no way to write it, and these characters are rare
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(folder)
}

// addPacked adds the compressed builds of a folder. One of our own version is
// preferred to another, and what was found before to what has the same right.
func (s *Set) addPacked(folder fs.FS, name, version string) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return // it is not there
	}
	for _, e := range entries {
		b, ok := parseName(e.Name())
		if !ok {
			continue
		}
		there, exists := s.builds[b.Platform]
		if exists && (there.Version == version || b.Version != version) {
			continue
		}
		size, err := unpackedSize(folder, e.Name())
		if err != nil {
			s.unfit(path.Join(name, e.Name()), err)
			continue
		}
		b.Size = size
		s.builds[b.Platform] = build{b, true, func() ([]byte, error) { return fs.ReadFile(folder, e.Name()) }}
	}
}

// FileName is what a compressed build is called.
func FileName(b probe.Build) string {
	return fmt.Sprintf("gmosh_%s_%s_%s.gz", b.Version, b.Platform, b.Digest)
}

// parseName reads FileName's.
func parseName(name string) (probe.Build, bool) {
	rest, ok := strings.CutSuffix(name, ".gz")
	words := strings.Split(rest, "_")
	if !ok || len(words) != 4 || words[0] != "gmosh" || len(words[3]) != 2*sha256.Size || strings.Trim(words[3], "0123456789abcdef") != "" {
		return probe.Build{}, false
	}
	return probe.Build{Version: words[1], Platform: words[2], Digest: words[3]}, true
}

// unpackedSize reads the size at the end of a gzip file (RFC 1952).
func unpackedSize(folder fs.FS, name string) (int64, error) {
	f, err := folder.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	seeker, ok := f.(io.ReadSeeker)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	var size [4]byte
	if _, err := seeker.Seek(-4, io.SeekEnd); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(seeker, size[:]); err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint32(size[:])), nil
}

// addPlain adds a program as it was built; an empty version is looked up in it.
func (s *Set) addPlain(file, platform, version string) {
	contents, err := os.ReadFile(file)
	if err == nil {
		err = portable(contents)
	}
	if err == nil && version == "" {
		version, err = versionOf(contents)
	}
	if err != nil {
		s.unfit(file, err)
		return
	}
	s.builds[platform] = build{
		Build: probe.Build{
			Platform: platform, Version: version, Digest: digest(contents), Size: int64(len(contents)),
		},
		read: func() ([]byte, error) { return os.ReadFile(file) },
	}
}

func (s *Set) unfit(file string, err error) {
	s.Unfit = append(s.Unfit, fmt.Errorf("%s: %w", file, err))
}

func digest(contents []byte) string { return fmt.Sprintf("%x", sha256.Sum256(contents)) }

// portable reports why a program may not run on another machine of its kind. Only
// Linux has programs that need nothing, and libraries that differ so much.
func portable(contents []byte) error {
	program, err := elf.NewFile(bytes.NewReader(contents))
	if err != nil || program.OSABI != elf.ELFOSABI_NONE {
		return nil
	}
	if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errDynamic
	}
	return nil
}

// versionOf is the version that the Go linker has noted in a program.
func versionOf(contents []byte) (string, error) {
	info, err := buildinfo.Read(bytes.NewReader(contents))
	switch {
	case err != nil:
		return "", err
	case info.Main.Path != "gmosh":
		return "", fmt.Errorf("it is %q", info.Main.Path)
	case info.Main.Version == "" || info.Main.Version == "(devel)":
		return "devel", nil
	}
	return info.Main.Version, nil
}

// Builds are all that were found, by platform.
func (s *Set) Builds() []probe.Build {
	var builds []probe.Build
	for _, platform := range slices.Sorted(maps.Keys(s.builds)) {
		builds = append(builds, s.builds[platform].Build)
	}
	return builds
}

// Pack returns what is to be sent of the build for a platform, and checks first
// that it is what it should be. A platform that we have nothing for is ErrNone.
func (s *Set) Pack(platform string, encoding probe.Encoding) ([]byte, error) {
	b, ok := s.builds[platform]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNone, platform)
	}
	stored, err := b.read()
	if err != nil {
		return nil, err
	}
	plain := stored
	if b.packed {
		if plain, err = unpack(stored, b.Size); err != nil {
			return nil, err
		}
	}
	switch {
	case digest(plain) != b.Digest:
		return nil, fmt.Errorf("the build for %s: %w", platform, ErrChanged)
	case encoding == probe.Plain:
		return plain, nil
	case b.packed:
		return stored, nil
	}
	return pack(plain)
}

// unpack undoes gzip, for a size that was announced.
func unpack(packed []byte, size int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, size+1))
}

func pack(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
