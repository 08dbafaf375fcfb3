package probe

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Search is what a script looks for, and may do about what is not there.
type Search struct {
	// Version is that of this program, as `gmosh server --version` names it.
	Version string
	// Builds are those we have, at most one for a platform.
	Builds []Build
	// Upload lets a build be sent over the script's standard input.
	Upload bool
	// First is the client's first state, as a diff of state 0, for a gmosh server:
	// it starts with that, and its first packets come behind MOSH CONNECT. nil: it
	// is told in packets.
	First []byte

	tools     []string // folders of the far side's own programs; nil: systemTools
	temporary []string // folders where anybody may make folders; nil: temporaryFolders
}

// Build is one build of gmosh.
type Build struct {
	Platform string // as Platform returns it
	Version  string
	Digest   string // SHA-256 of the program, in hexadecimal
	Size     int64  // of the program, in bytes
}

// temporaryFolders are where builds are kept if the home folder will not do.
var temporaryFolders = []string{"/var/tmp", "/tmp"}

// Folder is the name of the folder that a build is kept in over there: what is in
// it never changes, so versions live beside each other.
func (b Build) Folder() string { return word(b.Version + "-" + b.Digest[:min(len(b.Digest), 16)]) }

// word makes of a text a word that no shell treats specially, and a file's name.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("+-._", r) || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, text)
}

// systemTools is where systems have their programs.
var systemTools = []string{"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"}

// folders are searched for servers after PATH: a command run by sshd often has a
// PATH without the places where people put programs.
var folders = []string{"$HOME/bin", "$HOME/.local/bin", "/usr/local/bin", "/opt/homebrew/bin", "$HOME/go/bin"}

// Folders returns the folders that are searched beside PATH, as sh text, for
// whoever explains that nothing was found.
func Folders() []string { return append([]string(nil), folders...) }

// kept is how many uploaded versions are left in a folder.
const kept = 4

// blockSize is in what pieces room for an upload is looked for, in bytes.
const blockSize = 64 << 10

