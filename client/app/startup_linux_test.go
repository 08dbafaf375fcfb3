package app_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gmosh/protocol/peertest"
)

// BenchmarkTimeToPrompt measures the time from the start of a program to the
// shell's prompt on a link, for ssh, mosh and gmosh in turns, and reports the
// medians, what gmosh's share of each is, and how many round trips each makes: the
// time that is there with the delay and not without, by the delay. Everything is
// the same for all of them: account, key, sshd, shell. docs/bootstrap.md explains
// the round trips.
//
// It is a network that the kernel sees, see peertest.Detour.
func BenchmarkTimeToPrompt(b *testing.B) {
	peertest.Need(b, "ssh", "mosh", "mosh-server")
	way := peertest.StartDetour(b, 0)
	sshd := peertest.StartSSHD(b, peertest.SSHDOptions{Listen: way.Here})
	account := peertest.NewUser(b)
	config := filepath.Join(b.TempDir(), "config")
	peertest.WriteFile(b, config, fmt.Sprintf(
		"Host there\n\tHostName %s\n\tPort %d\n\tUser %s\n\tIdentityFile %s\n\tIdentitiesOnly yes\n\tUserKnownHostsFile %s\n",
		way.There, sshd.Addr.Port(), account.Name, sshd.Key.Path, knownAs(b, sshd, way)))
	gmosh := filepath.Join(peertest.Gmosh(b), "gmosh")
	programs := []struct {
		name string
		argv []string
	}{
		{"ssh", []string{"ssh", "-F", config, "there"}},
		{"mosh", []string{"mosh", "--ssh=ssh -F " + config, "there"}},
		{"gmosh", []string{gmosh, "-F", config, "there"}},
	}
	first := toPrompt(b, programs[2].argv) // uploads
	near := make(map[string]time.Duration)
	for _, delay := range []time.Duration{0, 100 * time.Millisecond, 300 * time.Millisecond} {
		b.Run(fmt.Sprint(delay), func(b *testing.B) {
			way.Set(delay / 2)
			defer way.Set(0)
			times := make(map[string][]time.Duration)
			for b.Loop() {
				for _, p := range programs {
					times[p.name] = append(times[p.name], toPrompt(b, p.argv))
				}
			}
			ours := median(times["gmosh"])
			for _, p := range programs {
				m := median(times[p.name])
				b.ReportMetric(m.Seconds(), p.name+"-s")
				if p.name != "gmosh" {
					b.ReportMetric(float64(ours)/float64(m), "of-"+p.name)
				}
				if delay == 0 {
					near[p.name] = m
				} else {
					b.ReportMetric(float64(m-near[p.name])/float64(delay), p.name+"-trips")
				}
			}
			b.ReportMetric(0, "ns/op") // all of them together, which says nothing
		})
	}
	b.Logf("the first time, with the upload and without a delay: %v", first)
}

// knownAs writes a known_hosts file with the server under its address at the other
// end of the way.
func knownAs(t testing.TB, sshd *peertest.SSHD, way *peertest.Detour) string {
	file := filepath.Join(t.TempDir(), "known_hosts")
	peertest.WriteFile(t, file, fmt.Sprintf("[%s]:%d %s\n", way.There, sshd.Addr.Port(), sshd.HostKeys[0].Line()))
	return file
}

// toPrompt is the time from the start of a program to the prompt.
func toPrompt(t testing.TB, argv []string) time.Duration {
	t.Helper()
	begin := time.Now()
	x := peertest.Start(t, peertest.Options{Env: []string{"SSH_AUTH_SOCK"}}, argv...)
	x.WaitPrompt()
	took := time.Since(begin)
	x.Send("exit\n")
	x.Wait()
	return took
}

func median(times []time.Duration) time.Duration {
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}
