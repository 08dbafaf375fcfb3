package login

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// some returns an Installed that has these locales.
func some(names ...string) Installed {
	in := Installed{names: nameSet{}}
	for _, n := range names {
		in.names[normalLocale(n)] = struct{}{}
	}
	return in
}

func TestLocaleIsTheServersOwnThenTheClientsThenTheNearest(t *testing.T) {
	debian := some("C.utf8", "de_DE.utf8", "de_DE.iso88591")
	for _, row := range []struct {
		name        string
		own, client []string
		installed   Installed
		want        []string
		says        bool
	}{
		{"own is UTF-8: the client's is not looked at",
			[]string{"A=b", "LANG=de_DE.UTF-8"}, []string{"LANG=C.UTF-8"}, debian, []string{"A=b", "LANG=de_DE.UTF-8"}, false},
		{"other spellings are the same", []string{"LC_CTYPE=C.utf8"}, nil, debian, []string{"LC_CTYPE=C.utf8"}, false},
		{"LC_ALL wins", []string{"LC_ALL=C", "LANG=de_DE.UTF-8"}, []string{"LANG=C.UTF-8"}, debian, []string{"LANG=C.UTF-8"}, false},
		{"the client's takes the place of all of ours",
			[]string{"LANG=de_DE", "LC_TIME=C", "LANGUAGE=de", "LC_TERMINAL=x"}, []string{"LC_CTYPE=de_DE.UTF-8", "FOO=bar"}, debian,
			[]string{"LC_TERMINAL=x", "LC_CTYPE=de_DE.UTF-8", "FOO=bar"}, false},
		{"one category that is not installed spoils all, as in setlocale",
			[]string{"LANG=C.UTF-8", "LC_TIME=xx_YY.UTF-8"}, []string{"LANG=de_DE.UTF-8"}, debian, []string{"LANG=de_DE.UTF-8"}, false},
		{"neither will do", []string{"LANG=C"}, []string{"LC_CTYPE=UTF-8"}, debian, []string{"LANG=C.UTF-8"}, true},
		{"nothing asked for", nil, nil, debian, []string{"LANG=C.UTF-8"}, true},
		{"no C.UTF-8 here", nil, nil, some("fr_FR.utf8", "de_DE.iso88591"), []string{"LANG=fr_FR.utf8"}, true},
		{"no UTF-8 locale on the machine", []string{"LC_ALL=POSIX"}, []string{"LANG=en_US.UTF-8"}, some("POSIX"), []string{"LANG=C.UTF-8"}, true},
		{"codeset alone, as macOS has it", []string{"LC_CTYPE=UTF-8"}, nil, some("UTF-8"), []string{"LC_CTYPE=UTF-8"}, false},
		{"a library that takes any name", []string{"LANG=xx.UTF-8"}, nil, Installed{unknown: true}, []string{"LANG=xx.UTF-8"}, false},
		{"words without a value are no variables", nil, []string{"LANG", "=C.UTF-8", "LC_CTYPE=C.UTF-8"}, debian, []string{"LC_CTYPE=C.UTF-8"}, false},
	} {
		got, notice := Locale(row.own, row.client, row.installed)
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
		if (notice != "") != row.says {
			t.Errorf("%s: notice %q", row.name, notice)
		}
	}
}

func TestTheNoticeNamesBothLocales(t *testing.T) {
	_, notice := Locale([]string{"LC_ALL=C"}, []string{"LANG=xx_YY.UTF-8"}, some("C.utf8"))
	for _, want := range []string{"LC_ALL=C", "LANG=xx_YY.UTF-8", "C.UTF-8"} {
		if !strings.Contains(notice, want) {
			t.Errorf("%q is not in %q", want, notice)
		}
	}
}

// archive is a glibc locale-archive as far as names are concerned.
func archive(names ...string) []byte {
	text := strings.Join(names, "\x00") + "\x00"
	var b bytes.Buffer
	h := archiveHeader{Magic: archiveMagic, StringOffset: 100, StringUsed: uint32(len(text)), StringSize: 200}
	binary.Write(&b, binary.NativeEndian, h)
	b.Write(make([]byte, 100-b.Len()))
	b.WriteString(text)
	return b.Bytes()
}

func TestFindInstalledReadsFoldersAndArchives(t *testing.T) {
	file := func(data []byte) *fstest.MapFile { return &fstest.MapFile{Data: data} }
	short := archive("a_B.utf8")[:50]
	root := fstest.MapFS{
		"usr/lib/locale/C.utf8/LC_CTYPE":         file(nil),
		"usr/lib/locale/empty/LC_TIME":           file(nil),
		"usr/lib/locale/locale-archive":          file(archive("en_US.utf8", "de_DE.iso88591")),
		"usr/share/locale/fr_FR.UTF-8/LC_CTYPE":  file(nil),
		"usr/share/locale/it/LC_MESSAGES/foo.mo": file(nil),
		"nix/archive":                            file(archive("sv_SE.utf8")),
		"nix/short":                              file(short),
		"own/da_DK.utf8/LC_CTYPE":                file(nil),
	}
	in := FindInstalled(root, []string{"LOCALE_ARCHIVE=/nix/archive", "LOCPATH=/own"})
	for locale, want := range map[string]bool{
		"C": true, "POSIX": true, "C.UTF-8": true, "en_US.UTF-8": true, "fr_FR.utf8": true, "sv_SE.UTF-8": true,
		"da_DK.UTF-8": true, "de_DE.ISO8859-1": true, "de_DE.UTF-8": false, "it": false, "empty": false, "UTF-8": false,
	} {
		if in.has(locale) != want {
			t.Errorf("%s: installed %v, want %v", locale, !want, want)
		}
	}
	if in := FindInstalled(root, []string{"LOCALE_ARCHIVE=/nix/short"}); in.has("a_B.utf8") {
		t.Error("a truncated archive was believed")
	}
}

func TestAMachineWhoseLocalesAreNotFoundTakesAnyName(t *testing.T) {
	musl := fstest.MapFS{"lib/ld-musl-x86_64.so.1": &fstest.MapFile{}, "usr/lib/locale/C.utf8/LC_CTYPE": &fstest.MapFile{}}
	for _, root := range []fstest.MapFS{{}, musl} {
		if in := FindInstalled(root, nil); !in.has("xx_YY.UTF-8") {
			t.Errorf("%v: a locale was refused", root)
		}
	}
}
