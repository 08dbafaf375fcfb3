#!/bin/sh
# Runs the tests of the Windows console in a real console, as far as wine has one, and
# then a session with a server on this machine.
# Usage: wine.sh, from the top of the repository. Needs wine and a pty from script(1).
#
# wine 8 lacks a library that every Go program wants (bcryptprimitives.dll, for one
# function): it is made here, with mingw.
set -eu
for tool in wine script x86_64-w64-mingw32-gcc; do
    command -v "$tool" >/dev/null || { echo "no $tool here: the Windows console is not tested"; exit 0; }
done
dir=$(mktemp -d)
trap 'WINEPREFIX=$dir/wine wineserver -k 2>/dev/null || true; rm -rf "$dir"' EXIT
mkfifo "$dir/typed"
exec 3<>"$dir/typed" # else script(1) would type an end of file
export WINEPREFIX="$dir/wine" WINEDEBUG=-all
wine wineboot -i >/dev/null 2>&1
cat >"$dir/prng.c" <<'C'
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, (ULONG)n); }
BOOL WINAPI DllMainCRTStartup(HINSTANCE h, DWORD r, LPVOID p) { return TRUE; }
C
x86_64-w64-mingw32-gcc -shared -nostdlib -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$dir/prng.c" -ladvapi32
status=0
for package in client/tty/console client/tty; do
    GOOS=windows go test -c -o "$dir/test.exe" "./$package"
    # The console is the pty; what the tests say is drawn there, so the status counts.
    if script -qec "wine $dir/test.exe -test.timeout 2m -test.v" "$dir/said" <&3 >/dev/null; then
        echo "$package: $(grep -c -- '--- PASS' "$dir/said") tests passed under $(wine --version)"
    else
        tail -c 2000 "$dir/said"
        status=1
    fi
done

# The session. wine 8 lacks a call that Go makes for every UDP socket
# (SIO_UDP_NETRESET): the copy of package net in this build forgives that.
awk '{ print } /windows.SIO_UDP_NETRESET/ { print "\t\terr = nil" }' "$(go env GOROOT)/src/net/fd_windows.go" >"$dir/fd_windows.go"
echo "{\"Replace\": {\"$(go env GOROOT)/src/net/fd_windows.go\": \"$dir/fd_windows.go\"}}" >"$dir/overlay.json"
GOOS=windows go build -overlay "$dir/overlay.json" -o "$dir/gmosh.exe" .
go build -o "$dir/gmosh" .
# shellcheck disable=SC2046 # the words of MOSH CONNECT PORT KEY
set -- $("$dir/gmosh" server new -i 127.0.0.1 -- env PS1='ready> ' sh 2>/dev/null | tr -d '\r' | grep '^MOSH CONNECT')
: >"$dir/session"
(
    status=0
    MOSH_KEY=$4 script -qefc "wine $dir/gmosh.exe client 127.0.0.1 $3" "$dir/session" <&3 >/dev/null || status=$?
    echo "$status" >"$dir/status"
) &
client=$!
# sees waits, a minute at most, until the console shows a text.
sees() {
    tries=300
    until grep -aq -- "$1" "$dir/session"; do
        [ $((tries -= 1)) -gt 0 ] || { echo "the session does not show $1"; tail -c 2000 "$dir/session"; kill "$client"; exit 1; }
        sleep 0.2
    done
}
sees 'ready>'
printf 'echo wine-$((6*7))-ä\r' >&3
sees 'wine-42-ä'
printf 'exit\r' >&3
wait "$client"
[ "$(cat "$dir/status")" = 0 ] || status=1
echo "a session in the console: exit status $(cat "$dir/status")"
exit $status
