package client

import (
	"fmt"
	"strings"
)

// checkLocale returns an error if the environment says that the terminal's
// character set is not UTF-8. Our own code never asks the C library, so what
// counts is the locale's name; a language without a character set is taken at its
// best.
func checkLocale(getenv func(string) string) error {
	if !hasLocales {
		return nil
	}
	name, value := "LANG", ""
	for _, name = range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value = getenv(name); value != "" {
			break
		}
	}
	if isUTF8(value) {
		return nil
	}
	if value == "" {
		return fmt.Errorf("no locale is set, and the terminal has to use UTF-8; " +
			"if it does, set LANG (to C.UTF-8, for instance)")
	}
	return fmt.Errorf("the terminal has to use UTF-8, but %s=%s says that it does not; "+
		"if it does, set %s (to C.UTF-8, for instance)", name, value, name)
}

// isUTF8 reports whether a locale's name (language_COUNTRY.charset@variant, parts
// of which may lack) stands for UTF-8.
func isUTF8(locale string) bool {
	name, _, _ := strings.Cut(locale, "@")
	language, charset, named := strings.Cut(name, ".")
	if !named {
		if isCharsetUTF8(language) { // macOS: LC_CTYPE=UTF-8
			return true
		}
		return language != "" && language != "C" && language != "POSIX" && name == locale
	}
	return isCharsetUTF8(charset)
}

func isCharsetUTF8(charset string) bool {
	return strings.EqualFold(charset, "UTF-8") || strings.EqualFold(charset, "utf8")
}
