#!/bin/sh
# Runs the tests of the Windows console in a real console, as far as wine has one.
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
    if script -qec "wine $dir/test.exe -test.timeout 2m -test.v" "$dir/said" </dev/null >/dev/null; then
        echo "$package: $(grep -c -- '--- PASS' "$dir/said") tests passed under $(wine --version)"
    else
        tail -c 2000 "$dir/said"
        status=1
    fi
done
exit $status
