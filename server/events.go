package server

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"gmosh/protocol/link"
	"gmosh/protocol/wire"
	"gmosh/server/login"
	"gmosh/server/pty"
)

// packetEvent is a packet from the network.
type packetEvent struct {
	from   *Attachment
	packet link.Packet
}

func (e packetEvent) apply(l *Loop, now time.Time) {
	l.counts.Packets++
	a := e.from
	l.newest, l.newestPath = a, e.packet.Path
	met := a.met()
	news := a.transport.Receive(now, e.packet.Path, e.packet.Data, e.packet.CE)
	path := a.transport.Path()
	moved := path != a.path && path != aheadPath
	if moved {
		a.path = path
	}
	if news {
		l.heard(now, a)
	}
	if moved {
		l.noteHost(a)
	}
	if a.met() && !met {
		l.met = true
		l.alarms[alarmContact] = l.nextUnheard()
	}
}

// heard takes a new state of a client's. With its first a client is attached, and
// whoever was before is told; one that is ending types no more.
func (l *Loop) heard(now time.Time, a *Attachment) {
	if !a.joined && l.ended == nil {
		l.detach(now, "Another client has taken over this session.")
		a.joined = true
		l.current = a
	}
	if a != l.current {
		return
	}
	typed := l.session.input.given
	if a.news(l.session) {
		a.transport.Touch(now)
	}
	if !l.session.started || l.session.input.given > typed {
		l.used = now
	}
	if l.cfg.NetworkTimeout > 0 {
		l.alarms[alarmSilence] = now.Add(l.cfg.NetworkTimeout)
	}
	if !l.session.started {
		l.start(now, a)
	}
}

// start starts the program, now that the size of its terminal is known.
func (l *Loop) start(now time.Time, a *Attachment) {
	truecolor := login.TruecolorUnknown
	if a.caps != nil {
		truecolor = login.TruecolorNo
		if a.caps.TrueColor {
			truecolor = login.TruecolorYes
		}
	}
	command, notice := program(&l.cfg, truecolor)
	if err := l.session.start(command, notice, l.cfg.Guard); err != nil {
		l.fail(now, a, err)
	} else {
		l.wait(l.session.child)
		if l.cfg.Record {
			l.record = login.StartRecord(l.session.term, l.cfg.Account.Name)
			l.noteHost(a)
		}
	}
	a.transport.Touch(now)
}

// The exit statuses that shells give to a command that they cannot execute.
const (
	cannotExecute = 126
	notFound      = 127
)

// fail ends the session of a program that cannot be executed. A gmosh says why when the
// terminal is its user's again; on a mosh's screen there must be time to read it.
func (l *Loop) fail(now time.Time, a *Attachment, err error) {
	l.logf("%v", err)
	l.failed = &wire.Exit{Exited: true, Status: cannotExecute, Reason: err.Error()}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		l.failed.Status = notFound
	}
	l.alarms[alarmFailed] = now
	if a.hello == nil {
		l.alarms[alarmFailed] = now.Add(failureDelay)
	}
}

// wait has a goroutine wait for the program's end. It is the one that may outlive
// the loop, with a program that ignores being hung up.
func (l *Loop) wait(child pty.Process) {
	l.waiter = make(chan struct{})
	go func() {
		defer close(l.waiter)
		l.post(childEvent(child.Wait()))
	}()
}

// noteHost tells the machine's records where the client is.
func (l *Loop) noteHost(a *Attachment) {
	host := a.host()
	l.logf("client at %s (path %d)", host, a.path)
	if l.record != nil && a == l.current {
		l.record.Connected(host)
	}
}

// noteSilence tells the machine's records when the client has gone silent, and
// when it is back. It needs no timer: up to ssp's silence limit, which is later,
// heartbeats make the loop turn.
func (l *Loop) noteSilence(now time.Time) {
	a := l.current
	if a == nil || l.record == nil || now.Sub(a.transport.LastHeard()) > detachedAfter == a.silent {
		return
	}
	if a.silent = !a.silent; a.silent {
		l.record.Detached()
	} else {
		l.record.Connected(a.host())
	}
}

// networkEvent is an error of a carrier that goes on: some news of the network, of
// no consequence here.
type networkEvent struct{ err error }

func (e networkEvent) apply(l *Loop, _ time.Time) {
	l.counts.Others++
	l.logf("network: %v", e.err)
}

// outputEvent is what the program wrote. Its memory is the reader's.
type outputEvent []byte

