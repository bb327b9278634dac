#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compares random expressions with cel-go: run.sh [cel_differ] [--count N] [--seed S] [--first I] [--show]. Without the
# program's path, builds it. Exit 77, with one line, where Go or its modules cannot be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
differ=
case ${1:-} in
    '' | -*) ;;
    *) differ=$(realpath "$1"); shift ;;
esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

command -v go >/dev/null || {
    echo "left out: cel-go, because go is not installed"
    exit 77
}
minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
if [ "${minor:-0}" -lt 23 ]; then
    echo "left out: cel-go, because it needs Go 1.23"
    exit 77
fi
cd "$here"
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local
if ! go mod download >"$scratch/download" 2>&1; then
    if grep -qiE 'checksum mismatch|security error|errors parsing' "$scratch/download"; then
        cat "$scratch/download"
        exit 1
    fi
    echo "left out: cel-go, because github.com/google/cel-go cannot be fetched"
    exit 77
fi
go build -buildvcs=false -o "$scratch/judge" .

if [ -z "$differ" ]; then
    meson setup -Dbench=false "$scratch/build" "$here/../../.." >/dev/null
    ninja -C "$scratch/build" tests/interop/cel_differ >/dev/null
    differ=$scratch/build/tests/interop/cel_differ
fi
"$differ" "$@" differences.md "$scratch/judge"

# A judge that is not heard is none: one that answers the same whatever it is asked must be found out.
if [ ! -x "$differ" ]; then exit 1; fi
if "$differ" --count 200 differences.md yes "value i1" >"$scratch/said" 2>&1; then
    echo "FAILED: a judge that says the same to everything was believed"
    exit 1
fi
