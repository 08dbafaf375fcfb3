#!/bin/sh
# Instructions a byte of each workload, by valgrind: noise-free, but for the
# runtime's own threads. Two runs of different length, so that start-up and the
# making of the input drop out. Usage: testdata/instructions.sh [name/size…]
set -e
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -c -o "$dir/bench" .

count() { # workload, rounds
	GOGC=off GOMAXPROCS=1 valgrind --tool=cachegrind --cache-sim=no \
		--cachegrind-out-file=/dev/null "$dir/bench" -test.run='^$' \
		-test.bench="^BenchmarkWrite\$/$1\$" -test.benchtime="$2x" 2>&1 |
		sed -n 's/.*I *refs: *//p' | tr -d ,
}

for name in ${*:-log/80x24 coloured/80x24 cjk/80x24 vim/80x24 scroll/80x24 log/200x60 coloured/200x60 cjk/200x60 vim/200x60 scroll/200x60}; do
	few=$(count "$name" 2)
	many=$(count "$name" 12)
	echo "$name $(( (many - few) / 10 / (1 << 20) )) instructions a byte"
done
