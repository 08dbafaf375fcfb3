//go:build !bundle

package upload

import "io/fs"

// Bundled are the builds in this program: none, if it was not made by `make
// release`.
func Bundled() fs.FS { return nil }