// Script finds a server and runs it with the script's positional parameters. In
// order: the build for that platform that was uploaded before; a gmosh in PATH of
// the same version; the build, uploaded now; an older gmosh; mosh-server. One that
// is there and cannot be run (another machine's, half copied) is reported and the
// next is tried. The exit status is the server's, or 127.
//
// What the script prints is in the format of Report; what it writes, and where, is
// told in docs/bootstrap.md. The variables and functions have long names because a
// variable that is exported already would be changed in the session; PATH is put
// back before a server runs.
func (s Search) Script() string {
	tools, temporary := s.tools, s.temporary
	if tools == nil {
		tools = systemTools
	}
	if temporary == nil {
		temporary = temporaryFolders
	}
	values := strings.NewReplacer(
		"%FOLDERS%", strings.Join(folders, ":"),
		"%TOOLS%", strings.Join(tools, ":"),
		"%TEMPORARY%", `"`+strings.Join(temporary, `/gmosh-$gmosh_uid" "`)+`/gmosh-$gmosh_uid"`,
		"%SYSTEMS%", cases("gmosh_os", systems),
		"%MACHINES%", cases("gmosh_cpu", machines),
		"%BUILDS%", s.builds(),
		"%VERSION%", word(s.Version),
		"%FIRST%", s.first(),
		"%UPLOAD%", map[bool]string{true: "yes", false: "no"}[s.Upload],
		"%KEPT%", fmt.Sprint(kept),
	)
	var lines []string
	for _, part := range parts {
		for line := range strings.Lines(values.Replace(part)) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return strings.Join(lines, " ")
}

// maxFirst bounds First: it is part of a command line. A terminal with a palette of
// its own takes less.
const maxFirst = 8 << 10

// first is First as a word, which no server takes for one if there is none.
func (s Search) first() string {
	if len(s.First) == 0 || len(s.First) > maxFirst {
		return "1"
	}
	return base64.RawURLEncoding.EncodeToString(s.First)
}

// cases are the branches of a case that turns what uname says into our word, in a
// variable.
func cases(variable string, table []naming) string {
	var b strings.Builder
	for _, n := range table {
		fmt.Fprintf(&b, "%s) %s=%s;; ", strings.Join(n.said, "|"), variable, n.ours)
	}
	return b.String()
}

// builds are the branches of a case that sets what is known about the build for a
// platform.
func (s Search) builds() string {
	var b strings.Builder
	for _, build := range s.Builds {
		fmt.Fprintf(&b, "%s) gmosh_build=%s; gmosh_digest=%s; gmosh_blocks=%d;; ",
			word(build.Platform), build.Folder(), word(build.Digest), (build.Size+blockSize-1)/blockSize)
	}
	return b.String()
}

// parts are the script, in order. Each is a list of commands that ends with a
// semicolon; line ends become blanks. None may hold a single quote, two
// backslashes or an exclamation mark (see the package comment), nor a case within
// a command substitution, which the sh of macOS does not understand.
var parts = []string{partTools, partSystem, partLogind, partRun, partKept, partReceive, partStore, partOrder}

// partTools sets up PATH for the script's own commands, which is not the one that
// a server is to have.
const partTools = `
gmosh_had=${PATH+x}; gmosh_was=$PATH; gmosh_path="${PATH:+$PATH:}%FOLDERS%";
gmosh_tools() { PATH="${gmosh_was:+$gmosh_was:}%TOOLS%"; };
gmosh_untool() { case $gmosh_had in x) PATH=$gmosh_was;; *) unset PATH;; esac; };
gmosh_tell() { echo "GMOSH $*"; };
gmosh_tools;
`

// partSystem names the platform, as the programs there have it: a 32-bit system
// may run on a 64-bit kernel. Where there is no getconf, the byte at offset 4 of
// an ELF file tells (1 is 32 bits).
const partSystem = `
gmosh_uname=$(uname -sm 2>/dev/null); gmosh_uid=$(id -u 2>/dev/null);
case ${gmosh_uname%% *} in %SYSTEMS% *) gmosh_os=other;; esac;
case ${gmosh_uname##* } in %MACHINES% *) gmosh_cpu=other;; esac;
case $gmosh_os-$gmosh_cpu in linux-amd64|linux-arm64)
	gmosh_bits=$(getconf LONG_BIT 2>/dev/null) ||
		gmosh_bits=$(dd if=/bin/sh bs=1 skip=4 count=1 2>/dev/null | od -An -tu1 2>/dev/null);
	case $gmosh_bits in *32*|*1*) case $gmosh_cpu in amd64) gmosh_cpu=386;; *) gmosh_cpu=arm;; esac;; esac;;
esac;
gmosh_platform=$gmosh_os-$gmosh_cpu; gmosh_tell SYSTEM $gmosh_platform "$gmosh_uname";
gmosh_build=; case $gmosh_platform in %BUILDS% *) ;; esac;
`

// partRun has the functions that find a program and run a server. (To find one,
// `command -v` would do, but ksh93 quotes what it prints if there are blanks in it.)
const partRun = `
gmosh_find() {
	gmosh_file=; gmosh_ifs=$IFS; IFS=:; set -f;
	for gmosh_dir in $gmosh_path; do
		if [ -f "$gmosh_dir/$1" ] && [ -x "$gmosh_dir/$1" ]; then gmosh_file="$gmosh_dir/$1"; break; fi;
	done;
	set +f; IFS=$gmosh_ifs;
	[ -n "$gmosh_file" ];
};
gmosh_run() {
	gmosh_name=$1; gmosh_file=$2; shift 2;
	gmosh_tell FOUND $gmosh_name "$gmosh_file"; gmosh_untool;
	case $gmosh_name in gmosh) GMOSH_LAUNCH=%FIRST% "$gmosh_file" server "$@";; *) $gmosh_keep "$gmosh_file" "$@";; esac;
	gmosh_status=$?; gmosh_tools;
	case $gmosh_status in 126|127) gmosh_tell BROKEN $gmosh_status "$gmosh_file";; *) exit $gmosh_status;; esac;
};
`

// partKept has the folders that builds are kept in, in order of preference, and
// runs what is there. Some of them are in places where anybody may make a folder,
// so that only one that is the user's and nobody else's counts. A build that is
// there, so it is whole, and cannot be run is not sent once more.
const partKept = `
gmosh_each() {
	gmosh_do=$1; shift; gmosh_home=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}};
	for gmosh_base in "${gmosh_home:+$gmosh_home/gmosh}" %TEMPORARY%; do
		if [ -n "$gmosh_base" ] && $gmosh_do "$@"; then return; fi;
	done;
	false;
};
gmosh_ours() {
	set -- $(ls -ldn "$gmosh_base" 2>/dev/null);
	case $1 in drwx------*) [ "$3" = "$gmosh_uid" ];; *) false;; esac;
};
gmosh_start() {
	if [ -x "$gmosh_base/$gmosh_build/gmosh" ] && gmosh_ours; then
		{ echo >"$gmosh_base/$gmosh_build/used"; } 2>/dev/null;
		gmosh_run gmosh "$gmosh_base/$gmosh_build/gmosh" "$@"; gmosh_build=;
	fi;
	false;
};
gmosh_any() {
	if [ -d "$gmosh_base" ] && gmosh_ours; then
		for gmosh_file in "$gmosh_base"/*/gmosh; do
			if [ -x "$gmosh_file" ]; then gmosh_run gmosh "$gmosh_file" "$@"; fi;
		done;
	fi;
	false;
};
`

// partReceive has what an upload needs: the sum of a file, and what is done when a
// folder will not do or the upload is over. The last of several programs for the
// sum is the upload itself.
const partReceive = `
gmosh_has() { command -v $1 >/dev/null 2>&1; };
gmosh_sum() {
	if gmosh_has sha256sum; then sha256sum; elif gmosh_has shasum; then shasum -a 256;
	elif gmosh_has sha256; then sha256 -q; elif gmosh_has openssl; then openssl dgst -sha256;
	elif "$1" server --verify $gmosh_digest </dev/null; then echo $gmosh_digest; fi <"$1";
};
gmosh_unpack() { case $gmosh_code in gzip) gzip -dc;; *) cat;; esac; };
gmosh_drop() { rm -rf "$gmosh_new"; trap - HUP INT PIPE TERM; };
gmosh_skip() { gmosh_tell SKIP $1 "$gmosh_base" $gmosh_why; gmosh_drop; false; };
gmosh_fail() { gmosh_tell FAILED $* $gmosh_why; gmosh_drop; };
gmosh_prune() {
	ls -1t "$gmosh_base"/*/used 2>/dev/null | {
		gmosh_count=0;
		while read -r gmosh_old; do
			gmosh_count=$((gmosh_count+1));
			if [ $gmosh_count -gt %KEPT% ]; then rm -rf "${gmosh_old%/used}"; fi;
		done;
	};
};
`

// partStore uploads into one folder. It is false if the folder will not do and
// nothing has been sent yet: it cannot be written, nothing in it can be run, or
// there is no room (which is tried out, for only that tells of quotas). What was
// left by uploads that were killed goes first.
const partStore = `
gmosh_store() {
	gmosh_new="$gmosh_base/.new-$$"; gmosh_dir="$gmosh_base/$gmosh_build";
	[ -d "${gmosh_base%/*}" ] || mkdir -m 700 "${gmosh_base%/*}" 2>/dev/null;
	gmosh_why=$(mkdir -m 700 "$gmosh_base" 2>&1);
	if [ -d "$gmosh_base" ]; then gmosh_why=; gmosh_ours || { gmosh_skip owner; return; }; else gmosh_skip write; return; fi;
	for gmosh_old in "$gmosh_base"/.new-*; do kill -0 "${gmosh_old##*-}" 2>/dev/null || rm -rf "$gmosh_old" 2>/dev/null; done;
	trap "gmosh_drop; exit 1" HUP INT PIPE TERM;
	gmosh_why=$(mkdir -m 700 "$gmosh_new" 2>&1) || { gmosh_skip write; return; };
	gmosh_why=$({ printf "#\041/bin/sh\n" >"$gmosh_new/try" && chmod 700 "$gmosh_new/try"; } 2>&1) || { gmosh_skip room; return; };
	gmosh_why=$("$gmosh_new/try" 2>&1) || { gmosh_skip exec; return; };
	gmosh_why=$(dd if=/dev/zero of="$gmosh_new/gmosh" bs=65536 count=$gmosh_blocks 2>&1) || { gmosh_skip room; return; };
	gmosh_code=plain; if gmosh_has gzip; then gmosh_code=gzip; fi;
	gmosh_tell SEND $gmosh_code $gmosh_platform "$gmosh_base";
	gmosh_why=$({ gmosh_unpack >"$gmosh_new/gmosh"; } 2>&1) || { gmosh_fail write; return; };
	gmosh_why=$(chmod 700 "$gmosh_new/gmosh" 2>&1) || { gmosh_fail write; return; };
	case $(gmosh_sum "$gmosh_new/gmosh" 2>/dev/null) in *$gmosh_digest*) ;; *) gmosh_fail sum; return;; esac;
	[ -d "$gmosh_dir" ] || mkdir -m 700 "$gmosh_dir" 2>/dev/null;
	gmosh_why=$({ mv -f "$gmosh_new/gmosh" "$gmosh_dir/gmosh" && echo >"$gmosh_dir/used"; } 2>&1) || { gmosh_fail write; return; };
	gmosh_drop; gmosh_tell STORED "$gmosh_dir/gmosh"; gmosh_prune;
	gmosh_run gmosh "$gmosh_dir/gmosh" "$@";
};
`

// partOrder is what is done in which order.
const partOrder = `
if [ -n "$gmosh_build" ]; then gmosh_each gmosh_start "$@"; fi;
gmosh_older=; if gmosh_find gmosh; then
	case $("$gmosh_file" server --version </dev/null 2>/dev/null) in
	"gmosh-server (gmosh %VERSION%)") gmosh_run gmosh "$gmosh_file" "$@";;
	*) gmosh_older=$gmosh_file;;
	esac;
fi;
if [ %UPLOAD% = yes ] && [ -n "$gmosh_build" ]; then gmosh_each gmosh_store "$@"; fi;
gmosh_tell INSTEAD;
if [ -n "$gmosh_older" ]; then gmosh_run gmosh "$gmosh_older" "$@"; fi;
gmosh_each gmosh_any "$@";
if gmosh_find mosh-server; then gmosh_guard; gmosh_run mosh-server "$gmosh_file" "$@"; fi;
gmosh_tell NONE "$gmosh_uname"; exit 127;
`
