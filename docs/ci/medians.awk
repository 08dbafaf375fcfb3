# Reads `go test -bench … -count n` and prints the median of every figure of each
# benchmark, and whatever else there is as it is.

function flush_package(   i, name, j, key, line) {
	for (i = 1; i <= names; i++) {
		name = order[i]
		line = sprintf("%-52s", name)
		for (j = 1; j <= units[name]; j++) {
			key = name SUBSEP unit[name, j]
			line = line sprintf("  %12s %s", median(values[key]), unit[name, j])
		}
		print line
	}
	names = 0
	delete order; delete units; delete unit; delete values; delete known
}

function median(text,   v, n, i, j, t) {
	n = split(text, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return v[int((n + 1) / 2)]
}

/^Benchmark/ && NF > 3 {
	if (!($1 in units)) { order[++names] = $1; units[$1] = 0 }
	for (i = 3; i < NF; i += 2) {
		key = $1 SUBSEP $(i + 1)
		if (!(key in known)) { known[key] = 1; unit[$1, ++units[$1]] = $(i + 1) }
		values[key] = values[key] " " $i
	}
	next
}
/no test files|^PASS$|^goos:|^goarch:|^cpu:/ { next }
{ flush_package(); print; if (/^FAIL|--- FAIL/) bad = 1 }
END { flush_package(); exit bad }
