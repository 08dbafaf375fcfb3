package bootstrap

import (
	"sync"

	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/probe"
	"gmosh/bootstrap/upload"
)

// The events of an upload.
type (
	// Uploading says that a build is being sent, how far it is, and its size on the
	// way, in bytes. The first has Sent 0, the last all of it.
	Uploading struct {
		Host       string // as it was typed
		Platform   string
		Folder     string // over there that it goes into
		Sent, Size int
	}
	// NotPacked says that a build cannot be sent although it was there.
	NotPacked struct{ Err error }
	// Instead says that a server was started that is not of this version, and has
	// what the script has reported: why a build was not sent, or has not arrived.
	Instead struct {
		Host   string
		Server probe.Server
		Report probe.Report
	}
)

// builds are those that can be sent, looked for while the network is waited for.
type builds struct {
	looking sync.WaitGroup
	found   *upload.Set // valid when looking is done; nil: nothing was looked for
}

// lookFor begins to look for builds.
func lookFor(o *upload.Options) *builds {
	b := &builds{}
	if o != nil {
		b.looking.Go(func() { b.found = upload.Find(*o) })
	}
	return b
}

// complete puts into the launch what the script is told about builds, and the server
// about the client.
func (r *Request) complete() {
	if r.First != nil {
		r.Launch.Search.First = r.First()
	}
	if r.Builds == nil {
		return
	}
	r.builds.looking.Wait()
	search := &r.Launch.Search
	search.Version = r.Builds.Version
	search.Builds = r.builds.found.Builds()
	// A terminal over there would change what is sent.
	search.Upload = r.Upload && !r.PTY
	for _, err := range r.builds.found.Unfit {
		r.detail("no build for uploading: %v", err)
	}
}

// watch is what is done while the server is waited for.
func (r *Request) watch() launch.Watch {
	var going Uploading
	return launch.Watch{
		Line: func(text string) { r.UI.Tell(Line{text}) },
		Slow: func() { r.UI.Tell(Slow{}) },
		Upload: func(wanted probe.Send) ([]byte, error) {
			data, err := r.builds.found.Pack(wanted.Platform, wanted.Encoding)
			if err != nil {
				r.UI.Tell(NotPacked{err})
				return nil, err
			}
			going = Uploading{Host: r.Host.Alias, Platform: wanted.Platform, Folder: wanted.Folder, Size: len(data)}
			r.UI.Tell(going)
			return data, nil
		},
		Sent: func(bytes, _ int) {
			going.Sent = bytes
			r.UI.Tell(going)
		},
	}
}

// instead tells that the server that runs is not of this version.
func (r *Request) instead(report probe.Report) {
	if server, ok := report.Running(); ok && r.Builds != nil && report.Instead {
		r.UI.Tell(Instead{r.Host.Alias, server, report})
	}
}
