package login

import (
	"strings"
)

// askNameService asks the directory service, where macOS keeps its accounts.
func askNameService(id string) Account {
	name, _, _ := strings.Cut(string(run("dscl", ".", "-search", "/Users", "UniqueID", id)), "\t")
	if name = strings.TrimSpace(name); name == "" {
		return Account{}
	}
	return parseDscl(name, string(run("dscl", ".", "-read", "/Users/"+name, "NFSHomeDirectory", "UserShell")))
}
