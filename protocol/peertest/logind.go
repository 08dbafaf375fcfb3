package peertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// LogindOptions are what a mock logind says and does.
type LogindOptions struct {
	Kill         bool     // KillUserProcesses
	Exclude      []string // KillExcludeUsers
	StopDelay    uint64   // UserStopDelayUSec; 10 s
	Linger       bool     // of whatever user is asked about
	RefuseLinger bool     // SetUserLinger is refused, as without polkit
	NoManager    bool     // no user has a manager
}

// Logind is a mock of systemd-logind, and of a user's manager, on a bus of their own
// with a real dbus-daemon.
type Logind struct {
	// Env is what a login needs to find them: the system bus's address, a runtime
	// folder with the user's, and a session.
	Env []string

	mu     sync.Mutex
	props  *prop.Properties // of the user
	moved  []uint32
	option LogindOptions
	conn   *dbus.Conn
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "">
<busconfig>
<type>custom</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
</busconfig>
`

const (
	loginName   = "org.freedesktop.login1"
	loginPath   = "/org/freedesktop/login1"
	userPath    = "/org/freedesktop/login1/user/_0"
	systemdName = "org.freedesktop.systemd1"
	systemdPath = "/org/freedesktop/systemd1"
)

// StartLogind starts them; they end with the test.
func StartLogind(t testing.TB, o LogindOptions) *Logind {
	t.Helper()
	Need(t, "dbus-daemon")
	dir := PublicDir(t)
	socket := filepath.Join(dir, "bus")
	config := filepath.Join(dir, "bus.conf")
	WriteFile(t, config, fmt.Sprintf(busConfig, socket))
	daemon := exec.Command(lookPath("dbus-daemon"), "--config-file="+config, "--nofork", "--print-address")
	daemon.Env = Env(t)
	started, err := daemon.StdoutPipe()
	if err == nil {
		err = daemon.Start()
	}
	if err != nil {
		t.Fatal("dbus-daemon: ", err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait()
	})
	if _, err := started.Read(make([]byte, 256)); err != nil { // it listens
		t.Fatal("dbus-daemon: ", err)
	}
	if err := os.Chmod(socket, 0o777); err != nil {
		t.Fatal(err)
	}
	l := &Logind{option: o, Env: []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + socket, "XDG_SESSION_ID=1", "XDG_RUNTIME_DIR=" + dir}}
	if o.NoManager {
		l.Env[2] = "XDG_RUNTIME_DIR=" + PublicDir(t)
	}
	if l.conn, err = dbus.Connect("unix:path=" + socket); err != nil {
		t.Fatal("bus: ", err)
	}
	t.Cleanup(func() { l.conn.Close() })
	if err := l.export(); err != nil {
		t.Fatal("mock logind: ", err)
	}
	return l
}

func (l *Logind) export() error {
	delay := l.option.StopDelay
	if delay == 0 {
		delay = 10_000_000
	}
	_, err1 := prop.Export(l.conn, loginPath, prop.Map{loginName + ".Manager": {
		"KillUserProcesses": {Value: l.option.Kill},
		"KillOnlyUsers":     {Value: []string{}},
		"KillExcludeUsers":  {Value: append([]string{}, l.option.Exclude...)},
		"UserStopDelayUSec": {Value: delay},
	}})
	user, err2 := prop.Export(l.conn, userPath, prop.Map{loginName + ".User": {"Linger": {Value: l.option.Linger}}})
	l.props = user
	err := errors.Join(err1, err2,
		l.conn.Export(logindManager{l}, loginPath, loginName+".Manager"),
		l.conn.Export(userManager{l}, systemdPath, systemdName+".Manager"))
	for _, name := range []string{loginName, systemdName} {
		_, owned := l.conn.RequestName(name, dbus.NameFlagDoNotQueue)
		err = errors.Join(err, owned)
	}
	return err
}

// Moved returns the processes that were moved into scopes.
func (l *Logind) Moved() []uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]uint32(nil), l.moved...)
}

// Lingers reports whether linger is on.
func (l *Logind) Lingers() bool {
	v, err := l.props.Get(loginName+".User", "Linger")
	on, ok := v.Value().(bool)
	return err == nil && ok && on
}

// logindManager is org.freedesktop.login1.Manager.
type logindManager struct{ l *Logind }

// GetUser returns the one user.
func (logindManager) GetUser(uint32) (dbus.ObjectPath, *dbus.Error) { return userPath, nil }

// SetUserLinger does what it says, or refuses.
func (m logindManager) SetUserLinger(_ uint32, on, _ bool) *dbus.Error {
	if m.l.option.RefuseLinger {
		return dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", []any{"Permission denied"})
	}
	m.l.props.SetMust(loginName+".User", "Linger", on)
	return nil
}

// userManager is org.freedesktop.systemd1.Manager.
type userManager struct{ l *Logind }

// Subscribe is needed for signals from the real one.
func (userManager) Subscribe() *dbus.Error { return nil }

// StartTransientUnit takes note of the processes that are to be in the unit.
func (m userManager) StartTransientUnit(name, mode string, properties []struct {
	Name  string
	Value dbus.Variant
}, aux []struct {
	Name       string
	Properties []struct {
		Name  string
		Value dbus.Variant
	}
}) (dbus.ObjectPath, *dbus.Error) {
	const job = dbus.ObjectPath("/org/freedesktop/systemd1/job/1")
	m.l.mu.Lock()
	defer m.l.mu.Unlock()
	for _, p := range properties {
		if pids, ok := p.Value.Value().([]uint32); ok && p.Name == "PIDs" {
			m.l.moved = append(m.l.moved, pids...)
		}
	}
	if err := m.l.conn.Emit(systemdPath, systemdName+".Manager.JobRemoved", uint32(1), job, name, "done"); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return job, nil
}