func (e outputEvent) apply(l *Loop, now time.Time) {
	l.counts.Outputs++
	l.counts.OutBytes += uint64(len(e))
	if l.ended != nil {
		return // the last screen is on its way
	}
	visible, changed := l.session.output(now, e), l.session.observe()
	if visible || changed {
		l.touch(now)
	}
	l.alarms[alarmHold] = l.session.holdEnds()
}

// eofEvent is the end of the output: no program has the terminal open any more.
type eofEvent struct{ err error }

func (e eofEvent) apply(l *Loop, now time.Time) {
	l.counts.Others++
	if errors.Is(e.err, os.ErrClosed) {
		return // by ourselves
	}
	l.session.eof = true
	l.gone(now)
}

// childEvent is the end of the program.
type childEvent pty.Status

func (e childEvent) apply(l *Loop, now time.Time) {
	l.counts.Others++
	status := pty.Status(e)
	l.session.status = &status
	l.gone(now)
}

// gone ends the session when both the program's status and all its output are
// there. The second of the two comes at once, or never: a program may leave its
// terminal and live, and others may keep the terminal open.
func (l *Loop) gone(now time.Time) {
	if l.session.eof && l.session.status != nil {
		l.end(now, l.session.exit())
		return
	}
	if l.ended == nil {
		l.alarms[alarmStatus] = now.Add(statusGrace)
	}
}

// inputEvent is the end of a write that had to wait for the program.
type inputEvent struct {
	n   int
	err error
}

func (e inputEvent) apply(l *Loop, _ time.Time) {
	l.counts.Others++
	l.session.input.wrote(e.n, e.err)
}

// typeInput gives the terminal what there is for it, and takes note of what it has.
func (l *Loop) typeInput(now time.Time) {
	in := &l.session.input
	taken := in.taken
	if batch := in.write(); batch != nil {
		l.readers.Go(func() {
			n, err := in.term.Write(batch)
			l.post(inputEvent{n, err})
		})
	}
	if in.taken > taken && l.session.observe() {
		l.touch(now)
	}
	l.gate.shut = in.size() >= in.limit
	for _, a := range l.clients {
		a.echo.typed(now, in.taken)
	}
}

// endEvent is the wish that the session end.
type endEvent End

func (e endEvent) apply(l *Loop, now time.Time) {
	l.counts.Others++
	if l.ended != nil {
		l.abort = true
		return
	}
	if a := l.current; a != nil && now.Sub(a.transport.LastHeard()) < e.Silent+slack(a) {
		l.logf("not ended (%s): the client is there", e.Reason)
		return
	}
	l.end(now, &wire.Exit{Reason: e.Reason})
}

// Attach expects a client. Once that is heard, the one that was attached before is
// told and ends. Attach may be called from any goroutine while Run runs;
// afterwards it closes the carrier and returns ErrEnded.
func (l *Loop) Attach(client AttachmentConfig) error {
	if !l.post(attachEvent(client)) {
		client.Carrier.Close()
		return ErrEnded
	}
	return nil
}

type attachEvent AttachmentConfig

func (e attachEvent) apply(l *Loop, now time.Time) {
	l.counts.Others++
	if l.ended != nil {
		e.Carrier.Close()
		return
	}
	l.attach(now, AttachmentConfig(e))
}

func (l *Loop) attach(now time.Time, client AttachmentConfig) {
	a := newAttachment(client, l.session, &l.gate, now)
	a.impatient = l.cfg.NetworkTimeout > 0 && l.cfg.NetworkTimeout < patientTimeout
	l.clients = append(l.clients, a)
	l.alarms[alarmContact] = l.nextUnheard()
	l.readers.Go(func() { l.readPackets(a) })
	if client.First != nil && a.transport.Hear(now, aheadPath, client.First) {
		l.heard(now, a)
	}
}

// Detach ends the connection of the client that is attached, if one is; the
// session lives on. The client is told why. It may be called from any goroutine
// while Run runs.
func (l *Loop) Detach(reason string) error {
	if !l.post(detachEvent(reason)) {
		return ErrEnded
	}
	return nil
}

type detachEvent string

func (e detachEvent) apply(l *Loop, now time.Time) {
	l.counts.Others++
	l.detach(now, string(e))
}

func (l *Loop) detach(now time.Time, reason string) {
	if l.current != nil {
		l.current.end(now, &wire.Exit{Reason: reason})
		l.current = nil
		l.alarms[alarmSilence] = time.Time{}
	}
}
