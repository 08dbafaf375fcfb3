#!/bin/sh
# Writes the Go code of proto/*.proto to DIR/internal (DIR: argument, default here).
# Needs protoc (Debian: protobuf-compiler); protoc-gen-go is built at the version
# of google.golang.org/protobuf that go.mod pins, so both always fit together.
set -eu
cd "$(dirname "$0")"
out=${1:-.}
plugin=$(mktemp -d)
trap 'rm -rf "$plugin"' EXIT
go build -o "$plugin/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go
protoc --plugin="$plugin/protoc-gen-go" --proto_path=proto \
	--go_out="$out" --go_opt=module=gmosh/protocol/wire \
	transport.proto client.proto host.proto gmosh.proto
