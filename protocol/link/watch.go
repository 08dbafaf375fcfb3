package link

import "sync"

// Watcher tells of changes to the addresses and routes of this machine, and that it
// has woken up, where the system says so. What has changed it does not tell: whoever
// has a connection tries it.
type Watcher struct {
	changes chan struct{} // of capacity 1
	stop    func()
	work    sync.WaitGroup
}

// Watch begins to watch; Close ends it. Where the system has no way to tell, the
// error wraps errors.ErrUnsupported.
func Watch() (*Watcher, error) {
	w := &Watcher{changes: make(chan struct{}, 1)}
	stop, err := w.start()
	if err != nil {
		return nil, err
	}
	w.stop = sync.OnceFunc(stop)
	return w, nil
}

// Changes receives when something has changed since it was last received from.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// notify passes a change on; one that nobody has looked at yet stands for both.
func (w *Watcher) notify() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

// Close ends watching and waits for what did it.
func (w *Watcher) Close() error {
	w.stop()
	w.work.Wait()
	return nil
}
