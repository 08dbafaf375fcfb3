//go:build unix

package probe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// account is a home folder over there, and what else a script is run with.
type account struct {
	t     *testing.T
	shell string
	home  string // holds temp too, where anybody may make folders
	path  string // PATH
	limit string // commands before the script
}

func newAccount(t *testing.T, shell string) *account {
	t.Helper()
	home := filepath.Join(t.TempDir(), "h o m e")
	for _, dir := range []string{home, filepath.Join(home, "temp")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return &account{t: t, shell: shell, home: home, path: "/nowhere"}
}

// body is a build: a script that says what it is and was called with. It passes
// its own check.
func body(version string) []byte {
	return []byte("#!/bin/sh\ncase $2 in --verify) exit 0;; esac; echo \"" + version + " $*\"; exit 7\n# " + strings.Repeat("x", 200_000))
}

func build(version string) Build {
	text := body(version)
	return Build{
		Platform: Platform(runtime.GOOS, runtime.GOARCH), Version: version,
		Digest: fmt.Sprintf("%x", sha256.Sum256(text)), Size: int64(len(text)),
	}
}

// started is a script that runs.
type started struct {
	*account
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Scanner
	report Report
	other  []string // lines that are not the script's
}

// start runs a script that has one version to offer.
func (a *account) start(s Search) *started {
	a.t.Helper()
	s.temporary = []string{filepath.Join(a.home, "temp")}
	cmd := exec.Command(a.shell, "-c", a.limit+s.Script(), "sh", "new")
	cmd.Env = []string{"HOME=" + a.home, "PATH=" + a.path}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
		if stderr.Len() > 0 {
			a.t.Logf("standard error: %s", &stderr)
		}
	})
	return &started{account: a, cmd: cmd, stdin: stdin, stdout: bufio.NewScanner(stdout)}
}

// asked reads until the script wants a build, and reports whether it does.
func (r *started) asked() bool {
	for r.report.Send == nil && r.stdout.Scan() {
		if line := r.stdout.Text(); !r.report.Line(line) {
			r.other = append(r.other, line)
		}
	}
	return r.report.Send != nil
}

// send sends bytes as a build, and ends them.
func (r *started) send(data []byte) {
	r.stdin.Write(data)
	r.stdin.Close()
}

// end reads the rest and returns the exit status.
func (r *started) end() int {
	for r.stdout.Scan() {
		if line := r.stdout.Text(); !r.report.Line(line) {
			r.other = append(r.other, line)
		}
	}
	r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// login is a whole one, with an upload if it is asked for.
func (a *account) login(version string) (r *started, status int) {
	a.t.Helper()
	r = a.start(Search{Version: version, Builds: []Build{build(version)}, Upload: true})
	if r.asked() {
		data := body(version)
		if r.report.Send.Encoding == Gzip {
			data = zipped(a.t, data)
		}
		r.send(data)
	}
	return r, r.end()
}

// filesIn are the files below a folder, relative to it.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			name, _ := filepath.Rel(dir, path)
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestUploadIsStoredAndRunAndFoundTheNextTime(t *testing.T) {
	for _, shell := range shells(t) {
		t.Run(filepath.Base(shell), func(t *testing.T) {
			a := newAccount(t, shell)
			cache := filepath.Join(a.home, ".cache", "gmosh")
			r, status := a.login("v1")
			path := filepath.Join(cache, build("v1").Folder(), "gmosh")
			if status != 7 || r.report.Stored != path || !slices.Equal(r.other, []string{"v1 server new"}) {
				t.Fatalf("status %d, %+v, %q", status, r.report, r.other)
			}
			if r.report.Send.Encoding != Gzip || r.report.Send.Platform != r.report.Platform {
				t.Errorf("asked for %+v", r.report.Send)
			}
			r, status = a.login("v1")
			if status != 7 || r.report.Send != nil || len(r.report.Servers) != 1 || r.report.Servers[0].Path != path {
				t.Errorf("the second time: status %d, %+v", status, r.report)
			}
			if r, _ := a.login("v2"); r.report.Stored == "" {
				t.Errorf("another version: %+v", r.report)
			}
			want := []string{
				build("v1").Folder() + "/gmosh", build("v1").Folder() + "/used",
				build("v2").Folder() + "/gmosh", build("v2").Folder() + "/used",
			}
			if got := filesIn(t, cache); !slices.Equal(got, want) {
				t.Errorf("kept %q, want %q", got, want)
			}
			if info, err := os.Stat(cache); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder: %v, %v", info, err)
			}
		})
	}
}

