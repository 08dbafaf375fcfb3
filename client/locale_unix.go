//go:build unix

package client

// hasLocales says that programs go by LC_ALL, LC_CTYPE and LANG.
const hasLocales = true
