package login

import (
	"fmt"
	"slices"
	"strings"
)

// localeNames are the environment variables that choose a locale. Others that
// begin with LC_ (some terminals hide their own facts in such) are none.
var localeNames = [...]string{
	"LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE",
	"LC_MONETARY", "LC_MESSAGES", "LC_PAPER", "LC_NAME", "LC_ADDRESS", "LC_TELEPHONE",
	"LC_MEASUREMENT", "LC_IDENTIFICATION",
}

// lastLocale is given where nothing better was found: C libraries that lack it
// are no worse off with it than with an unknown one.
const lastLocale = "C.UTF-8"

// Locale returns environ with a locale whose characters are UTF-8 (spec section
// 1, -l): environ's own if it is one, else the client's variables in its place,
// else the nearest the machine has, with a sentence that says so. A variable
// that names a locale the machine does not have counts as setlocale(3) counts
// it: then the whole environment is not usable.
func Locale(environ, client []string, installed Installed) (env []string, notice string) {
	if utf8Locale(newEnviron(environ), installed) {
		return environ, ""
	}
	own := newEnviron(environ)
	before := describe(own)
	for _, name := range localeNames {
		own.unset(name)
	}
	for _, v := range client {
		if name, value, ok := strings.Cut(v, "="); ok && name != "" {
			own.set(name, value)
		}
	}
	if utf8Locale(own, installed) {
		return own.list(), ""
	}
	asked := describe(own)
	for _, name := range localeNames {
		own.unset(name)
	}
	nearest := installed.nearest()
	own.set("LANG", nearest)
	return own.list(), fmt.Sprintf(
		"Neither the locale here (%s) nor the client's (%s) is an installed UTF-8 one: using LANG=%s.",
		before, asked, nearest)
}

// utf8Locale reports whether setlocale(LC_ALL, "") would succeed in that
// environment and give UTF-8 as the character set.
func utf8Locale(e *environ, installed Installed) bool {
	if !isUTF8(effective(e, "LC_CTYPE")) {
		return false
	}
	for _, name := range localeNames {
		if strings.HasPrefix(name, "LC_") && name != "LC_ALL" && !installed.has(effective(e, name)) {
			return false
		}
	}
	return true
}

// effective returns the locale of one category.
func effective(e *environ, category string) string {
	return firstNonEmpty(e.get("LC_ALL"), e.get(category), e.get("LANG"), "C")
}

// isUTF8 goes by the name, as everybody names them: language_COUNTRY.codeset@modifier,
// or just the codeset on BSD and macOS.
func isUTF8(locale string) bool {
	base, _, _ := strings.Cut(locale, "@")
	if _, codeset, ok := strings.Cut(base, "."); ok {
		base = codeset
	}
	return normalCodeset(base) == "utf8"
}

// normalCodeset spells a codeset as C libraries compare it.
func normalCodeset(codeset string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, codeset)
}

// normalLocale spells a locale as the archive and folder names of glibc do:
// "de_AT.UTF-8@euro" is "de_AT.utf8@euro".
func normalLocale(locale string) string {
	base, modifier, hasModifier := strings.Cut(locale, "@")
	if language, codeset, ok := strings.Cut(base, "."); ok {
		base = language + "." + normalCodeset(codeset)
	}
	if hasModifier {
		base += "@" + modifier
	}
	return base
}

// describe names the variables that decide the character set.
func describe(e *environ) string {
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := e.get(name); v != "" {
			return name + "=" + v
		}
	}
	return "no charset variables"
}

// nearest returns the locale to use where none that was asked for will do.
func (in Installed) nearest() string {
	for _, name := range [...]string{lastLocale, "en_US.UTF-8"} {
		if in.has(name) {
			return name
		}
	}
	for _, name := range slices.Sorted(in.names.all()) {
		if isUTF8(name) {
			return name
		}
	}
	return lastLocale
}
