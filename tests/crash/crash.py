#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a node survives: SIGKILL under load, a disk that fails or is full at any write of an append, a cut uplink.

Every failure prints the seed; `--seed N` hurts in the same places again (when, not what: threads keep their own time).
`--only kill|sweep|cut` and `--keep` (the nodes' folders) help to look closer. Ends with `N passed, N failed`.
"""
import argparse
import collections
import http.client
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from nodes_under_test import (AGREEMENT, RECEIVER, SENDER, Caller, Load, Pair, compare_copies, now_text, statements, subject)

COMPARE_EVERY = 20         # kills between two comparisons of the partner's copy; before that at each kill's end
LOAD_S = (0.05, 1.2)       # of load before a kill
CLEAN = {signal.SIGSEGV: "segmentation fault", signal.SIGBUS: "bus error", signal.SIGABRT: "abort", signal.SIGFPE: "arithmetic"}


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def ok(self):
        self.passed += 1

    def fail(self, text: str):
        self.failed += 1
        print(f"FAIL {text}", flush=True)


# ---- (a) SIGKILL under load ----

class Record:
    """What the sender's log holds, read on from where it was."""

    def __init__(self):
        self.after, self.names, self.notes, self.raws = 0, set(), collections.Counter(), set()

    def read_on(self, node):
        fresh, self.after = statements(node, self.after)
        for s in fresh:
            self.names.add(s["name"])
            if s["header"]["kind"] == "note":
                self.notes[s["members"]["key"]] += 1
            if "raw" in s["members"]:
                self.raws.add(s["members"]["raw"])

    def check(self, load: Load):
        for key, names in load.acked.items():
            lost = [name for name in names if name not in self.names]
            assert not lost, f"{key} was acknowledged, and {lost[:3]} is not there"
        lost = [frame for frame in load.frames if frame not in self.raws]
        assert not lost, f"{len(lost)} frames of the lock were acknowledged and are not there, the first {lost[0]}"
        twice = [key for key, count in self.notes.items() if count > 1]
        assert not twice, f"{len(twice)} statements are there twice, the first {twice[0]}"
        load.acked.clear()
        load.frames.clear()


def kill_test(pair: Pair, kills: int, rng: random.Random, tally: Tally):
    record, load, began = Record(), Load(pair, rng.randrange(2**32)), time.monotonic()
    acked = frames = 0
    for n in range(1, kills + 1):
        victim = pair.sender if rng.random() < 0.7 else pair.receiver
        pair.wire.budget = rng.randrange(200, 200000) if rng.random() < 0.5 else None
        load.run()
        time.sleep(rng.uniform(*LOAD_S))
        victim.process.kill()
        victim.process.wait()
        if rng.random() < 0.2:  # and again while it comes up
            again = subprocess.Popen([str(pair.puente), "serve", str(victim.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.0, 0.15))
            again.kill()
            again.wait()
        victim.start()
        time.sleep(rng.uniform(0.0, 0.3))  # writers find it again and repeat what they did not hear of
        load.pause()
        pair.wire.budget = None
        try:
            assert not load.faults, load.faults[0]
            pair.fsck(victim)
            record.read_on(pair.sender)
            acked, frames = acked + sum(map(len, load.acked.values())), frames + len(load.frames)
            record.check(load)
            if n % COMPARE_EVERY == 0 or n == kills or kills <= COMPARE_EVERY:
                compare_copies(pair)
            tally.ok()
        except AssertionError as fault:
            tally.fail(f"kill {n} of {victim.party}: {fault}")
            return
        if n % 10 == 0 or n == kills:
            print(f"     {n} kills, {acked} statements and {frames} frames acknowledged, none lost, {time.monotonic() - began:.0f} s", flush=True)
    held = compare_copies(pair)
    for node in pair.nodes.values():
        pair.fsck(node)
    print(f"ok   killed {kills} times; the partner holds its {held} statements, each as we hold it", flush=True)


# ---- (b) A disk that fails ----

CALLS = ("pwrite64", "fdatasync", "fsync", "write", "ftruncate")
INJECTED = re.compile(r"\(INJECTED\)")


def post_one(node, certificate, number: int):
    """A statement that touches views and feeds; the status, or None when the node broke off."""
    caller = Caller(node, certificate=certificate)
    caller.connection = connection = http.client.HTTPSConnection("127.0.0.1", node.port, timeout=20, context=caller.context)
    draft = {"kind": "crossing", "at": now_text(), "re": [subject("crossing", "us.ace.trip", f"SWEEP{number:06}")],
             "members": {"crossing": {"port": "2304", "direction": "northbound", "empty": True}}}
    try:
        connection.request("POST", "/v1/statements", json.dumps([draft]).encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body)["statements"] if answer.status // 100 == 2 else []
    except (OSError, http.client.HTTPException):
        return None, []


def hurt_once(pair: Pair, call: str, error: str, when: int, number: int):
    """One append with that call's when-th use failing in each thread. True if there was such a use."""
    node = pair.sender
    trace = pair.folder / "trace"
    trace.unlink(missing_ok=True)
    files = [part for name in ("store.db", "store.db-wal") for part in ("-P", str(node.folder / name))]
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", *files, "-e",
                               f"inject={call}:error={error}:when={when}", "-p", str(node.process.pid)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while "TracerPid:\t0" in Path(f"/proc/{node.process.pid}/status").read_text() and time.monotonic() < until:
        assert tracer.poll() is None, "strace cannot attach to the node"
        time.sleep(0.02)
    status, names = post_one(node, pair.yard, number)
    time.sleep(0.25)  # the checkpointer's turn
    tracer.terminate()
    tracer.wait(10)
    hit = trace.exists() and bool(INJECTED.search(trace.read_text(errors="replace")))
    died = node.process.poll()
    what = f"{call} {when}: {error}"
    assert died is None or -died not in CLEAN, f"{what}: died of a {CLEAN[-died]}"
    assert status is None or status // 100 in (2, 5), f"{what}: answered {status}"
    node.stop()
    pair.fsck(node)
    node.start()
    held = {s["name"] for s in statements(node)[0]}
    assert set(names) <= held, f"{what}: answered {status}, and {names} is not there"
    again, _ = post_one(node, pair.yard, number)
    assert again is not None and again // 100 == 2, f"{what}: after a restart it answers {again}"
    return hit, status


def sweep(pair: Pair, short: bool, rng: random.Random, tally: Tally):
    if shutil.which("strace") is None:
        print("left out: the sweep of failing system calls, because strace is not installed")
        return
    number, answers, began = 0, collections.Counter(), time.monotonic()
    for call in CALLS:
        for error in ("EIO", "ENOSPC"):
            when, step = (1, 1) if not short else (rng.randint(1, 4), 9)
            while True:
                number += 1
                try:
                    hit, status = hurt_once(pair, call, error, when, number)
                except AssertionError as fault:
                    tally.fail(f"sweep: {fault}")
                    return
                if not hit:
                    break
                tally.ok()
                answers["an error" if status and status >= 500 else "done" if status else "broken off"] += 1
                when += step
    said = ", ".join(f"{count} × {what}" for what, count in answers.most_common())
    assert sum(answers.values()) >= 5, f"only {answers} system calls were hit: the sweep does not reach the store"
    print(f"ok   swept {sum(answers.values())} failing system calls of an append ({said}); fsck passes after each, {time.monotonic() - began:.0f} s", flush=True)


# ---- (c) A cut uplink ----

def crossing_of(pair: Pair, node, trip: str) -> dict:
    return Caller(node, token=node.tokens["officer"]).get(f"/v1/crossings/us.ace.trip={trip}")


def declare(node, certificate, trip: str):
    Caller(node, certificate=certificate).state({
        "kind": "crossing", "at": now_text(),
        "re": [subject("crossing", "us.ace.trip", trip), subject("trailer", "trailer.plate", "T" + trip)],
        "members": {"crossing": {"port": "2304", "direction": "northbound", "empty": False, "trip": trip}}})


def seal(node, certificate, trip: str, kind: str):
    Caller(node, certificate=certificate).state({
        "kind": "custody.seal", "at": now_text(), "re": [subject("seal", "iso17712", "ABC1234567"), subject("trailer", "trailer.plate", "T" + trip)],
        "members": {"event": {"type": kind, "grade": "high-security"} if kind == "on" else {"type": kind}}})


def wait_for(what: str, holds, seconds: float = 30):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)


def cut_test(pair: Pair, tally: Tally):
    trip, sender, receiver = "CUT000001", pair.sender, pair.receiver
    try:
        declare(sender, pair.yard, trip)
        seal(sender, pair.yard, trip, "on")
        wait_for("the crossing reaches the partner", lambda: any(
            n["value"] == trip for c in Caller(receiver, token=receiver.tokens["officer"]).get("/v1/crossings?state=all&limit=1000")["crossings"]
            for n in c["identifiers"]))
        wait_for("the partner decides", lambda: crossing_of(pair, receiver, trip)["lane"])
        pair.wire.cut()
        # Here somebody opens the seal; there the truck arrives. Neither node knows of the other's news.
        seal(sender, pair.yard, trip, "unlock")
        Caller(receiver, token=receiver.tokens["officer"]).state({
            "kind": "crossing.arrival", "at": now_text(), "re": [subject("crossing", "us.ace.trip", trip)],
            "members": {"arrival": {"port": "2304", "time": now_text()}}})
        wait_for("it decides while cut off", lambda: crossing_of(pair, receiver, trip)["arrived"])
        wait_for("the link says that it is cut", lambda: pair.link_in()["state"] == "unreachable")
        assert crossing_of(pair, sender, trip)["lane"] == "joint", "the sender knows of the opening"
        cut_off = crossing_of(pair, receiver, trip)
        assert cut_off["lane"] and cut_off["lane"] != "joint", f"decided on what it cannot know: {cut_off['lane']}"
        pair.wire.mend()
        wait_for("it decides anew after the cut", lambda: crossing_of(pair, receiver, trip)["lane"] == "joint")
        compare_copies(pair)
        for node in pair.nodes.values():
            pair.fsck(node)
        tally.ok()
        print(f"ok   cut off it decided {cut_off['lane']} from what it held, and joint once it had caught up", flush=True)
    except AssertionError as fault:
        tally.fail(f"cut: {fault}")
    finally:
        pair.wire.mend()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--puente", type=Path, required=True)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--sweep", choices=("short", "full"), default="short")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--only", choices=("kill", "sweep", "cut"))
    options.add_argument("--keep", action="store_true", help="leave the nodes' folders")
    given = options.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    rng, tally = random.Random(seed), Tally()
    print(f"seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="puente-crash-"))
    pair = Pair(folder, given.puente.resolve())
    try:
        pair.start()
        if given.only in (None, "cut"):
            cut_test(pair, tally)
        if given.only in (None, "kill"):
            kill_test(pair, given.kills, rng, tally)
        if given.only in (None, "sweep"):
            sweep(pair, given.sweep == "short", rng, tally)
    except Exception:  # noqa: BLE001 the tally must be said whatever happens
        tally.fail("the test itself")
        traceback.print_exc(file=sys.stdout)
    finally:
        pair.stop()
        if tally.failed:
            for party in (SENDER, RECEIVER):
                lines = (folder / f"{party}.log").read_text(errors="replace").splitlines()[-15:]
                print(f"---- the last words of {party}", *lines, sep="\n")
            print(f"again: tests/crash/run --puente {given.puente} --seed {seed}")
        if tally.failed or given.keep:
            print(f"the nodes' folders: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
