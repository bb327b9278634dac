#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Has a log of ours walked by golang.org/x/mod/sumdb: run.sh [tlog_write]. Without the program's path, builds it.
# Exit 77, with one line, where Go or its module cannot be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
write=${1:+$(realpath "$1")}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

command -v go >/dev/null || {
    echo "left out: tlog-go, because go is not installed"
    exit 77
}
cd "$here"
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local
if ! go mod download >"$scratch/download" 2>&1; then
    if grep -qiE 'checksum mismatch|security error|errors parsing' "$scratch/download"; then
        cat "$scratch/download"
        exit 1
    fi
    echo "left out: tlog-go, because golang.org/x/mod cannot be fetched"
    exit 77
fi
go build -buildvcs=false -o "$scratch/judge" .

if [ -z "$write" ]; then
    meson setup -Dbench=false "$scratch/build" "$here/../../.." >/dev/null
    ninja -C "$scratch/build" tests/interop/tlog_write >/dev/null
    write=$scratch/build/tests/interop/tlog_write
fi

for size in 0 1 2 256 257 70000; do
    vkey=$("$write" "$scratch/log-$size" $size)
    "$scratch/judge" "$scratch/log-$size" "$vkey"
done

# A judge that accepts anything is none: one flipped bit, in a tile and in a bundle, must be found.
for file in tile/0/000 tile/1/000.p/1 tile/entries/000; do
    rm -rf "$scratch/bad"
    cp -r "$scratch/log-257" "$scratch/bad"
    printf '\377' | dd of="$scratch/bad/$file" bs=1 seek=30 conv=notrunc status=none
    if "$scratch/judge" "$scratch/bad" "$vkey" >"$scratch/said"; then
        echo "FAILED: a changed $file was taken"
        exit 1
    fi
    echo "a changed $file is found: $(tail -n 1 "$scratch/said")"
done
