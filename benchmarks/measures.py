# SPDX-License-Identifier: Apache-2.0
"""What `./bench` measures, and how: real nodes of a release build, the drivers of this folder, the machine's limits."""
import datetime
import json
import os
import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from nodes import Node, BenchFailed, client_certificate

__all__ = ["FIGURES", "LIMITS", "Bench", "BenchFailed"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


@dataclass
class Want:
    unit: str
    wanted: float
    more: bool  # more is better

    def met(self, value: float) -> bool:
        return value is not None and (value >= self.wanted if self.more else value < self.wanted)


FIGURES = {
    "append_statements_per_s": Want("1/s", 15000, True),
    "append_log_only_per_s": Want("1/s", 40000, True),
    "seal_packets_per_s": Want("1/s", 10000, True),
    "mirror_statements_per_s": Want("1/s", 10000, True),
    "post_p99_ms": Want("ms", 10, False),
    "commit_max_ms": Want("ms", 100, False),
    "redecide_s": Want("s", 1, False),
    "redecide_all_s": Want("s", 15, False),
    "rss_idle_mb": Want("MiB", 64, False),
    "rss_1m_consignments_mb": Want("MiB", 512, False),
    "start_10m_statements_s": Want("s", 2, False),
    "expr_policy_us": Want("us", 0.3, False),
    "expr_vs_celgo": Want("times", 3, True),
    "rules_100x30_per_s": Want("1/s", 500000, True),
    "decide_per_s": Want("1/s", 50000, True),
    "decide_p99_us": Want("us", 100, False),
    "lane_vs_threshold": Want("times", 1.07, True),
    "lane_vs_random": Want("times", 4.5, True),
    "lane_vs_bound": Want("share", 0.85, True),
    "lane_p95_outage_min": Want("min", 15, False),
    "simulate_trucks_per_s": Want("1/s", 50000, True),
}

LIMITS = {
    "limit_fsync_per_s": ("1/s", "append 500 bytes and fdatasync"),
    "limit_sqlite_rows_per_s": ("1/s", "SQLite rows alone (500 bytes, WAL, FULL, 1,600 a commit)"),
    "limit_sha256_per_s": ("1/s", "SHA-256 of 500 bytes"),
    "limit_ed25519_sign_per_s": ("1/s", "Ed25519 signatures"),
    "limit_ed25519_verify_per_s": ("1/s", "Ed25519 verifications"),
}

AGREEMENT = """id: {id}
version: 1
from: {sender}
to: {receiver}
legal_basis: {{instrument: "A measurement on one machine", expires: 2099-12-31}}
purpose: "Measuring how fast a partner can follow"
kinds: [subject, crossing, document, channel, channel.standing, threat, threat.confirm, threat.clear, "bench.*"]
label_max: amber
onward: none
retention_days: 1
officers:
  - {{party: {sender}, name: "Bench", contact: bench@sender.example}}
  - {{party: {receiver}, name: "Bench", contact: bench@receiver.example}}
"""

TRIGGERS = """triggers:
  - id: own-analyst
    owner: {party}
    citation: "the measurement's own"
    from: 2020-01-01
    purpose: cyber-defence
    confirm: role == 'analyst'
    effect: joint
    crossings_limit: 0
  - id: partner
    owner: {party}
    citation: "the measurement's own"
    from: 2020-01-01
    purpose: cyber-defence
    confirm: party == '{partner}' && own
    effect: joint
    crossings_limit: 1000000
"""

CLIENT = "bench.client"
HOLDER, PARTNER = "mx.anam", "us.cbp"


class Bench:
    DRIVERS = ("limits", "commit_load", "https_load", "seal_load", "expr_bench", "decide_bench", "lane_judge")

    def __init__(self, build: Path, scratch: Path, quick: bool, say):
        self.build, self.scratch, self.quick, self.say = build, scratch, quick, say
        self.limits, self.notes, self.nodes, self.node_packages = {}, [], [], None
        part = 10 if quick else 1
        self.consignments = 1_000_000 // part
        self.statements = 10_000_000 // part
        self.mirrored = 200_000 // part
        self.crossings, self.leaning = 100_000 // part, 1000 // part
        self.seconds = 5 if quick else 20
        if quick:
            self.notes.append("--quick: a tenth of the sizes; these are not the documented figures")

    def conditions(self) -> str:
        load = os.getloadavg()
        return f"{datetime.date.today()}, load average {load[0]:.1f} at the end{', quick' if self.quick else ''}"

    # What is run, in the order of its cost; each gives one or several figures.
    def run(self, wanted: set):
        self.limits = self.driver("limits", self.scratch, 1 if self.quick else 3)
        steps = [
            ({"expr_policy_us", "expr_vs_celgo"}, self.expressions),
            ({"rules_100x30_per_s"}, self.rules),
            ({"decide_per_s", "decide_p99_us"}, self.decisions),
            ({"lane_vs_threshold", "lane_vs_random", "lane_vs_bound", "lane_p95_outage_min", "simulate_trucks_per_s"}, self.lanes),
            ({"rss_idle_mb"}, self.idle),
            ({"append_statements_per_s", "append_log_only_per_s", "post_p99_ms", "commit_max_ms", "rss_1m_consignments_mb"}, self.append),
            ({"seal_packets_per_s"}, self.seals),
            ({"mirror_statements_per_s"}, self.mirror),
            ({"redecide_s", "redecide_all_s"}, self.redecide),
            ({"start_10m_statements_s"}, self.start),
        ]
        for names, step in steps:
            if not names & wanted:
                continue
            yield from step()
            self.stop()
            shutil.rmtree(self.scratch / "nodes", ignore_errors=True)

    def stop(self):
        for node in self.nodes:
            node.stop()
        self.nodes = []

    # `limit`: what the machine gives; for a time, the least that it could take. The share is how much of the limit is used,
    # or how much of the time the limit explains.
    def figure(self, name: str, value: float, limit: float = None, peer: float = None) -> dict:
        want = FIGURES[name]
        share = None if not limit else value / limit if want.more else limit / value if value else None
        return {"name": name, "value": round(value, 4), "unit": want.unit, "limit": limit, "share": share and round(share, 4),
                "peer": peer, "ratio": round(value / peer, 3) if peer else None}

    def driver(self, name: str, *arguments) -> dict:
        command = [str(self.build / "benchmarks" / name), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise BenchFailed(f"{' '.join(command)} ended with {done.returncode}")
        found = {}
        for line in done.stdout.splitlines():
            name, value = line.split()
            found[name] = float(value)
        return found

    def node(self, party: str, partner: str, seals: bool = False) -> Node:
        (self.scratch / "nodes").mkdir(exist_ok=True)
        node = Node(self.build / "src" / "cli" / "puente", self.scratch / "nodes" / party, party, seals)
        shutil.copy(ROOT / "examples/corridor/rules/corridor.yaml", node.folder / "rules" / "rules.yaml")
        (node.folder / "triggers" / "triggers.yaml").write_text(TRIGGERS.format(party=party, partner=partner), encoding="utf-8")
        self.nodes.append(node)
        return node

    def rows(self, count: float = 1) -> float:
        return self.limits["limit_sqlite_rows_per_s"] / count

    # --- one node

    def idle(self):
        self.say("memory of an idle node …")
        node = self.node(PARTNER, HOLDER, seals=True)
        node.start()
        time.sleep(3)
        yield self.figure("rss_idle_mb", node.rss_mb())

    def append(self):
        peer = self.tessera()
        node = self.node(PARTNER, HOLDER)
        self.say(f"filling a store with {self.consignments:,} consignments …")
        self.driver("commit_load", "fill-consignments", node.folder, node.party, self.consignments)
        client = client_certificate(CLIENT, self.scratch)
        node.admits(CLIENT, client)
        node.start()
        tls = (node.port, client, client.with_suffix(".key.pem"), node.certificate)
        self.say("appending over 16 TLS connections …")
        self.driver("https_load", "append", *tls, self.consignments, 3)  # the caches fill
        before = node.metrics()
        found = self.driver("https_load", "append", *tls, self.consignments, self.seconds)
        after = node.metrics()
        self.say_checkpoints(before, after)
        yield self.figure("append_statements_per_s", found["statements_per_s"], self.rows(), peer)
        yield self.figure("commit_max_ms", after["puente_slice_max_seconds"] * 1000, 1000 / self.limits["limit_fsync_per_s"])
        yield self.figure("rss_1m_consignments_mb", node.rss_mb())
        found = self.driver("https_load", "append", *tls, 0, self.seconds)
        yield self.figure("append_log_only_per_s", found["statements_per_s"], self.rows(), peer)
        self.say("single posts …")
        found = self.driver("https_load", "single", *tls, self.consignments, self.seconds)
        yield self.figure("post_p99_ms", found["post_p99_ms"], 1000 / self.limits["limit_fsync_per_s"])

    def say_checkpoints(self, before: dict, after: dict):
        n = after["puente_statements_total"] - before["puente_statements_total"]
        slices = after["puente_slices_total"] - before["puente_slices_total"]
        self.notes.append(f"append: {n:,.0f} statements in {slices:,.0f} slices, the WAL being copied back meanwhile; it is {after['puente_wal_bytes'] / 1048576:.0f} MiB long")

    def seals(self):
        self.say("1,000 seals …")
        node = self.node(PARTNER, HOLDER, seals=True)
        node.start()
        self.driver("seal_load", node.seals_port, 1000, 2)
        found = self.driver("seal_load", node.seals_port, 1000, self.seconds)
        self.notes.append(f"seals: an acknowledgement took {found['ack_p50_ms']:.0f} ms in the middle, {found['ack_p99_ms']:.0f} ms at p99")
        yield self.figure("seal_packets_per_s", found["packets_per_s"], self.rows())

    def start(self):
        node = self.node(PARTNER, HOLDER)
        self.say(f"filling a store with {self.statements:,} statements …")
        self.driver("commit_load", "fill-statements", node.folder, node.party, self.statements)
        yield self.figure("start_10m_statements_s", min(self.start_once(node) for _ in range(3)))

    def start_once(self, node: Node) -> float:
        took = node.start()
        node.stop()
        return took

    # --- decisions and lanes

    def decisions(self):
        self.say("whole decisions …")
        found = self.driver("decide_bench")
        self.notes.append(f"decide: {found['decide_rules']:.0f} rules, {found['decide_p50_us']:.1f} us in the middle, one core")
        yield self.figure("decide_per_s", found["decide_per_s"])
        yield self.figure("decide_p99_us", found["decide_p99_us"])

    # Over seeds, in the simulator: what it says is the same on every machine, but for its speed.
    def lanes(self):
        seeds = 4 if self.quick else 20
        self.say(f"lanes over {seeds} seeds …")
        command = [str(self.build / "benchmarks" / "lane_judge"), "--seeds", str(seeds)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise BenchFailed(f"{' '.join(command)} ended with {done.returncode}")
        found = json.loads(done.stdout)
        self.notes.append(f"lanes: {found['lane_vs_threshold_low']:.3f} to {found['lane_vs_threshold_high']:.3f} times the best threshold (95 %), mean wait "
                          f"{found['lane_wait_mean_min']:.2f} min; the threshold's worst p95 through outages {found['threshold_p95_outage_worst_min']:.0f} min")
        for name in ("lane_vs_threshold", "lane_vs_random", "lane_vs_bound", "lane_p95_outage_min", "simulate_trucks_per_s"):
            yield self.figure(name, found[name])

    # --- expressions and rules, beside others' engines

    def expressions(self):
        self.say("expressions …")
        ours = self.driver("expr_bench", HERE / "peers" / "expressions.json")["expr_policy_us"]
        go = self.cel_go()
        self.node_peer("cel-js", HERE / "peers" / "expressions.json")
        yield self.figure("expr_policy_us", ours, peer=go and go / 1000)
        if go:
            yield self.figure("expr_vs_celgo", go / 1000 / ours)

    def rules(self):
        self.say("100 rules over 30 fields …")
        ours = self.driver("expr_bench", HERE / "peers" / "expressions.json")["rules_100x30_per_s"]
        work = self.scratch / "rules.json"
        self.driver("expr_bench", "--dump-rules", work)
        peers = [self.node_peer(name, work) for name in ("json-rules-engine", "zen-engine")]
        yield self.figure("rules_100x30_per_s", ours, peer=max((rate for rate in peers if rate), default=None))

    # --- two nodes

    def pair(self):
        """A holder and its partner, with an agreement that both have signed, the holder's side not yet open."""
        holder, partner = self.node(HOLDER, PARTNER), self.node(PARTNER, HOLDER)
        holder.knows(partner)
        partner.knows(holder)
        agreement = self.scratch / f"{HOLDER}-{PARTNER}.yaml"
        agreement.write_text(AGREEMENT.format(id=agreement.stem, sender=HOLDER, receiver=PARTNER), encoding="utf-8")
        agreement.with_suffix(".yaml.sig").unlink(missing_ok=True)
        for node in (holder, partner):
            node.command("agreement", "sign", node.folder, agreement)
        for node in (holder, partner):
            node.command("agreement", "activate", node.folder, agreement)
        return holder, partner

    def follow(self, holder: Node, partner: Node, count: int) -> float:
        """Starts both; the seconds from the partner's first question to its having `count` statements."""
        token = partner.token("auditor", "auditor")
        holder.start()
        holder.settle()
        began = time.monotonic()
        partner.start()
        have = said = 0
        while have < count:
            have = partner.mirrored(token)
            if time.monotonic() - began > 900:
                raise BenchFailed(f"the partner has {have} of {count} statements after 15 minutes")
            if have - said > 50000:
                self.say(f"  {have:,} of {count:,} statements mirrored")
                said = have
            time.sleep(0.05)
        return time.monotonic() - began

    def mirror(self):
        holder, partner = self.pair()
        self.say(f"filling a holder with {self.mirrored:,} statements …")
        filled = self.driver("commit_load", "fill-consignments", holder.folder, holder.party, self.mirrored // 2)
        self.say(f"  filled in {filled['seconds']:.0f} s; the partner follows …")
        took = self.follow(holder, partner, self.mirrored)
        yield self.figure("mirror_statements_per_s", self.mirrored / took, self.rows())

    def redecide(self):
        holder, partner = self.pair()
        self.say(f"filling a holder with {self.crossings:,} open crossings …")
        self.driver("commit_load", "fill-crossings", holder.folder, holder.party, self.crossings, self.leaning)
        token = holder.token("bench", "analyst")
        self.follow(holder, partner, self.crossings * 5)
        for node in (holder, partner):
            node.settle()
        for name, filer, floor, count in (("redecide_s", "BENCH-ONE", "scan", self.leaning), ("redecide_all_s", "BENCH-ALL", "joint", self.crossings)):
            took = self.confirm(holder, partner, token, filer, floor, count)
            yield self.figure(name, took, 1 / self.rows(count))
            for node in (holder, partner):
                node.settle()

    def confirm(self, holder: Node, partner: Node, token: str, filer: str, floor: str, count: int) -> float:
        threat = f"incident--{uuid.uuid4()}"
        about = [{"noun": "threat", "ids": [{"scheme": "stix.id", "value": threat}]}]
        holder.state(token, {"kind": "threat", "re": about,
                             "members": {"threat": {"id": threat, "type": "incident", "title": "broken into", "reporter": "bench"},
                                         "names": [{"what": "filer", "value": filer}]}})
        partner.settle()
        before = partner.metrics()["puente_decisions_total"]
        self.say(f"confirming that {filer} is broken into, which {count:,} crossings leaned on …")
        began = time.monotonic()
        holder.state(token, {"kind": "threat.confirm", "re": about, "members": {"reason": "measured", "floor": floor}})
        while (done := partner.metrics()["puente_decisions_total"] - before) < count:
            if time.monotonic() - began > 300:
                raise BenchFailed(f"{done:.0f} of {count} crossings are decided again after 5 minutes")
            time.sleep(0.02)
        return time.monotonic() - began

    # --- peers

    def cel_go(self):
        """Nanoseconds of the policy expression in cel-go, checked and optimised; None, and a line that says why, where it cannot be had."""
        self.say("the peer: cel-go …")
        binary = self.go_peer("cel-go", "cel-go")
        if not binary:
            return None
        found = self.peer("cel-go", [binary, HERE / "peers" / "expressions.json"])
        self.note_expressions("cel-go", found)
        return found["ns"]["policy"]

    def node_peer(self, name: str, work: Path):
        """What a peer of npm gives for the same work: nanoseconds of the policy expression, or facts a second; None as above."""
        self.say(f"the peer: {name} …")
        if self.node_packages is None:
            self.node_packages = self.fetch_node_packages()
        if not self.node_packages:
            return None
        found = self.peer(name, ["node", self.node_packages / "bench.mjs", name, work])
        if "ns" in found:
            self.note_expressions(name, found)
            return found["ns"].get("policy")
        self.notes.append(f"peer: {name} {found['version']}, {found['facts_per_s']:,.0f} facts/s with 100 rules")
        return found["facts_per_s"]

    def note_expressions(self, name: str, found: dict):
        self.notes.append(f"peer: {name} {found['version']}, ns: " + ", ".join(f"{what} {ns:,.0f}" for what, ns in found["ns"].items()))

    def fetch_node_packages(self):
        """The peers of npm in a folder of their own; False, and one line, where they cannot be had. The lock file pins them; `npm ci` would want
        the builds for every other platform too."""
        folder = self.scratch / "node-peers"
        shutil.copytree(HERE / "peers" / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
        if not shutil.which("node") or not shutil.which("npm"):
            self.notes.append("no peers of npm: there is no Node here")
            return False
        done = subprocess.run(["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["npm install failed"])[0]
            self.notes.append(f"no peers of npm: they cannot be installed here ({reason[:160]})")
            return False
        return folder

    def peer(self, name: str, command: list) -> dict:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchFailed(f"{name}: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout)

    def go_peer(self, name: str, what: str):
        """The program of peers/<name>, built; None, and one line, where it cannot be."""
        if not shutil.which("go"):
            self.notes.append(f"no peer {what}: there is no Go here")
            return None
        binary = self.scratch / f"{name}-bench"
        built = subprocess.run(["go", "build", "-mod=readonly", "-o", binary, "."], cwd=HERE / "peers" / name, capture_output=True, text=True,
                               check=False)
        if built.returncode:
            reason = (built.stderr.strip().splitlines() or ["go build failed"])[-1]
            self.notes.append(f"no peer: {what} cannot be built here ({reason[:160]})")
            return None
        return binary

    def tessera(self):
        """Entries a second of Tessera's POSIX driver; None, and a line that says why, where it cannot be had."""
        self.say("the peer: Tessera's POSIX driver …")
        binary = self.go_peer("tessera", "Tessera")
        if not binary:
            return None
        store = self.scratch / "tessera"
        done = subprocess.run([binary, "-dir", store, "-seconds", str(self.seconds)], capture_output=True, text=True, check=False)
        shutil.rmtree(store, ignore_errors=True)
        if done.returncode:
            raise BenchFailed(f"Tessera: {done.stderr.strip()[-300:]}")
        found = json.loads(done.stdout)
        self.notes.append(f"peer: Tessera {found['version']}, POSIX driver, {found['entries_per_s']:,.0f} entries/s, {found['in_flight']} in flight")
        return round(found["entries_per_s"], 1)
