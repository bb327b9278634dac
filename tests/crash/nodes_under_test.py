# SPDX-License-Identifier: Apache-2.0
"""Two nodes under one agreement, for hurting: `mx.anam` takes in what happens, `us.cbp` pulls it through a wire that can be
cut. Nodes, callers and devices are the demo's own (examples/corridor)."""
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "corridor"), str(ROOT / "tests" / "devices")]
import jt701d  # noqa: E402
from nodes import Caller, Node, client_certificate, free_port, write_yaml  # noqa: E402,F401
from play import sign_agreement  # noqa: E402

LOCK, YARD, SENDER, RECEIVER = "8000620011", "mx.transportes-garza", "mx.anam", "us.cbp"
AGREEMENT = f"{SENDER}-{RECEIVER}"
SHARED = ["subject", "crossing", "crossing.arrival", "custody.seal", "custody.position", "channel", "note", "erasure"]
CATCH_UP_S = 60
PAGE = 1000


def now_text() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def subject(noun: str, scheme: str, value: str) -> dict:
    return {"noun": noun, "ids": [{"scheme": scheme, "value": value}]}


class Wire:
    """A TCP relay to a port, which can be cut: at once, or after so many bytes."""

    def __init__(self, to: int):
        self.to, self.listener = to, socket.create_server(("127.0.0.1", 0))
        self.port, self.up, self.pairs, self.budget = self.listener.getsockname()[1], True, [], None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            try:
                if not self.up:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self.to), timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            self.pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(a, b, b is near), daemon=True).start()

    def _copy(self, source, target, counted):
        try:
            while data := source.recv(65536):
                if counted and self.budget is not None:
                    self.budget -= len(data)
                    if self.budget < 0:
                        target.sendall(data[:len(data) // 2])  # in the middle of a record
                        self.budget = None
                        break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.up = False
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs = []

    def mend(self):
        self.up = True


class Pair:
    """The two nodes, joined."""

    def __init__(self, folder: Path, puente: Path):
        self.folder, self.puente = folder, puente
        self.yard = client_certificate(YARD, folder)
        self.sender, self.receiver = Node(SENDER, folder / SENDER, puente), Node(RECEIVER, folder / RECEIVER, puente)
        self.nodes = {SENDER: self.sender, RECEIVER: self.receiver}
        self.wire = Wire(self.sender.port)
        registry = {"devices": [{"device": "jt701d:" + LOCK, "vendor": "Jointech", "vendor_country": "CN"}]}
        for node in self.nodes.values():
            write_yaml(node.folder / "devices.yaml", registry)
            node.configure({"devices": "devices.yaml", "recognised": [{"issuer": "us.cbp"}]}, node is self.sender)
            node.admits(YARD, self.yard, ["*"])
            node.admit_person("auditor", "auditor")
            node.admit_person("officer", "officer")
            node.admit_person("analyst", "analyst")
        self.sender.knows(self.receiver)
        self._through_the_wire()
        agreement = folder / f"{AGREEMENT}.yaml"
        write_yaml(agreement, {
            "id": AGREEMENT, "version": 1, "from": SENDER, "to": RECEIVER, "begins": "2026-01-01",
            "legal_basis": {"instrument": "for a test", "article": "1", "expires": "2099-12-31"}, "purpose": "To be hurt",
            "kinds": SHARED, "label_max": "amber", "withhold": [{"kind": "custody.*", "members": ["raw"]}], "onward": "none",
            "retention_days": 30, "officers": [{"party": p, "name": "Test", "contact": "t@test.example"} for p in self.nodes]})
        agreement.write_text(agreement.read_text().replace("'", ""))  # dates are plain words here
        sign_agreement(agreement, folder / "agreements", self.sender, self.receiver)

    def _through_the_wire(self):
        """The receiver knows the sender by the wire's port."""
        public = (self.sender.folder / "public.yaml").read_text(encoding="utf-8")
        through = self.folder / f"{SENDER}.yaml"
        through.write_text(public.replace(f":{self.sender.port}", f":{self.wire.port}"), encoding="utf-8")
        self.receiver.command("link", "add", self.receiver.folder, through)

    def start(self):
        for node in self.nodes.values():
            node.start()

    def stop(self):
        for node in self.nodes.values():
            node.stop()

    def fsck(self, node: Node) -> dict:
        done = subprocess.run([self.puente, "fsck", node.folder, "--json"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"fsck of {node.party}: {done.stdout.strip()} {done.stderr.strip()}")
        return json.loads(done.stdout)

    def link_in(self) -> dict:
        links = Caller(self.receiver, token=self.receiver.tokens["auditor"]).get("/v1/node")["links"]
        return next(link for link in links if link["agreement"] == AGREEMENT and link["direction"] == "in")

    def link_out(self) -> dict:
        links = Caller(self.sender, token=self.sender.tokens["auditor"]).get("/v1/node")["links"]
        return next(link for link in links if link["agreement"] == AGREEMENT and link["direction"] == "out")


def statements(node: Node, after: int = 0) -> tuple[list, int]:
    """All statements that a node holds after a position, and the position reached. Each page that is read is itself stated,
    so the end is a page that is not full."""
    caller, found = Caller(node, token=node.tokens["auditor"]), []
    while True:
        page = caller.get(f"/v1/statements?after={after}&limit={PAGE}")
        for statement in page["statements"]:
            found.append({**statement, "bytes": statement["header"], "header": json.loads(statement["header"])})
        after = max(after, page["next"])
        if len(page["statements"]) < PAGE:
            return found, after


def same_as_ours(theirs: dict, ours: dict):
    """What a partner holds of a statement is the statement: the same header, no member that differs, none that was withheld."""
    assert theirs["bytes"] == ours["bytes"], f"{theirs['name']}: another header at the partner"
    for name, value in theirs["members"].items():
        assert ours["members"].get(name) == value, f"{theirs['name']}: member {name} differs at the partner"
    assert "raw" not in theirs["members"], f"{theirs['name']}: a withheld member left"


def compare_copies(pair: Pair):
    """Once the link has nothing more to bring, the partner holds exactly what the agreement lets out."""
    until = time.monotonic() + CATCH_UP_S
    while True:
        ours, _ = statements(pair.sender)
        theirs = {s["name"]: s for s in statements(pair.receiver)[0] if s["header"]["by"] == SENDER}
        due = {s["name"]: s for s in ours if s["header"]["by"] == SENDER and s["header"]["kind"] in SHARED}
        if theirs.keys() == due.keys():
            break
        if time.monotonic() > until:
            lack, more = sorted(due.keys() - theirs.keys()), sorted(theirs.keys() - due.keys())
            raise AssertionError(f"the partner lacks {len(lack)} ({lack[:3]} …) and has {len(more)} too many ({more[:3]} …); {pair.link_in()}")
        time.sleep(0.3)
    for name, statement in theirs.items():
        same_as_ours(statement, due[name])
    return len(theirs)


class Load:
    """Who writes to the sender while it is hurt. What was acknowledged is remembered."""

    def __init__(self, pair: Pair, seed: int):
        self.pair, self.stopping, self.random = pair, threading.Event(), random.Random(seed)
        self.acked, self.frames, self.numbers, self.lock = {}, [], {}, threading.Lock()
        self.errors, self.faults = 0, []
        self.serial = 0
        self.threads = []

    def run(self):
        self.stopping.clear()
        self.threads = [threading.Thread(target=self._guard, args=(work,), daemon=True)
                        for work in (self._post, self._post, self._report)]
        for thread in self.threads:
            thread.start()

    def pause(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive(), "a writer hangs: the node neither answers nor closes"

    def _guard(self, work):
        while not self.stopping.is_set():
            try:
                work()
            except (OSError, http.client.HTTPException):
                self.errors += 1  # the node was killed under it
                time.sleep(0.05)
            except Exception as fault:  # noqa: BLE001 a writer's own fault must fail the test, not vanish with its thread
                self.faults.append(repr(fault))
                return

    def _drafts(self, key: str) -> bytes:
        with self.lock:
            count, trip = self.random.randint(1, 20), self.random.randint(1, 400)
        drafts = [{"kind": "note", "at": now_text(), "members": {"key": f"{key}.{i}", "text": "x" * 300}} for i in range(count - 1)]
        drafts.append({"kind": "crossing", "at": now_text(),
                       "re": [subject("crossing", "us.ace.trip", f"GRZA{trip:06}"), subject("trailer", "trailer.plate", f"T{trip}")],
                       "members": {"crossing": {"port": "2304", "direction": "northbound", "empty": False, "trip": key}}})
        return json.dumps(drafts).encode()

    def _post(self):
        """One batch after the other; after a cut the same batch again, under the same key."""
        caller, pending = Caller(self.pair.sender, certificate=self.pair.yard), None
        ident = threading.get_ident()
        pending = self.numbers.get(ident)
        while not self.stopping.is_set():
            if pending is None:
                with self.lock:
                    self.serial += 1
                    key = f"batch-{self.serial}"
                pending = self.numbers[ident] = (key, self._drafts(key))
            key, body = pending
            connection = http.client.HTTPSConnection("127.0.0.1", self.pair.sender.port, timeout=20, context=caller.context) \
                if caller.connection is None else caller.connection
            caller.connection = connection
            connection.request("POST", "/v1/statements", body, {"Content-Type": "application/json", "Idempotency-Key": key})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status in (429, 503):
                time.sleep(0.02)
                continue
            if answer.status // 100 != 2:
                raise RuntimeError(f"POST answered {answer.status}: {said[:300]!r}")
            self.acked[key] = json.loads(said)["statements"]
            pending = self.numbers[ident] = None
            time.sleep(0.02)

    def _report(self):
        """A lock that reports, and waits for each acknowledgement."""
        with socket.create_connection(("127.0.0.1", self.pair.sender.seals_port), timeout=10) as wire:
            while not self.stopping.is_set():
                with self.lock:
                    self.serial += 1
                    serial = self.serial
                at = 1772373600 + serial  # each frame has a second of its own
                frame = jt701d.report(LOCK, at, 27.5 + serial % 1000 / 10000, -99.5, serial=serial % 256)
                wire.sendall(frame)
                answer = b""
                while not answer.endswith(b")"):
                    piece = wire.recv(64)
                    if not piece:
                        raise ConnectionError
                    answer += piece
                self.frames.append(frame.hex())
                time.sleep(0.01)
