#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays the corridor as CI does, and sees that the demo can fail: `corridor_test.py [once] [page] [wrong] [port]`, all by default.

once   ./demo --once in Spanish: exits 0, names every crossing with its lane, and answers the port director
page   the page of us.cbp in Chromium while a crossing loses its green lane (needs npm ci in this folder)
wrong  a scenario that expects another lane, and one that hides what is shared, both exit 1 and say where
port   the port director's part alone, asked for waits and haste that no port has, exits 1 and says so
"""
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "examples" / "corridor" / "scenario.yaml"
PORT = ROOT / "examples" / "corridor" / "inputs" / "port" / "port.yaml"
LOSES = "filer-in-the-queue"
TIMEOUT_S = 1200


def demo(*options: str, watch=None) -> tuple[int, str]:
    """Exit status and output; `watch` is told each line as it comes."""
    play = subprocess.Popen([ROOT / "demo", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    killer = threading.Timer(TIMEOUT_S, play.kill)
    killer.start()
    lines = []
    try:
        for line in play.stdout:
            lines.append(line)
            if watch:
                watch(line)
        return play.wait(), "".join(lines)
    finally:
        killer.cancel()
        if play.poll() is None:
            play.kill()


def trips(scenario: dict) -> list[str]:
    return [crossing["truck"]["trip"] for crossing in scenario["crossings"]]


def once(scenario: dict) -> str | None:
    status, said = demo("--once", "--language", "es")
    table = said[said.rfind("Cruces en us.cbp"):]
    missing = [trip for trip in trips(scenario) if not re.search(rf"^{trip} .*(verde|documental|rayos|conjunta)", table, re.MULTILINE)]
    if status != 0:
        return f"./demo --once exits {status}:\n{said[-4000:]}"
    if missing:
        return f"no lane is said of {', '.join(missing)}"
    director = [r"^Portal 4 +83\.1 %", r"Lo que hallan las inspecciones", r"^2304/P\d +\d+ +\d+ +\d+ % \[\d+, \d+\]",
                r"no queda escáner: ([1-9]\d*) de \1 van a otra parte", r"casetas.*: -1\d\.\d min \[-1\d\.\d, -1\d\.\d\]"]
    untold = [wanted for wanted in director if not re.search(wanted, said, re.MULTILINE)]
    if untold:
        return f"the director is not told {untold}:\n{said[-4000:]}"
    return None if re.search(r"^\d{2,} passed, 0 failed$", said, re.MULTILINE) else "the last line counts no checks"


def page(scenario: dict) -> str | None:
    trip = next(crossing["truck"]["trip"] for crossing in scenario["crossings"] if crossing["name"] == LOSES)
    looks: list[subprocess.Popen] = []
    address: list[str] = []

    def watch(line: str):
        found = re.search(r"us\.cbp .*(https://\S+)/#token=(\S+)", line)
        if found and not address:
            address.extend(found.groups())
        if trip in line and not looks and "leaves" in line:
            looks.append(subprocess.Popen(["node", "page_test.mjs", "--url", address[0], "--token", address[1], "--expect-loss", trip,
                                           "--wait", "180"],
                                          cwd=Path(__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))

    # The browser wants its share of a small machine, so corridor time goes slower.
    status, said = demo("--once", "--language", "en", "--rate", "150", watch=watch)
    if not looks:
        return f"the browser was never opened:\n{said[-2000:]}"
    looked, _ = looks[0].communicate(timeout=240)
    print(looked, end="", flush=True)
    return None if looks[0].returncode == 0 and status == 0 else f"demo {status}, page {looks[0].returncode}:\n{said[-2000:]}"


def wrong(scenario: dict) -> str | None:
    first = scenario["crossings"][0]
    first["expect"]["us.cbp"] = "joint tamper"
    first["hidden"] = {**first["hidden"], "us.cbp": [*first["hidden"]["us.cbp"], "document.goods"]}
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "scenario.yaml"
        changed.write_text(yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False), encoding="utf-8")
        status, said = demo("--once", "--language", "en", "--scenario", str(changed), "--folder", str(Path(folder) / "nodes"))
    trip = first["truck"]["trip"]
    if status != 1:
        return f"a scenario that does not hold exits {status}"
    for wanted in (rf"{trip} .* us\.cbp, before: joint tamper, and not green", rf"{trip} .* us\.cbp may not see document\.goods"):
        if not re.search(wanted, said):
            return f"the output does not say \"{wanted}\":\n{said[-3000:]}"
    return None


def port(_: dict) -> str | None:
    scenario = yaml.safe_load(PORT.read_text(encoding="utf-8"))
    scenario["expect"] = {"decided_again_within_s": 0, "wait_p95_min": 1}
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "port.yaml"
        changed.write_text(yaml.safe_dump(scenario, sort_keys=False), encoding="utf-8")
        status, said = demo("--port", "--once", "--language", "en", "--scenario", str(changed), "--folder", str(Path(folder) / "nodes"))
    if status != 1:
        return f"a port that does not hold exits {status}"
    missing = [wanted for wanted in (r"decided again within \d\.\d+ s; 0 s are allowed", r"95 % of stays under [\d.]+ min; 1 are wanted",
                                     r"^\d{2,} passed, [2-9] failed$") if not re.search(wanted, said, re.MULTILINE)]
    return f"the output does not say {missing}:\n{said[-3000:]}" if missing else None


def main() -> int:
    tests = {"once": once, "page": page, "wrong": wrong, "port": port}
    chosen = sys.argv[1:] or list(tests)
    failed = 0
    for name in chosen:
        problem = tests[name](yaml.safe_load(SCENARIO.read_text(encoding="utf-8")))
        failed += problem is not None
        print(f"{'FAIL' if problem else 'ok  '} {name}" + (f"\n     {problem}" if problem else ""), flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
