# Reads `go test -json` and prints what a person wants of it: a line for each
# package, the output of what failed, the skips with their reasons, and as the last
# line
#
#     123 passed, 0 failed, 0 skipped
#
# Subtests count like tests. It fails if anything did, or if nothing was run, or, with
# GMOSH_REQUIRE_PEERS=1, if anything was skipped.
#
# The events are one object a line with keys in a fixed order, and a quote within a
# value is escaped, so a key can be found as text.

function value(key,    at, rest, out, c, i) {
    at = index($0, "\"" key "\":\"")
    if (!at) return ""
    rest = substr($0, at + length(key) + 4)
    out = ""
    for (i = 1; i <= length(rest); i++) {
        c = substr(rest, i, 1)
        if (c == "\"") break
        if (c == "\\") {
            c = substr(rest, ++i, 1)
            if (c == "n") c = "\n"
            else if (c == "t") c = "\t"
            else if (c == "r") c = ""
            else if (c == "u") {
                c = unicode(substr(rest, i + 1, 4))
                i += 4
            }
        }
        out = out c
    }
    return out
}

# go test escapes these for HTML's sake; control characters stay visible.
function unicode(hex) {
    if (hex == "003c") return "<"
    if (hex == "003e") return ">"
    if (hex == "0026") return "&"
    return "\\u" hex
}

function elapsed(    at) {
    at = index($0, "\"Elapsed\":")
    return at ? substr($0, at + 10) + 0 : 0
}

# reason is the message of a skip: the last line of its output but the verdict.
function reason(text,    lines, n, i, line, last) {
    n = split(text, lines, "\n")
    last = "no reason given"
    for (i = 1; i <= n; i++) {
        line = lines[i]
        if (line ~ /^ *(---|===) / || line ~ /^ *$/) continue
        sub(/^ *[^ ]+_test\.go:[0-9]+: /, "", line)
        sub(/^ *[^ ]+\.go:[0-9]+: /, "", line)
        last = line
    }
    return last
}

# What is not an event is what the go command itself has to say.
!/^\{/ { print; next }

{
    action = value("Action")
    pkg = value("Package")
    test = value("Test")
    id = pkg " " test
}

action == "output" {
    text = value("Output")
    if (text !~ /^=== /) output[id] = output[id] text
    next
}

action == "build-output" { # of a package that does not compile: no test is to blame
    printf "%s", value("Output")
    next
}

action == "run" { running[id] = 1; next }

test != "" && action == "pass" { passed++; inpkg[pkg]++ }

test != "" && action == "skip" {
    skipped++
    skips[skipped] = test " (" pkg "): " reason(output[id])
}

test != "" && action == "fail" {
    failed++
    failures[failed] = test " (" pkg ")"
    inpkgfailed[pkg]++
    printf "%s", output[id]
}

test != "" && (action == "pass" || action == "skip" || action == "fail") {
    delete output[id]
    delete running[id]
    next
}

test == "" && action == "pass" {
    printf "ok    %-40s %6.1f s  %d tests\n", pkg, elapsed(), inpkg[pkg]
    delete output[id]
}

test == "" && action == "skip" { delete output[id] } # no test files

test == "" && action == "fail" {
    # A panic, a time-out or a race at the end is no single test's: the output of
    # those that had begun and not ended tells.
    for (r in running) if (index(r, pkg " ") == 1) {
        printf "%s", output[r]
        failed++
        inpkgfailed[pkg]++
        failures[failed] = substr(r, length(pkg) + 2) " (" pkg ") did not end"
        delete running[r]
    }
    if (!inpkgfailed[pkg]) {
        failed++
        failures[failed] = pkg
    }
    printf "%sFAIL  %-40s %6.1f s\n", output[id], pkg, elapsed()
}

END {
    if (skipped) print "\nSkipped:"
    for (i = 1; i <= skipped; i++) {
        print "  " skips[i]
        if (skips[i] ~ /SKIP-PEER:/) peers++
    }
    if (peers) print "  " peers " for want of a real peer"
    if (failed) print "\nFailed:"
    for (i = 1; i <= failed; i++) print "  " failures[i]
    strict = ENVIRON["GMOSH_REQUIRE_PEERS"] == "1" && skipped > 0
    if (strict) print "\nWhere the peers are required a skip is a failure."
    print ""
    print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped"
    exit (failed > 0 || passed == 0 || strict)
}
