#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what tests say of themselves: `tally.py meson BUILD` reads Meson's log of its last run, cmocka's counts included;
`tally.py log FILE` adds up the lines `N passed, N failed` of a script's output. Prints `passed failed skipped`, and on
standard error the output of each test that failed."""
import json
import re
import sys
from pathlib import Path

CMOCKA = {"PASSED": re.compile(r"\[  PASSED  \] (\d+) test"), "FAILED": re.compile(r"\[  FAILED  \] .*?(\d+) test")}
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n+(OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)
SAID = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)
TAIL_LINES = 60


def meson(build: Path) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for line in (build / "meson-logs" / "testlog.json").read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        said = (test.get("stdout") or "") + (test.get("stderr") or "")
        if test["result"] == "SKIP":
            skipped += 1
            print(next((s for s in said.splitlines() if s.strip()), f"left out: {test['name']}"), file=sys.stderr)
            continue
        good, bad = (sum(int(n) for n in CMOCKA[word].findall(said)) for word in ("PASSED", "FAILED"))
        for count, _, more in UNITTEST.findall(said):
            wrong = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", more))
            left = sum(int(n) for n in re.findall(r"skipped=(\d+)", more))
            good, bad, skipped = good + int(count) - wrong - left, bad + wrong, skipped + left
        last = SAID.match(((test.get("stdout") or "").strip().splitlines() or [""])[-1])
        if last:
            good, bad = good + int(last[1]), bad + int(last[2])
        if test["result"] in {"OK", "EXPECTEDFAIL"}:
            passed += good or 1
            failed += bad  # a test that counts failures and exits with 0 is broken
            continue
        passed += good
        failed += bad or 1
        print(f"---- {test['name']}: {test['result']}", *said.splitlines()[-TAIL_LINES:], sep="\n", file=sys.stderr)
    return passed, failed, skipped


def log(file: Path) -> tuple[int, int, int]:
    counts = [tuple(int(n or 0) for n in m.groups()) for m in SAID.finditer(file.read_text(encoding="utf-8", errors="replace"))]
    return tuple(sum(c[i] for c in counts) for i in range(3)) if counts else (0, 0, 0)


def main() -> int:
    how, what = sys.argv[1:3]
    print(*{"meson": meson, "log": log}[how](Path(what)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
