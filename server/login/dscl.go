package login

import "strings"

// parseDscl reads what `dscl -read` prints: "Key: value" lines.
func parseDscl(name, out string) Account {
	a := Account{Name: name}
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "NFSHomeDirectory":
			a.Home = strings.TrimSpace(value)
		case "UserShell":
			a.Shell = strings.TrimSpace(value)
		}
	}
	return a
}
