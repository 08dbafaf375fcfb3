//go:build bundle

package upload

import (
	"embed"
	"io/fs"
)

//go:embed bundle/*.gz
var bundle embed.FS

// Bundled are the builds that `make release` has put into this program.
func Bundled() fs.FS {
	folder, err := fs.Sub(bundle, "bundle")
	if err != nil {
		return nil // fs.Sub fails on invalid names only
	}
	return folder
}
