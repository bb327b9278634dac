# SPDX-License-Identifier: Apache-2.0
"""The port director's part of the demo: one node with nothing but a scanner log and arrivals, no treaty and no partner.
Its scenario is inputs/port/port.yaml; docs/demo.md says what is seen. Each claim is a check that can fail."""
import csv
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

import figures
from inputs import run, text_of
from morning import Morning
from nodes import Node, client_certificate

HERE = Path(__file__).resolve().parent
PORT, EXAMPLES = HERE / "inputs" / "port", HERE.parent / "port"
INTAKE_S, PAGE, REPLAYED = 20, 500, 5
PARTY, GATE = "us.cbp.laredo", "laredo-gate"
PEOPLE = {"reyes": "officer", "ortiz": "officer", "chen": "analyst", "audit": "auditor"}
MAY = ["crossing", "crossing.*", "custody.seal", "equipment", "equipment.*", "port"]


def close(got, want, room: float) -> bool:
    return got == want if got is None or want is None else abs(got - want) <= room


class Director:
    def __init__(self, scenario: dict, folder: Path, puente: Path, words: dict, language: str, say, kept: bool = True):
        self.scenario, self.folder, self.puente, self.words, self.language, self.say = scenario, folder, puente, words, language, say
        self.kept = kept  # whether the folder is there when the demo has ended
        self.code, self.plan = scenario["port"], yaml.safe_load((PORT / "lanes.yaml").read_text(encoding="utf-8"))
        self.rate = scenario["clock"]["rate"]
        self.start = datetime.fromisoformat(scenario["clock"]["start"].replace("Z", "+00:00"))
        self.place = timezone(timedelta(hours=scenario["log"]["offset_h"]))
        self.failures, self.passed, self.node = [], 0, None

    def check(self, holds: bool, text: str):
        if holds:
            self.passed += 1
        else:
            self.failures.append(text)

    # ---- The node ----

    def open(self):
        certificate = client_certificate(GATE, self.folder)
        self.node = Node(PARTY, self.folder / "port", self.puente)
        self.reference = datetime.now(timezone.utc) + timedelta(seconds=2)
        self.node.configure({"clock": {"start": text_of(self.start), "rate": self.rate,
                                       "reference": self.reference.isoformat(timespec="milliseconds").replace("+00:00", "Z")}},
                            seals=False, ruleset=PORT / "rules.yaml", plans=[PORT / "lanes.yaml"])
        (self.node.folder / "scanner-logs").mkdir(exist_ok=True)
        (self.node.folder / "scanner-logs" / "portals.yaml").write_bytes((EXAMPLES / "scanner-log.yaml").read_bytes())
        self.node.admits(GATE, certificate, MAY)
        for name, role in PEOPLE.items():
            self.node.admit_person(name, role)
        self.node.start()
        self.gate = self.node.system(certificate)
        self.officers = [self.node.person("reyes"), self.node.person("ortiz")]
        self.analyst, self.auditor = self.node.person("chen"), self.node.person("audit")
        self.say("serving", party=PARTY, url=self.url())

    def url(self) -> str:
        return self.node.url("chen")  # an analyst, who may read outcomes too

    def stop(self):
        if self.node:
            self.node.stop()

    def nodes(self) -> list:
        return [self.node] if self.node else []

    def pages(self) -> list:
        return [(PARTY, self.url())]

    def check_stores(self):
        try:
            self.node.command("fsck", self.node.folder)
            self.passed += 1
            self.say("fsck")
        except RuntimeError as error:
            self.failures.append(str(error))

    def now(self) -> datetime:
        return self.start + (datetime.now(timezone.utc) - self.reference) * self.rate

    def wait(self, until, what: str):
        """Asks until it is so; what never comes is a failure."""
        end = time.monotonic() + INTAKE_S
        while time.monotonic() < end:
            got = until()
            if got:
                return got
            time.sleep(0.05)
        self.check(False, f"{what}: not within {INTAKE_S} s")
        return None

    # ---- The scanner log, and the report ----

    def statements(self, kind: str) -> list:
        found, after = [], 0
        while True:
            page = self.auditor.get(f"/v1/statements?after={after}&limit={PAGE}&kind={kind}")
            found += page["statements"]
            if len(page["statements"]) < PAGE:
                return found
            after = page["next"]

    def take_log(self):
        """January comes through the watched folder, the whole log by HTTPS: what is new in it is added."""
        self.gate.file("equipment.yaml", (EXAMPLES / "equipment.yaml").read_bytes())
        log, inbox = (EXAMPLES / "scanner-log.csv").read_bytes(), self.node.folder / "inbox" / "in"
        lines = log.splitlines(keepends=True)
        january = b"".join(lines[:1] + [line for line in lines[1:] if line.split(b";")[1].startswith(b"01/")])
        inbox.mkdir(parents=True, exist_ok=True)
        half = inbox / ".january.part"
        half.write_bytes(january)
        half.rename(inbox / "january.csv")
        self.wait(lambda: self.statements("equipment.log"), "the log in the watched folder")
        self.gate.file("scanner-log.csv", log)
        logs = self.wait(lambda: (found := self.statements("equipment.log")) and len(found) > 1 and found, "the log by HTTPS") or [{}]
        told = logs[-1].get("members", {}).get("log", {})
        _, bad = figures.rows_of(EXAMPLES / "scanner-log.csv", self.place)
        evidence = {statement["members"]["reason"] for statement in self.statements("evidence.rejected")}
        self.check(told.get("rows") == len(lines) - 1, f"rows of the log: {len(lines) - 1}, and not {told.get('rows')}")
        self.check(told.get("refused") == len(bad), f"bad rows of the log: {len(bad)}, and not {told.get('refused')}")
        for row in bad:
            self.check(any(f"row {row}, " in reason for reason in evidence), f"row {row} is bad, and nobody says so: {sorted(evidence)}")
        self.say("port_log", rows=told.get("rows"), refused=told.get("refused"))
        for reason in sorted(evidence):
            self.say("port_bad_row", reason=reason)

    def report(self):
        days = self.scenario["log"]
        query = f"/v1/equipment/report?port={self.code}&type=scanner&from={days['from']}&to={days['to']}&zone={days['zone']}&lang={self.language}"
        said = self.officers[0].get(query + "&format=json")
        table, page = self.officers[0].get(query + "&format=csv"), self.officers[0].get(query + "&format=html")
        own = figures.report(EXAMPLES / "scanner-log.csv", EXAMPLES / "equipment.yaml", days["from"], days["to"], self.place)
        self.check({machine["id"] for machine in said["equipment"]} == set(own), f"the report's machines are not {', '.join(own)}")
        for machine in said["equipment"]:
            self.compare(machine, own[machine["id"]])
        rows = [row for row in csv.DictReader(table.splitlines()) if row["row"] == "equipment"]
        for row in rows:
            self.check(close(float(row["ao"]), own[row["equipment"]]["ao"], 1e-4), f"{row['equipment']} in the CSV: ao {row['ao']}")
        self.check(len(rows) == len(own), f"the CSV has {len(rows)} machines")
        self.check(all(machine["name"] in page for machine in said["equipment"]), "the page does not name every machine")
        for name, text in (("report.html", page), ("report.csv", table)):
            (self.folder / name).write_text(text, encoding="utf-8")
        self.tell_report(said)

    def compare(self, machine: dict, own: dict):
        got = {"ao": machine["ao"], "failures": machine["failures"], "mtbf_hours": machine["mtbf_hours"],
               "without_verdict": machine["scans"]["without_verdict"], "penalty": machine["contract"].get("penalty")}
        if own["mttr"]:
            got |= {"mttr." + part: machine["mttr"][part] for part in own["mttr"]}
        want = {**{name: own[name] for name in own if name != "mttr"}, **{"mttr." + part: value for part, value in (own["mttr"] or {}).items()}}
        for name, value in want.items():
            room = 1e-4 if name == "ao" else 0.006  # what rounding leaves
            self.check(close(got[name], value, room), f"{machine['id']} {name}: {value} by our own count, and not {got[name]}")

    def tell_report(self, said: dict):
        self.say.title(self.words["port_report"].format(**self.scenario["log"]))
        rows = [self.words["port_report_columns"]]
        for machine in said["equipment"]:
            mttr = machine.get("mttr") or {}
            parts = [f"{self.words['port_' + part]} {mttr[part]:.1f}" for part in ("people", "parts", "repair", "unsaid") if mttr.get(part)]
            rows.append([machine["name"], f"{100 * machine['ao']:.1f} %", f"{machine['mtbf_hours']:.0f}",
                         f"{mttr['hours']:.1f}" if mttr.get("n") else "–", str(machine["scans"]["without_verdict"]),
                         f"{machine['contract'].get('penalty', 0):,.0f}", ", ".join(parts) or self.words["port_open"]])
        self.say.table(rows, {})
        if self.kept:
            self.say("port_written", folder=self.folder)

    # ---- The morning, and what came of it ----

    def morning(self) -> Morning:
        self.say.title(self.words["port_morning"])
        morning = Morning(self)
        morning.play()
        return morning

    def audit(self, choices: list):
        """What an auditor asks: the hash of the day's key stands in the log before the first choice that drew with it,
        and every decision taken again from the log gives the same bytes, those that were replaced since too."""
        days = {statement["members"]["day"]["date"]: statement["name"] for statement in self.statements("port.day")}
        self.say.title(self.words["port_audit"])
        self.check(bool(choices), "no choice was made")
        late = [name for name, choice, _ in choices if choice["day"] not in days or index(days[choice["day"]]) > index(name)]
        self.check(not late, f"drawn before the day's key was committed to: {', '.join(late[:5])}")
        for day, name in sorted(days.items()):
            self.say("port_commitment", day=day, name=name)
        said = self.node.command("decision", "replay", self.node.folder, "--all")
        same = int(next((line.split()[0] for line in said.splitlines() if line.endswith(" identical")), 0))
        self.check(same >= len({choice["draw"]["floor"] for _, choice, _ in choices}), f"decisions taken again: {said}")
        replaced = [name for name, choice, _ in choices if "stand" in choice][:REPLAYED]
        self.check(bool(replaced), "nobody was decided again")
        for name in replaced:
            self.node.command("decision", "replay", self.node.folder, name)
        self.say("port_replay", count=same, replaced=len(replaced))

    def hits(self, morning: Morning):
        """Hits per scan and per rule beside what chance finds, against the officers' findings counted by our own hand."""
        asked = {by: self.analyst.get(f"/v1/outcomes?by={by}&port={self.code}&lang={self.language}") for by in ("lane", "scanner", "rule")}
        for group in [asked["lane"]["base"], *asked["lane"]["groups"], *asked["scanner"]["groups"]]:
            name = group.get("name")  # the base has none: it is the share that was drawn
            want = [truck for truck in morning.found_out() if (name in (None, truck.lane) or name == f"{self.code}/{truck.unit}")
                    and truck.drawn == (name is None)]
            got, counted = (group["inspected"], group["hits"]), (len(want), sum(truck.found for truck in want))
            self.check(got == counted, f"hits of {name or 'the draw'}: {counted[1]} of {counted[0]} by our own count, and not {got[1]} of {got[0]}")
            rate = group["rate"]
            self.check((rate is None) == (counted[0] == 0) and (rate is None or rate["low"] <= counted[1] / counted[0] <= rate["high"]),
                       f"hit rate of {name or 'the draw'}: {rate}")
        scanned = sum(group["inspected"] + group["drawn"] for group in asked["scanner"]["groups"])
        self.check(scanned == sum(truck.lane == "scan" for truck in morning.found_out()), f"scans with a result: {scanned}")
        self.check(any(group["hits"] for group in asked["scanner"]["groups"]), "no scan found anything: there is nothing to show")
        self.check({"no-seal", "many-consignments"} <= {group["name"] for group in asked["rule"]["groups"]}, "a rule that weighed is not told of")
        self.tell_hits(asked)

    def tell_hits(self, asked: dict):
        self.say.title(self.words["port_hits"])
        rows = [self.words["port_hits_columns"], hits_row(self.words["port_drawn"], asked["lane"]["base"])]
        lanes = self.words["lanes"]
        rows += [hits_row(lanes[group["name"]], group) for group in asked["lane"]["groups"] if group["inspected"]]
        rows += [hits_row(group["name"], group) for by in ("scanner", "rule") for group in asked[by]["groups"] if group["inspected"]]
        self.say.table(rows, {})

    def ten_minutes_less(self):
        """What it takes, by the port's simulator: a figure with its interval, and the same seed gives the same bytes."""
        ask = self.scenario["what_if"]
        command = [self.puente, "simulate", EXAMPLES / "laredo.yaml", "--what-if", ask["change"], "--seeds", ask["seeds"], "--days", ask["days"],
                   "--seed", ask["seed"], "--threads", "1", "--no-compare", "--json"]
        with ThreadPoolExecutor() as both:
            answers = list(both.map(lambda _: run(*command), range(2)))
        self.check(answers[0] == answers[1], "the same seed gave other figures")
        said = json.loads(answers[0])
        lanes, servers = said["what_if"]
        for answer in (lanes, servers):
            for figure in ("wait_mean_min", "harm_found_pct", "cargo_usd_per_month"):
                got = answer["change"][figure]
                self.check(got["low"] < got["mean"] < got["high"], f"{ask['change']}: {figure} has no interval: {got}")
        self.check(servers["change"]["wait_mean_min"]["high"] <= -10, f"ten minutes less is not reached: {servers['change']['wait_mean_min']}")
        self.say.title(self.words["port_less"])
        self.say("port_as_is", **interval(said["base"]["figures"]["wait_mean_min"], sign=""))
        self.say("port_less_lanes", **interval(lanes["change"]["wait_mean_min"]), found=interval(lanes["change"]["harm_found_pct"]))
        self.say("port_less_servers", **interval(servers["change"]["wait_mean_min"]), found=interval(servers["change"]["harm_found_pct"]),
                 **servers["added"])
        self.say("port_less_cargo", **interval(servers["change"]["cargo_usd_per_month"], 1e-6))
        self.say("port_simulated", trucks=f"{said['trucks']:,}", seeds=said["seeds"], days=said["days"])

    def play(self):
        self.say.title(self.words["port"])
        self.open()
        self.take_log()
        self.report()
        morning = self.morning()
        self.hits(morning)
        self.audit(morning.choices)
        self.ten_minutes_less()


def index(name: str) -> int:
    return int(name.rpartition(":")[2])


def hits_row(name: str, group: dict) -> list:
    rate = group["rate"]
    return [name, str(group["inspected"]), str(group["hits"]),
            f"{100 * rate['share']:.0f} % [{100 * rate['low']:.0f}, {100 * rate['high']:.0f}]" if rate else "–", lift(group.get("lift"))]


def lift(told: dict) -> str:
    """How many times what chance finds; open where no find of chance bounds it."""
    if not told or told["value"] is None:
        return "–"
    return f"{told['value']:.1f} × [{told['low']:.1f}, {told['high']:.1f}]" if told["high"] is not None else f"{told['value']:.1f} × [{told['low']:.1f}, …]"


def interval(figure: dict, unit: float = 1, sign: str = "+") -> dict:
    return {name: f"{figure[name] * unit:{sign}.1f}" for name in ("mean", "low", "high")}
