package logind

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
)

// What logind and systemd are called on the bus.
const (
	loginName    = "org.freedesktop.login1"
	loginPath    = "/org/freedesktop/login1"
	loginManager = "org.freedesktop.login1.Manager"
	loginUser    = "org.freedesktop.login1.User"

	systemdName    = "org.freedesktop.systemd1"
	systemdPath    = "/org/freedesktop/systemd1"
	systemdManager = "org.freedesktop.systemd1.Manager"

	propKill      = "KillUserProcesses"
	propOnly      = "KillOnlyUsers"
	propExclude   = "KillExcludeUsers"
	propStopDelay = "UserStopDelayUSec"

	getProperty = "org.freedesktop.DBus.Properties.Get"
)

// defaultStopDelay is UserStopDelaySec where it cannot be asked for.
const defaultStopDelay = 10 * time.Second

// collectMode lets the scope go when its last process is gone, however it ended.
const collectMode = "inactive-or-failed"

// jobTimeout is how long a scope may take to be made: 30 ms is usual.
const jobTimeout = 3 * time.Second

// bus is the way by D-Bus. Connections are made when they are needed.
type bus struct {
	uid       int
	getenv    func(string) string
	system    *dbus.Conn
	systemErr error // of connecting
}

func newBus(h Host) *bus { return &bus{uid: h.UID, getenv: h.Getenv} }

func (b *bus) close() {
	if b.system != nil {
		b.system.Close()
		b.system = nil
	}
}

// login is logind's object, or that of one of its users.
func (b *bus) login(ctx context.Context, path dbus.ObjectPath) (dbus.BusObject, error) {
	if b.system == nil && b.systemErr == nil {
		b.system, b.systemErr = b.connectSystem(ctx)
	}
	if b.systemErr != nil {
		return nil, b.systemErr
	}
	return b.system.Object(loginName, path), nil
}

// connectSystem connects to the system bus, where it always is unless the
// environment says otherwise.
func (b *bus) connectSystem(ctx context.Context) (*dbus.Conn, error) {
	address := b.getenv("DBUS_SYSTEM_BUS_ADDRESS")
	if address == "" {
		address = "unix:path=/run/dbus/system_bus_socket"
	}
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("system bus: %w", err)
	}
	return conn, nil
}

// get reads a property into v, a pointer.
func get(ctx context.Context, object dbus.BusObject, iface, name string, v any) error {
	var value dbus.Variant
	if err := object.CallWithContext(ctx, getProperty, 0, iface, name).Store(&value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := value.Store(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (b *bus) settings(ctx context.Context) (settings, error) {
	manager, err := b.login(ctx, loginPath)
	if err != nil {
		return settings{}, err
	}
	s := settings{stopDelay: defaultStopDelay}
	if err := get(ctx, manager, loginManager, propKill, &s.kill); err != nil {
		return settings{}, err
	}
	for name, list := range map[string]*[]string{propOnly: &s.only, propExclude: &s.exclude} {
		if err := get(ctx, manager, loginManager, name, list); err != nil {
			return settings{}, err
		}
	}
	var usec uint64
	if get(ctx, manager, loginManager, propStopDelay, &usec) == nil { // old ones have none
		s.stopDelay = delay(usec)
	}
	return s, nil
}

func (b *bus) linger(ctx context.Context) (on bool, err error) {
	manager, err := b.login(ctx, loginPath)
	if err != nil {
		return false, err
	}
	var path dbus.ObjectPath
	if err := manager.CallWithContext(ctx, loginManager+".GetUser", 0, uint32(b.uid)).Store(&path); err != nil {
		return false, fmt.Errorf("GetUser: %w", err)
	}
	user, err := b.login(ctx, path)
	if err != nil {
		return false, err
	}
	return on, get(ctx, user, loginUser, "Linger", &on)
}

func (b *bus) setLinger(ctx context.Context, on bool) error {
	manager, err := b.login(ctx, loginPath)
	if err != nil {
		return err
	}
	if err := manager.CallWithContext(ctx, loginManager+".SetUserLinger", 0, uint32(b.uid), on, false).Err; err != nil {
		return fmt.Errorf("SetUserLinger: %w", err)
	}
	return nil
}

// userSocket is where the user's manager listens.
type userSocket struct {
	path    string
	private bool // the manager's own, without a bus in between
}

func (b *bus) sockets() (all []userSocket) {
	dirs := []string{"/run/user/" + strconv.Itoa(b.uid)}
	if dir := b.getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		dirs = append([]string{dir}, dirs...)
	}
	for _, dir := range dirs {
		all = append(all, userSocket{filepath.Join(dir, "bus"), false}, userSocket{filepath.Join(dir, "systemd/private"), true})
	}
	return all
}

func (b *bus) move(ctx context.Context, pid int) error {
	errs := []error{ErrNoManager}
	for _, s := range b.sockets() {
		if _, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := moveBy(ctx, s.path, s.private, pid)
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", s.path, err))
	}
	return errors.Join(errs...)
}

// moveBy moves a process by way of one socket.
func moveBy(ctx context.Context, socket string, private bool, pid int) error {
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	conn, err := dbus.Dial("unix:path="+socket, dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Auth(nil); err != nil {
		return err
	}
	destination := systemdName
	if private {
		destination = "" // nobody else is there, and no bus to say hello to
	} else if err := conn.Hello(); err != nil {
		return err
	}
	return startScope(ctx, conn, destination, pid)
}

// property and auxiliary are what StartTransientUnit takes.
type property struct {
	Name  string
	Value dbus.Variant
}

type auxiliary struct {
	Name       string
	Properties []property
}

// startScope makes the scope and waits until the process is in it.
func startScope(ctx context.Context, conn *dbus.Conn, destination string, pid int) error {
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	manager := conn.Object(destination, systemdPath)
	if destination != "" {
		if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(systemdManager), dbus.WithMatchMember("JobRemoved")); err != nil {
			return err
		}
		// Without a subscriber it says nothing.
		if err := manager.CallWithContext(ctx, systemdManager+".Subscribe", 0).Err; err != nil {
			return err
		}
	}
	properties := []property{
		{"PIDs", dbus.MakeVariant([]uint32{uint32(pid)})},
		{"Slice", dbus.MakeVariant(slice)},
		{"Description", dbus.MakeVariant(description)},
		{"CollectMode", dbus.MakeVariant(collectMode)},
	}
	var job dbus.ObjectPath
	call := manager.CallWithContext(ctx, systemdManager+".StartTransientUnit", 0, scopeName(pid), "fail", properties, []auxiliary{})
	if err := call.Store(&job); err != nil {
		return fmt.Errorf("StartTransientUnit: %w", err)
	}
	return jobDone(ctx, signals, job)
}

// jobDone waits for the end of a job, and returns an error if that was none to be
// wished for.
func jobDone(ctx context.Context, signals <-chan *dbus.Signal, job dbus.ObjectPath) error {
	for {
		select {
		case s := <-signals:
			if s == nil {
				return errors.New("the manager hung up")
			}
			var id uint32
			var path dbus.ObjectPath
			var unit, result string
			if s.Name != systemdManager+".JobRemoved" || dbus.Store(s.Body, &id, &path, &unit, &result) != nil || path != job {
				continue
			}
			if result != "done" {
				return fmt.Errorf("the scope was not made: %s", result)
			}
			return nil
		case <-ctx.Done():
			return fmt.Errorf("waiting for the scope: %w", context.Cause(ctx))
		}
	}
}