func TestGmoshOfTheSameVersionInPathIsTaken(t *testing.T) {
	a := newAccount(t, "/bin/sh")
	program(t, filepath.Join(a.home, "bin", "gmosh"),
		"#!/bin/sh\ncase $2 in --version) echo \"gmosh-server (gmosh v1)\";; *) echo \"installed $*\";; esac\n")
	if r, _ := a.login("v1"); r.report.Send != nil || !slices.Equal(r.other, []string{"installed server new"}) {
		t.Errorf("the same version: %+v, %q", r.report, r.other)
	}
	if r, _ := a.login("v1.1"); r.report.Stored == "" || !slices.Equal(r.other, []string{"v1.1 server new"}) {
		t.Errorf("another version: %+v, %q", r.report, r.other)
	}
}

func TestOlderServersAreTheFallback(t *testing.T) {
	a := newAccount(t, "/bin/sh")
	mosh := filepath.Join(a.home, "bin", "mosh-server")
	program(t, mosh, "#!/bin/sh\necho \"stock $*\"\n")
	search := Search{Version: "v2", Builds: []Build{build("v2")}}
	r := a.start(search)
	if r.end(); r.report.Send != nil || !slices.Equal(r.other, []string{"stock new"}) {
		t.Errorf("no upload: %+v, %q", r.report, r.other)
	}
	a.login("v1")
	r = a.start(search)
	if r.end(); !slices.Equal(r.other, []string{"v1 server new"}) {
		t.Errorf("an older upload: %+v, %q", r.report, r.other)
	}
	r = a.start(Search{Version: "v2", Upload: true, Builds: []Build{{Platform: "plan9-mips", Version: "v2", Digest: "00", Size: 1}}})
	if r.end(); r.report.Send != nil || !slices.Equal(r.other, []string{"v1 server new"}) {
		t.Errorf("no build for the platform: %+v, %q", r.report, r.other)
	}
}

func TestBuildThatCannotBeRunIsSentOnce(t *testing.T) {
	a := newAccount(t, "/bin/sh")
	program(t, filepath.Join(a.home, "bin", "mosh-server"), "#!/bin/sh\necho \"stock $*\"\n")
	text := []byte("\x7fELF of another machine")
	foreign := Build{
		Platform: Platform(runtime.GOOS, runtime.GOARCH), Version: "v1",
		Digest: fmt.Sprintf("%x", sha256.Sum256(text)), Size: int64(len(text)),
	}
	for _, sent := range []bool{true, false} {
		r := a.start(Search{Upload: true, Builds: []Build{foreign}})
		if r.asked() != sent {
			t.Fatalf("asked %v: %+v", sent, r.report)
		}
		if sent {
			r.send(zipped(t, text))
		}
		if status := r.end(); status != 0 || r.report.Servers[0].Status != 126 || !slices.Contains(r.other, "stock new") {
			t.Errorf("status %d, %+v, %q", status, r.report, r.other)
		}
	}
}

