package survey

import "runtime"

// System names the platform as builds of gmosh do.
func System() string { return runtime.GOOS + "/" + runtime.GOARCH }
