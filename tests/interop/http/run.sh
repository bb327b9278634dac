#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD: clients of python3's standard library against the doors of a node. 77 when there is no python3.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${1:?the build folder}
command -v python3 >/dev/null || { echo 'left out: the HTTP clients (no python3)'; exit 77; }
export SERVE_NODE=$build/tests/interop/http/serve_node
exec python3 -m unittest discover -s "$here" -p 'test_*.py'