// toolbox makes a folder with links to some of this machine's programs.
func toolbox(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var fewTools = []string{"uname", "id", "ls", "mkdir", "rm", "mv", "cat", "dd", "chmod", "od"}

func TestWhatTheFarSideHasIsUsed(t *testing.T) {
	for _, c := range []struct {
		name  string
		tools []string
		want  Encoding
	}{
		{"nothing", nil, Plain},
		{"gzip", []string{"gzip"}, Gzip},
		{"sha256sum", []string{"sha256sum"}, Plain},
		{"shasum", []string{"shasum", "perl"}, Plain},
		{"openssl", []string{"openssl", "gzip"}, Gzip},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t, "/bin/sh")
			tools := []string{toolbox(t, append(c.tools, fewTools...)...)}
			r := a.start(Search{Upload: true, Builds: []Build{build("v1")}, tools: tools})
			if !r.asked() || r.report.Send.Encoding != c.want {
				t.Fatalf("%+v", r.report)
			}
			data := body("v1")
			if c.want == Gzip {
				data = zipped(t, data)
			}
			r.send(data)
			if status := r.end(); status != 7 || r.report.Stored == "" {
				t.Errorf("status %d, %+v", status, r.report)
			}
		})
		if c.tools == nil {
			continue // the program would have to look at itself, and this one does not
		}
		t.Run(c.name+" finds a wrong sum", func(t *testing.T) {
			a := newAccount(t, "/bin/sh")
			wrong := build("v1")
			wrong.Digest = strings.Repeat("0", 64)
			r := a.start(Search{Upload: true, Builds: []Build{wrong}, tools: []string{toolbox(t, append(c.tools, fewTools...)...)}})
			if !r.asked() {
				t.Fatalf("%+v", r.report)
			}
			data := body("v1")
			if c.want == Gzip {
				data = zipped(t, data)
			}
			r.send(data)
			// With gzip alone the program is asked, which says that all is well.
			if status := r.end(); (status == 127) != (c.name != "gzip") || (r.report.Failed != nil && r.report.Failed.Corrupt) != (c.name != "gzip") {
				t.Errorf("status %d, %+v", status, r.report)
			}
		})
	}
}

