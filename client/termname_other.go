//go:build !windows

package client

// usualTerm is not known: TERM says what the terminal is.
const usualTerm = ""
