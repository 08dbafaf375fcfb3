//go:build unix && !darwin

package login

// askNameService asks by getent(1), which Linux and the BSDs have.
func askNameService(id string) Account { return getent(id) }
