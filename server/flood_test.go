package server

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gmosh/protocol/screen"
)

// However fast a program writes, frames are made as fast as the link takes them.
func TestAFloodMakesFramesAtTheLinksPace(t *testing.T) {
	for _, latency := range []time.Duration{0, 40 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, latency, nil)
				b.client.resize(80, 24)
				b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
				b.client.untilText("")
				before := b.client.transport.RemoteNum()
				const outputs = 2000
				written := make(chan struct{})
				go func() {
					defer close(written)
					for i := range outputs {
						b.term.print(fmt.Sprintf("line %d %s\r\n", i, strings.Repeat("x", i%60)))
						<-time.After(time.Millisecond)
					}
				}()
				b.client.untilText(fmt.Sprintf("line %d ", outputs-1))
				<-written
				// States are 20 ms apart or, on a quick link, a little less.
				if frames := b.client.transport.RemoteNum() - before; frames > outputs/10 {
					t.Errorf("%d frames of %d outputs in two seconds", frames, outputs)
				}
				b.finish()
			})
		})
	}
}