func TestUploadThatDoesNotArriveLeavesNothing(t *testing.T) {
	whole := zipped(t, body("v1"))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 1
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"nothing", nil}, {"a part", whole[:len(whole)/2]}, {"something else", zipped(t, []byte("#!/bin/sh\n"))},
		{"damaged", damaged}, {"no gzip", body("v1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t, "/bin/sh")
			program(t, filepath.Join(a.home, "bin", "mosh-server"), "#!/bin/sh\necho \"stock $*\"\n")
			r := a.start(Search{Upload: true, Builds: []Build{build("v1")}})
			if !r.asked() {
				t.Fatalf("%+v", r.report)
			}
			r.send(c.data)
			if status := r.end(); status != 0 || r.report.Failed == nil || !slices.Equal(r.other, []string{"stock new"}) {
				t.Errorf("status %d, %+v, %q", status, r.report, r.other)
			}
			if left := filesIn(t, filepath.Join(a.home, ".cache")); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func TestKilledUploadIsRemovedTheNextTime(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			a := newAccount(t, "/bin/sh")
			r := a.start(Search{Upload: true, Builds: []Build{build("v1")}})
			if !r.asked() {
				t.Fatalf("%+v", r.report)
			}
			r.stdin.Write(zipped(t, body("v1"))[:100])
			syscall.Kill(-r.cmd.Process.Pid, signal)
			r.cmd.Wait()
			cache := filepath.Join(a.home, ".cache", "gmosh")
			left := filesIn(t, cache)
			if (len(left) > 0) != (signal == syscall.SIGKILL) {
				t.Errorf("left at once: %q", left)
			}
			if r, status := a.login("v1"); status != 7 || r.report.Stored == "" {
				t.Errorf("the second time: %+v", r.report)
			}
			if left := filesIn(t, cache); len(left) != 2 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func TestTwoUploadsAtOnce(t *testing.T) {
	a := newAccount(t, "/bin/sh")
	search := Search{Upload: true, Builds: []Build{build("v1")}}
	x, y := a.start(search), a.start(search)
	if !x.asked() || !y.asked() {
		t.Fatalf("%+v, %+v", x.report, y.report)
	}
	y.send(zipped(t, body("v1")))
	if status := y.end(); status != 7 || y.report.Stored == "" {
		t.Errorf("the one: status %d, %+v", status, y.report)
	}
	x.send(zipped(t, body("v1")))
	if status := x.end(); status != 7 || x.report.Stored != y.report.Stored {
		t.Errorf("the other: status %d, %+v", status, x.report)
	}
	if left := filesIn(t, filepath.Join(a.home, ".cache", "gmosh")); len(left) != 2 {
		t.Errorf("left: %q", left)
	}
}

func TestOnlyTheLastVersionsAreKept(t *testing.T) {
	a := newAccount(t, "/bin/sh")
	cache := filepath.Join(a.home, ".cache", "gmosh")
	for n := range kept + 2 {
		version := fmt.Sprint("v", n)
		if r, _ := a.login(version); r.report.Stored == "" {
			t.Fatalf("%+v", r.report)
		}
		// The clock of a file system is coarse: what is older is made older.
		for _, used := range filesIn(t, cache) {
			if path := filepath.Join(cache, used); strings.HasSuffix(path, "used") {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				past := info.ModTime().Add(-10e9)
				if err := os.Chtimes(path, past, past); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n == kept-1 {
			a.login("v0") // is used again, and so stays
		}
	}
	var versions []string
	for _, name := range filesIn(t, cache) {
		if version, _, _ := strings.Cut(name, "-"); strings.HasSuffix(name, "gmosh") {
			versions = append(versions, version)
		}
	}
	if want := []string{"v0", "v3", "v4", "v5"}; !slices.Equal(versions, want) {
		t.Errorf("kept %q, want %q", versions, want)
	}
}

func TestFolderThatWillNotDoIsPassedOver(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(a *account)
		reason Reason
	}{
		{"somebody else may write there", func(a *account) {
			if err := os.MkdirAll(filepath.Join(a.home, ".cache", "gmosh"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, NotOurs},
		{"a link", func(a *account) {
			program(t, filepath.Join(a.home, ".cache", "x"), "")
			if err := os.Symlink("/tmp", filepath.Join(a.home, ".cache", "gmosh")); err != nil {
				t.Fatal(err)
			}
		}, NotOurs},
		{"a file is in the way", func(a *account) { program(t, filepath.Join(a.home, ".cache"), "") }, Unwritable},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t, "/bin/sh")
			c.spoil(a)
			r, status := a.login("v1")
			other := filepath.Join(a.home, "temp", fmt.Sprintf("gmosh-%d", os.Getuid()), build("v1").Folder(), "gmosh")
			if status != 7 || r.report.Stored != other || len(r.report.Skipped) != 1 || r.report.Skipped[0].Reason != c.reason {
				t.Errorf("status %d, %+v", status, r.report)
			}
			if r, _ := a.login("v1"); r.report.Send != nil {
				t.Errorf("the second time: %+v", r.report)
			}
		})
	}
}

func TestNoRoomIsSeenBeforeAnythingIsSent(t *testing.T) {
	a := newAccount(t, "/bin/sh")
	a.limit = "ulimit -f 64; "
	r, status := a.login("v1")
	if status != 127 || r.report.Send != nil || len(r.report.Skipped) != 2 || r.report.Skipped[0].Reason != NoRoom {
		t.Errorf("status %d, %+v", status, r.report)
	}
	if left := filesIn(t, a.home); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestPlatformIsThatOfTheProgramsThere(t *testing.T) {
	for _, c := range []struct{ uname, bits, want string }{
		{"Linux x86_64", "echo 64", "linux-amd64"}, {"Linux x86_64", "echo 32", "linux-386"},
		{"Linux x86_64", "exit 1", "linux-amd64"}, // then sh itself tells
		{"Linux aarch64", "echo 64", "linux-arm64"}, {"Linux aarch64", "echo 32", "linux-arm"},
		{"Linux armv7l", "echo 32", "linux-arm"}, {"Linux i686", "echo 32", "linux-386"}, {"Linux riscv64", "echo 64", "linux-riscv64"},
		{"Darwin arm64", "echo 64", "darwin-arm64"}, {"Darwin x86_64", "echo 64", "darwin-amd64"},
		{"FreeBSD amd64", "echo 64", "freebsd-amd64"}, {"OpenBSD arm64", "echo 64", "openbsd-arm64"},
		{"SunOS i86pc", "echo 32", "other-386"}, {"Linux mips64", "echo 64", "linux-other"},
	} {
		a := newAccount(t, "/bin/sh")
		a.path = filepath.Join(a.home, "fakes")
		program(t, filepath.Join(a.path, "uname"), "#!/bin/sh\necho "+c.uname+"\n")
		program(t, filepath.Join(a.path, "getconf"), "#!/bin/sh\n"+c.bits+"\n")
		r := a.start(Search{})
		r.end()
		if r.report.Platform != c.want || r.report.System != c.uname {
			t.Errorf("%s, %s: %+v, want %s", c.uname, c.bits, r.report, c.want)
		}
	}
}
