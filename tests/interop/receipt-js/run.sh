#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh PUENTE: has receipts that `puente receipt` writes checked by other people's code, and sees that
# a changed byte is found. 77, with one line, where node or the packages cannot be had.
set -eu -o pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
puente=${1:?the program}
for need in node npm; do
    command -v $need >/dev/null || { echo "left out: receipt-js, because $need is not installed"; exit 77; }
done
"$here/../reachable" npm || { echo "left out: receipt-js, because the npm registry cannot be reached"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)

"$puente" init "$scratch/node" --party us.cbp >/dev/null
"$puente" import "$scratch/node" "$here"/../../data/bolt_seal/good/*.json "$here"/../../data/emanifest/good/loaded.json >/dev/null
vkey=$(sed -n 's/^log_key: *//p' "$scratch/node/public.yaml" | tr -d '"')

passed=0
failed=0
say() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $2"
    fi
}

last=0
while "$puente" receipt "$scratch/node" "us.cbp:$last" -o "$scratch/receipt" >/dev/null 2>&1; do
    status=0
    said=$(node "$here/judge.mjs" "$scratch/receipt" "$vkey") || status=$?
    say $status "us.cbp:$last: $said"
    last=$((last + 1))
done
[ "$last" -gt 10 ] || { echo "FAIL only $last receipts"; failed=$((failed + 1)); }

# A judge that accepts anything is none: one character at a time, over the whole of a receipt.
"$puente" receipt "$scratch/node" us.cbp:3 -o "$scratch/receipt" >/dev/null
size=$(stat -c %s "$scratch/receipt")
for ((at = 30; at < size - 4; at += size / 25 + 1)); do
    cp "$scratch/receipt" "$scratch/bad"
    byte=$(dd if="$scratch/receipt" bs=1 skip=$at count=1 status=none | od -An -tu1 | tr -d ' ')
    printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$scratch/bad" bs=1 seek=$at conv=notrunc status=none
    status=0
    node "$here/judge.mjs" "$scratch/bad" "$vkey" >"$scratch/said" 2>&1 || status=$?
    say $((status == 0)) "byte $at changed, and taken: $(head -n 1 "$scratch/said")"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
