//go:build !windows

package app

// caseless: file names are compared without case.
const caseless = false
