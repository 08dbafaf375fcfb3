package login

import (
	"bufio"
	"io"
	"strings"
)

// Account is what the system knows about the user we run as. Fields that could
// not be found out are empty.
type Account struct {
	Name  string
	Home  string
	Shell string // empty also where the account has none named: use defaultShell
}

// CurrentAccount returns the account of user number uid, with what environment
// variables of a login say (USER, HOME, SHELL) before what the system's user
// database says, which is asked only for what they lack.
func CurrentAccount(env []string, uid int) Account {
	e := newEnviron(env)
	a := Account{
		Name:  firstNonEmpty(e.get("USER"), e.get("LOGNAME")),
		Home:  e.get("HOME"),
		Shell: e.get("SHELL"),
	}
	if a.Name != "" && a.Home != "" && a.Shell != "" {
		return a
	}
	found := lookup(uid, a.Name)
	a.Name = firstNonEmpty(a.Name, found.Name)
	a.Home = firstNonEmpty(a.Home, found.Home)
	a.Shell = firstNonEmpty(a.Shell, found.Shell)
	return a
}

// maxPasswd bounds what is read of a user database.
const maxPasswd = 16 << 20

// findAccount looks a user number up in passwd(5) lines. If several accounts
// share it, the one of that name is preferred.
func findAccount(passwd io.Reader, uid, name string) (Account, bool) {
	var first Account
	found := false
	lines := bufio.NewScanner(io.LimitReader(passwd, maxPasswd))
	for lines.Scan() {
		f := strings.Split(lines.Text(), ":")
		if len(f) != 7 || f[2] != uid {
			continue
		}
		a := Account{Name: f[0], Home: f[5], Shell: f[6]}
		if a.Name == name {
			return a, true
		}
		if !found {
			first, found = a, true
		}
	}
	return first, found
}
