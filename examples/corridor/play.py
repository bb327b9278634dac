#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays scenario.yaml on four real nodes: makes them, sends what trucks, filers, officers and analysts send, each at its
time, and checks every lane and everything that was withheld. `./demo` builds Puente and calls this."""
import argparse
import heapq
import itertools
import json
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

import inputs
import seals
from director import Director
from inputs import Truck, text_of
from nodes import Caller, Node, Refused, client_certificate

HERE = Path(__file__).resolve().parent
LANES = ("green", "document", "scan", "joint", "hold")
REPORT_EVERY = timedelta(minutes=10)
WAKE_S = 0.08        # how often the player looks whether lanes are as they must be
SETTLE_S = 20        # for links to catch up at the end
PEOPLE_STATE = {"selection", "override", "finding"}


class World:
    """The nodes, who may call them, and who signs."""

    def __init__(self, scenario: dict, folder: Path, puente: Path, rate: float, say):
        self.scenario, self.folder, self.say = scenario, folder, say
        self.issuers = {name: inputs.Issuer(name, folder) for name in scenario["issuers"]}
        self.certificates = {name: client_certificate(name, folder) for name in scenario["systems"]}
        self.nodes = {party: Node(party, folder / party, puente) for party in scenario["nodes"]}
        self.agreements = sorted((HERE / "agreements").glob("*.yaml"))
        self.callers, self.rate = {}, rate
        self.start = at(scenario, scenario["clock"]["start"])
        self.reference = datetime.now(timezone.utc)

    def open(self):
        """Configures, joins and starts the nodes; corridor time begins when they serve."""
        trucks = [crossing["truck"] for crossing in self.scenario["crossings"]]
        devices = [{"device": "jt701d:" + truck["lock"], "vendor": "Jointech", "vendor_country": "CN"} for truck in trucks if "lock" in truck]
        devices += [{"device": "imei:" + seals.teltonika.imei(truck["tracker"]), "vendor": "Teltonika", "vendor_country": "LT"}
                    for truck in trucks if "tracker" in truck]
        # A few seconds of wall time ahead: corridor time reaches its start when the nodes are up.
        self.reference = datetime.now(timezone.utc) + timedelta(seconds=3 + len(self.nodes))
        for party, node in self.nodes.items():
            (node.folder / "devices.yaml").write_text(yaml.safe_dump({"devices": devices}), encoding="utf-8")
            node.configure({
                "recognised": [{"issuer": name, "did": self.issuers[name].did, **issuer}
                               for name, issuer in self.scenario["issuers"].items()],
                "roster_keys": [issuer.verifier for issuer in self.issuers.values()],
                "explainers": self.scenario["explainers"].get(party, []),
                "devices": "devices.yaml",
                "clock": {"start": text_of(self.start), "reference": self.reference.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                          "rate": self.rate},
            }, self.scenario["nodes"][party].get("seals", False))
        self.join()
        for party, node in self.nodes.items():
            for name, role in self.scenario["nodes"][party]["people"].items():
                node.admit_person(name, role)
            node.start()
            self.say("serving", party=party, url=node.url(analyst_of(self.scenario, party)))

    def join(self):
        """Partners know each other, systems may come in, and both sides sign each agreement."""
        for path in self.agreements:
            agreement = yaml.safe_load(path.read_text(encoding="utf-8"))
            ends = [self.nodes[agreement["from"]], self.nodes[agreement["to"]]]
            for node, other in (ends, ends[::-1]):
                if not (node.folder / "partners" / f"{other.party}.yaml").exists():
                    node.knows(other)
            sign_agreement(path, self.folder / "agreements", *ends)
        for name, system in self.scenario["systems"].items():
            for party in system["at"]:
                self.nodes[party].admits(name, self.certificates[name], system.get("may", []))

    def caller(self, party: str, name: str) -> Caller:
        """A system or a person at that node."""
        if (party, name) not in self.callers:
            node = self.nodes[party]
            self.callers[party, name] = (Caller(node, certificate=self.certificates[name]) if name in self.certificates
                                         else node.person(name))
        return self.callers[party, name]

    def with_role(self, party: str, role: str) -> Caller:
        people = self.scenario["nodes"][party]["people"]
        return self.caller(party, next(name for name, has in people.items() if has == role))

    def wall(self, corridor: datetime) -> float:
        """Seconds until that corridor time."""
        passed = (datetime.now(timezone.utc) - self.reference).total_seconds()
        return (corridor - self.start).total_seconds() / self.rate - passed

    def stop(self):
        for node in self.nodes.values():
            node.stop()


def sign_agreement(path: Path, exchange: Path, *ends: Node):
    """The file goes from one party to the other and back; with both signatures it is in force at both."""
    exchange.mkdir(exist_ok=True)
    file = exchange / path.name
    shutil.copy(path, file)
    for node in ends:
        node.command("agreement", "sign", node.folder, file)
    for node in ends:
        node.command("agreement", "activate", node.folder, file)


def analyst_of(scenario: dict, party: str) -> str:
    return next(name for name, role in scenario["nodes"][party]["people"].items() if role == "analyst")


def at(scenario: dict, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    day = datetime.fromisoformat(str(scenario["clock"]["day"])).replace(tzinfo=timezone.utc)
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def km_between(a, b) -> float:
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


class Route:
    def __init__(self, points: list):
        self.points = points
        self.legs = [km_between(a, b) for a, b in itertools.pairwise(points)]
        self.km = sum(self.legs)

    def place(self, share: float):
        """The point after that share of the way."""
        left = max(0.0, min(1.0, share)) * self.km
        for (a, b), leg in zip(itertools.pairwise(self.points), self.legs, strict=True):
            if left <= leg:
                return tuple(x + (y - x) * left / leg for x, y in zip(a, b, strict=True))
            left -= leg
        return tuple(self.points[-1])


class Play:
    """The events in order of corridor time, and what must be true in between."""

    def __init__(self, world: World, words: dict, language: str, say):
        self.world, self.scenario, self.words, self.language, self.say = world, world.scenario, words, language, say
        self.queue, self.order = [], itertools.count()
        self.trucks = [Truck(crossing, self.scenario, n) for n, crossing in enumerate(self.scenario["crossings"], 1)]
        self.route, self.devices = Route(self.scenario["route"]), {}
        self.failures, self.passed, self.seen = [], 0, defaultdict(dict)
        self.pending, self.stage, self.withdrawn_from = [], None, None
        self.noise = Counter()

    def time(self, clock: str) -> datetime:
        return at(self.scenario, clock)

    def plan(self, when, action, *arguments):
        when = self.time(when) if isinstance(when, str) else when
        heapq.heappush(self.queue, (when, next(self.order), action, arguments))

    # ---- The plan ----

    def plan_all(self):
        for handed in self.scenario["trust"]:
            self.plan(handed["at"], self.hand_over, handed)
        for truck in self.trucks:
            self.plan_truck(truck)
        for noise in self.scenario["noise"]:
            self.plan(noise["at"], self.make_noise, noise)
        threat, rival = self.scenario["threat"], self.scenario["competitor"]
        self.plan(threat["report"]["at"], self.report_threat, threat["report"])
        self.plan(threat["confirm"]["at"], self.confirm_threat, threat["confirm"])
        self.plan(threat["clear"]["at"], self.clear_threat, threat["clear"])
        self.plan(rival["at"], self.rival_reports, rival)
        self.plan(rival["confirm_at"], self.rival_confirms, rival)
        for stage, when in self.scenario["stages"].items():
            self.plan(when, self.begin_stage, stage)
        self.plan(self.scenario["clock"]["end"], self.begin_stage, None)

    def plan_truck(self, truck: Truck):
        leaves, arrives = self.time(truck.truck["leaves"]), self.time(truck.truck["arrives"])
        self.plan(leaves - timedelta(minutes=20), self.file_manifest, truck, "mx.anam", arrives)
        if not truck.empty:
            late = truck.truck.get("carta_porte")
            self.plan(late or leaves - timedelta(minutes=17), self.file_carta_porte, truck, leaves, arrives)
        if "us_filing" in truck.truck:
            self.plan(truck.truck["us_filing"], self.file_manifest, truck, "us.cbp", arrives)
        if truck.seals:
            self.plan(leaves - timedelta(minutes=6), self.put_seals_on, truck)
            silent = [(self.time(event["at"]), self.time(event["silent_until"])) for event in truck.events if "silent_until" in event]
            when = leaves
            while when <= arrives:
                if not any(begins <= when < ends for begins, ends in silent):
                    self.plan(when, self.report_place, truck)
                when += REPORT_EVERY
        self.plan(leaves, self.say_at, "leaves", truck)
        for event in truck.events:
            self.plan(event["at"], self.happen, truck, event)
        self.plan(arrives, self.arrive, truck)
        self.plan(arrives + timedelta(minutes=2), self.select_lane, truck)
        if "released" in truck.truck:
            self.plan(truck.truck["released"], self.release, truck)

    # ---- What happens ----

    def say_at(self, word: str, truck: Truck, **more):
        self.say(word, when=self.now, trip=truck.trip, **more)

    def hand_over(self, handed: dict):
        issuer, caller = self.world.issuers[handed["signed_by"]], self.world.caller(handed["to"], handed["from"])
        if "roster" in handed:
            what = handed["roster"]
            caller.file(what, issuer.roster(what))
        else:
            what = handed["credential"]["programme_id"]
            caller.file("credential.json", issuer.credential(handed["credential"], self.now))
        self.say("trusted", when=self.now, issuer=issuer.name, what=what, party=handed["to"])

    def filer(self, truck: Truck) -> str:
        return "mx.patente=" + self.scenario["systems"][truck.truck["filer"]]["filer"]

    def file_manifest(self, truck: Truck, party: str, eta: datetime):
        self.world.caller(party, truck.truck["filer"]).file("e-manifest.json", inputs.e_manifest(truck, self.now, eta), self.filer(truck))
        if party == "mx.anam":
            self.say_at("filed", truck, says=truck.says[self.language], filer=truck.truck["filer"])

    def file_carta_porte(self, truck: Truck, leaves: datetime, arrives: datetime):
        data = inputs.carta_porte(truck, self.now, leaves, arrives)
        if truck.truck.get("folder") == "carta-porte":
            inbox = self.world.nodes["mx.anam"].folder / "inbox" / "in"
            inbox.mkdir(parents=True, exist_ok=True)
            half = inbox / ".carta-porte.part"  # a file appears whole, by its new name
            half.write_bytes(data)
            half.rename(inbox / f"{truck.trip}.xml")
        else:
            self.world.caller("mx.anam", truck.truck["filer"]).file("carta-porte.xml", data, self.filer(truck))
        if "carta_porte" in truck.truck:
            self.say_at("late", truck)

    def device_of(self, truck: Truck):
        """The truck's lock or tracker, connected where it reports."""
        if truck.name in self.devices:
            return self.devices[truck.name]
        node, relayed = self.world.nodes[truck.carrier["node"]], truck.truck.get("relayed_by")
        if relayed:
            device = seals.Lock(truck.truck["lock"], lambda frame: self.relay(relayed, frame))
        elif "lock" in truck.truck:
            device = seals.lock_over_tcp(truck.truck["lock"], node.seals_port)
        else:
            device = seals.tracker_over_tcp(truck.truck["tracker"], node.seals_port)
        self.devices[truck.name] = device
        return device

    def relay(self, by: dict, frame: bytes):
        body = {"relay": by["relay"], "vendor": by["vendor"], "vendor_country": by["vendor_country"], "packets": [{"hex": frame.hex()}]}
        self.world.caller("mx.anam", by["party"]).call("POST", "/v1/devices/jointech", json.dumps(body).encode())

    def put_seals_on(self, truck: Truck):
        device, yard = self.device_of(truck), self.world.caller(truck.carrier["node"], truck.carrier["yard"])
        yard.file("bolt-seal.json", inputs.bolt_seal(truck, "on", self.now, place="Apodaca"))
        yard.state({"kind": "custody.seal", "at": text_of(self.now), "members": {"event": {"type": "on"}},
                    "re": [subject("seal", device.scheme, device.number), subject("trailer", "trailer.plate", truck.truck["trailer"])]})
        if isinstance(device, seals.Lock):
            device.event("locked", self.now, self.place_of(truck))

    def place_of(self, truck: Truck):
        leaves, arrives = self.time(truck.truck["leaves"]), self.time(truck.truck["arrives"])
        return self.route.place((self.now - leaves) / (arrives - leaves))

    def speed_of(self, truck: Truck) -> float:
        hours = (self.time(truck.truck["arrives"]) - self.time(truck.truck["leaves"])).total_seconds() / 3600
        return self.route.km / hours

    def report_place(self, truck: Truck):
        self.device_of(truck).report(self.now, self.place_of(truck), self.speed_of(truck))

    def happen(self, truck: Truck, event: dict):
        place = self.place_of(truck)
        if "lock" in event:
            self.device_of(truck).event(event["lock"], self.now, place, event.get("card"))
            self.say_at(event["lock"], truck)
        elif "silent_until" in event:
            self.say_at("silent", truck)
        elif "position" in event:
            self.device_of(truck).report(self.now, tuple(event["position"]), self.speed_of(truck))
            self.say_at("jump", truck, km=round(km_between(place, event["position"])))
        elif "explained" in event:
            self.explain(truck, event)
        elif "replaced" in event:
            self.replace_bolt(truck, event)
        elif "swap" in event:
            self.swap(truck, event)
        else:
            self.officer_says(truck, event)

    def explain(self, truck: Truck, event: dict):
        device, (begins, ends) = self.device_of(truck), event["explained"]
        self.world.caller(event["to"], event["from"]).state({
            "kind": "custody.explain", "at": text_of(self.now),
            "re": [subject("seal", device.scheme, device.number), subject("crossing", "us.ace.trip", truck.trip)],
            "members": {"explains": {"from": text_of(self.time(begins)), "to": text_of(self.time(ends))}, "reason": event["reason"]}})
        self.say_at("explained", truck, party=event["to"])

    def replace_bolt(self, truck: Truck, event: dict):
        photo = inputs.inspection(f"photo of {event['replaced']}".encode())
        self.world.caller(truck.carrier["node"], truck.carrier["yard"]).file("bolt-seal.json", inputs.bolt_seal(
            truck, "replaced", self.now, place=event["place"], reason=event["reason"], inspection=photo,
            replaced_by=inputs.replaced_by(event["replaced"])))
        self.say_at("replaced", truck)

    def swap(self, truck: Truck, event: dict):
        to, driver = event["swap"], inputs.driver(event["swap"]["driver"])
        carrier = self.scenario["carriers"][to["carrier"]]
        self.world.caller(event["to"], event["from"]).state({
            "kind": "crossing.swap", "at": text_of(self.now),
            "re": [subject("crossing", "us.ace.trip", truck.trip), subject("conveyance", "plate.us", to["plate"]),
                   subject("carrier", "us.scac", carrier["scac"]), subject("driver", "fast.id", driver["fast"])],
            "members": {"swap": {"reason": event["reason"], "place": event["place"]}}})
        self.say_at("swap", truck)

    def officer_says(self, truck: Truck, event: dict):
        officer, re = self.world.with_role("us.cbp", "officer"), [subject("crossing", "us.ace.trip", truck.trip)]
        if "finding" in event:
            officer.state({"kind": "finding", "at": text_of(self.now), "re": re,
                           "members": {"result": event["finding"], "note": event["note"]}})
            self.say_at("finding", truck, what=event["note"])
        else:
            officer.state({"kind": "override", "at": text_of(self.now), "re": re,
                           "members": {"lane": event["override"], "reason": event["reason"]}})
            self.say_at("override", truck, what=self.words["lanes"][event["override"]])

    def arrive(self, truck: Truck):
        self.world.with_role("us.cbp", "officer").state({
            "kind": "crossing.arrival", "at": text_of(self.now), "re": [subject("crossing", "us.ace.trip", truck.trip)],
            "members": {"arrival": {"port": self.scenario["port"], "booth": "7", "time": text_of(self.now)}}})
        self.say_at("arrives", truck)

    def select_lane(self, truck: Truck):
        """The officer reads the crossing and selects the lane that is recommended."""
        officer = self.world.with_role("us.cbp", "officer")
        crossing = officer.get(f"/v1/crossings/{truck.id}")
        officer.state({"kind": "selection", "at": text_of(self.now), "re": [subject("crossing", "us.ace.trip", truck.trip)],
                       "members": {"lane": crossing["lane"]}})
        self.say_at("lane", truck, lane=self.words["lanes"][crossing["lane"]], reason=self.reason_of(crossing))

    def release(self, truck: Truck):
        self.world.with_role("us.cbp", "officer").state({
            "kind": "crossing.release", "at": text_of(self.now), "re": [subject("crossing", "us.ace.trip", truck.trip)],
            "members": {"release": {"port": self.scenario["port"], "time": text_of(self.now)}}})
        self.say_at("released", truck)

    def reason_of(self, crossing: dict) -> str:
        return crossing["reasons"][0][self.language] if crossing.get("reasons") else "–"

    def make_noise(self, noise: dict):
        truck = next(truck for truck in self.trucks if truck.name == noise["crossing"])
        device, party = self.device_of(truck), truck.carrier["node"]
        wire = seals.Wire(self.world.nodes[party].seals_port)
        if isinstance(device, seals.Tracker):
            wire.ask(seals.teltonika.hello(device.number), 1)
        frame = device.newest
        if noise["what"] == "replay":
            for _ in range(noise["times"]):
                wire.ask(frame)
            self.noise["repeats"] += noise["times"]
        else:
            bad = frame[:-1] + bytes([frame[-1] ^ 1]) if noise["what"] == "wrong-crc" else frame[:len(frame) // 2]
            wire.socket.sendall(bad)
            self.noise["rejected"] += 1
        wire.close()
        self.say("noise", when=self.now, party=party, what=noise["what"])

    # ---- The threat ----

    def threat_draft(self, kind: str, file: str, members: dict) -> dict:
        bundle = json.loads((HERE / "inputs" / file).read_text(encoding="utf-8"))
        incident = next(item["id"] for item in bundle["objects"] if item["type"] == "incident")
        return {"kind": kind, "at": text_of(self.now), "re": [subject("threat", "stix.id", incident)], "members": members}

    def report_threat(self, report: dict):
        self.world.caller(report["to"], report["from"]).file("incident.json", inputs.stix(report["file"], self.now, patente=report["patente"]))
        self.say("reported", when=self.now, filer=report["patente"])

    def confirm_threat(self, confirm: dict):
        members = {"reason": confirm["reason"], "floor": confirm["floor"], "from": text_of(self.time(confirm["since"])),
                   "to": text_of(self.time(confirm["until"]))}
        self.world.caller(confirm["to"], confirm["from"]).state(
            self.threat_draft("threat.confirm", self.scenario["threat"]["report"]["file"], members))
        self.withdrawn_from = time.monotonic()
        self.say("confirmed", when=self.now, party=confirm["to"])
        self.begin_stage("confirmed")

    def clear_threat(self, clear: dict):
        self.world.caller(clear["to"], clear["from"]).state(
            self.threat_draft("threat.clear", self.scenario["threat"]["report"]["file"], {"reason": clear["reason"]}))
        self.say("cleared", when=self.now)

    def rival_reports(self, rival: dict):
        self.world.caller(rival["to"], rival["from"]).file("report.json", inputs.stix(
            rival["file"], self.now, patente=rival["patente"], device=rival["device"]))
        self.say("rival", when=self.now, what=f"{rival['patente']}, {rival['device']}")

    def rival_confirms(self, rival: dict):
        caller = self.world.caller(rival["to"], rival["from"])
        try:
            caller.state(self.threat_draft("threat.confirm", rival["file"], {"reason": "we are sure", "floor": "hold"}))
        except Refused as refused:
            if refused.status != 403:
                raise
        self.say("rival_nothing", when=self.now)

    # ---- What must come out ----

    def begin_stage(self, stage):
        """The stage before is over: what is not yet as it must be has failed. `confirmed` begins with the confirmation."""
        if stage == self.stage:
            return
        for truck, party, want in self.pending:
            got = self.seen[self.stage].get((truck.name, party), "nothing")
            self.fail("expected", trip=truck.trip, name=truck.name, party=party, stage=self.stage, want=want, got=got)
        self.stage, self.pending = stage, []
        if stage is None:
            return
        for truck in self.trucks:
            for party, want in truck.expect.items():
                want = want if isinstance(want, str) else want.get(stage)
                if want:
                    self.pending.append((truck, party, want))

    def lanes_at(self, party: str) -> dict:
        listed = self.world.with_role(party, "auditor").get("/v1/crossings?state=all&limit=200")["crossings"]
        return {number["value"]: crossing for crossing in listed for number in crossing["identifiers"]
                if number["scheme"] == "us.ace.trip"}

    def look(self):
        """Compares what is pending of this stage with what the nodes recommend now."""
        if not self.pending:
            return
        lanes = {party: self.lanes_at(party) for party in {party for _, party, _ in self.pending}}
        still = []
        for truck, party, want in self.pending:
            crossing = lanes[party].get(truck.trip)
            got = f"{crossing['lane']} {' '.join(reason['rule'] for reason in crossing['reasons'][:1])}".strip() if crossing else "unknown"
            self.seen[self.stage][truck.name, party] = got
            if got == want:
                self.passed += 1
            else:
                still.append((truck, party, want))
        self.pending = still
        if not still and self.stage == "confirmed":
            self.check_withdrawal()
        if not still and self.stage == "clear":
            self.say("restored", when=self.world_now())

    def check_withdrawal(self):
        took, most = time.monotonic() - self.withdrawn_from, self.scenario["threat"]["withdrawn_within_s"]
        partners = sorted({party for truck in self.trucks for party, want in truck.expect.items() if isinstance(want, dict)})
        self.say("withdrawn", when=self.world_now(), parties=", ".join(partners), seconds=f"{took:.1f}")
        self.check(took <= most, f"withdrawn within {took:.1f} s; {most} s are allowed")
        want = self.scenario["threat"]["reach"]
        analyst = self.world.with_role("us.cbp", "analyst")
        suspect = [channel for channel in analyst.get("/v1/channels")["channels"]
                   if any(standing["state"] == "confirmed" for standing in channel["standing"])]
        reaches = [analyst.get(f"/v1/channels/{channel['id']}/reach") for channel in suspect]
        touched = {crossing["trip"]: crossing["state"] for reach in reaches for crossing in reach["crossings"]}
        released = sum(state == "released" for state in touched.values())
        got = {"open": len(touched) - released, "released": released}
        self.check(got == want, f"reach at us.cbp: {want}, and not {got}: {touched}")
        self.say("reach", when=self.world_now(), **got, trips=", ".join(sorted(touched)))

    def check(self, holds: bool, text: str):
        if holds:
            self.passed += 1
        else:
            self.failures.append(text)

    def fail(self, word: str, **values):
        self.failures.append(self.words[word].format(**values))

    # ---- The clock ----

    def world_now(self) -> datetime:
        return self.world.start - timedelta(seconds=self.world.wall(self.world.start) * self.world.rate)

    def run(self):
        """Plays everything in order; between events it looks at the lanes that are still to come right."""
        while self.queue:
            when, _, action, arguments = heapq.heappop(self.queue)
            while (left := self.world.wall(when)) > 0:
                if self.pending and left > WAKE_S:
                    self.look()
                time.sleep(max(0.0, min(self.world.wall(when), WAKE_S if self.pending else left)))
            if action == self.begin_stage and self.pending:
                self.look()
            self.now = when
            for node in self.world.nodes.values():
                if node.process.poll() is not None:
                    raise RuntimeError(f"{node.party} ended with {node.process.returncode}; see {node.log}")
            action(*arguments)

    # ---- Afterwards ----

    def settle(self):
        """Waits until every partner has what its agreements let out: until nothing moves any more."""
        sizes, quiet, until = None, 0, time.monotonic() + SETTLE_S
        while quiet < 4 and time.monotonic() < until:
            time.sleep(0.25)
            now = [(node["party"], [(link["agreement"], link["sequence"]) for link in node["links"] if link["direction"] == "in"])
                   for node in map(self.node_report, self.world.nodes)]
            quiet, sizes = (quiet + 1 if now == sizes else 0), now

    def node_report(self, party: str) -> dict:
        return self.world.with_role(party, "auditor").get("/v1/node")

    def read_logs(self):
        """Every statement that each node holds, by name."""
        self.held = {party: {statement["name"]: statement for statement in self.world.with_role(party, "auditor").all_statements()}
                     for party in self.world.nodes}
        self.kinds = {statement["kind"] for held in self.held.values() for statement in held.values()}

    def check_hidden(self):
        """What the scenario hides of each truck is not at the partner: neither in its account of the truck nor anywhere else."""
        self.unknown = Counter()
        foreign = {party: json.dumps([statement for statement in held.values() if statement["origin"] != party], ensure_ascii=False)
                   for party, held in self.held.items()}
        for truck in self.trucks:
            for party, hidden in truck.hidden.items():
                if hidden == "everything":
                    found = [number for number in truck.numbers() if f'"{number}"' in foreign[party]]
                    self.check(not found, f"{truck.trip} {truck.name}: {party} holds {', '.join(found)}, and must know nothing of it")
                    self.unknown[party] += 1
                else:
                    self.check_members(truck, party, hidden)
        self.check_withheld()

    def withheld(self, discloser: str, receiver: str) -> tuple:
        """What the receiver holds of the discloser's own statements, all of those, and what is missing in them, counted."""
        own = {name: statement for name, statement in self.held[discloser].items() if statement["origin"] == discloser}
        let_out = {name: statement for name, statement in self.held[receiver].items() if statement["origin"] == discloser}
        missing = Counter(f"{statement['kind']}.{member}" for name, statement in let_out.items()
                          for member in set(own[name]["members"]) - set(statement["members"]))
        return let_out, own, missing

    def check_withheld(self):
        """Each member that the scenario hides was there to be withheld: a check that finds nothing must have had something to find."""
        missing = defaultdict(Counter)
        for path in self.world.agreements:
            discloser, receiver = parties_of(path.stem, self.world.nodes)
            missing[receiver] += self.withheld(discloser, receiver)[2]
        hidden = {(party, what) for truck in self.trucks for party, list_ in truck.hidden.items() if list_ != "everything" for what in list_}
        for party, what in sorted(hidden):
            if what not in self.kinds:
                self.check(missing[party][what] > 0, f"{what} is hidden from {party}, but there was none to withhold")

    def check_members(self, truck: Truck, party: str, hidden: list):
        try:
            timeline = self.world.with_role(party, "auditor").get(f"/v1/crossings/{truck.id}")["timeline"]
        except Refused as refused:
            if refused.status != 404:
                raise
            timeline = []
        told = [item for item in timeline if item["origin"] != party]
        if party in truck.expect:
            self.check(bool(told), f"{truck.trip} {truck.name}: {party} was told nothing of it")
        for what in hidden:
            kind, _, member = (what, "", "") if what in self.kinds else what.rpartition(".")
            found = [item["name"] for item in told if item["kind"] == kind and (not member or member in item["members"])]
            self.check(not found, f"{truck.trip} {truck.name}: {party} may not see {what}, and has it in {', '.join(found[:3])}")

    def check_noise(self):
        # That a device spoke on two connections is on the record too, without a packet.
        rejected = sum(statement["kind"] == "evidence.rejected" and statement["origin"] == party and statement["members"]["bytes"] > 0
                       for party, held in self.held.items() for statement in held.values())
        self.check(rejected == self.noise["rejected"], f"bad packets kept as evidence: {self.noise['rejected']}, and not {rejected}")
        raws = Counter(statement["members"]["raw"] for party, held in self.held.items() for statement in held.values()
                       if statement["origin"] == party and statement["kind"].startswith("custody.") and "raw" in statement["members"])
        twice = [raw[:40] for raw, count in raws.items() if count > 1]
        self.check(not twice, f"packets taken more than once: {', '.join(twice)}")


def subject(noun: str, scheme: str, value: str) -> dict:
    return {"noun": noun, "ids": [{"scheme": scheme, "value": value}]}


# ---- The report ----

COLOURS = {"green": "32", "document": "36", "scan": "33", "joint": "35", "hold": "31"}


class Printer:
    def __init__(self, words: dict):
        self.words, self.colour = words, sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, word: str, when: datetime = None, **values):
        clock = when.strftime("%H:%M") if when else "     "
        print(f"{clock}  {self.words[word].format(**values)}", flush=True)

    def title(self, text: str):
        print(f"\n{self.paint(text, '1')}", flush=True)

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def table(self, rows: list, lanes: dict):
        """Columns as wide as their widest cell; the last one takes the rest of the line, and lines below."""
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
        room = max(40, shutil.get_terminal_size((160, 40)).columns - sum(widths) - 2 * len(widths))
        codes = {said: COLOURS[lane] for lane, said in lanes.items()}
        for row in rows:
            cells = [self.paint(cell.ljust(width), codes[cell]) if cell in codes else cell.ljust(width) for cell, width in zip(row, widths)]
            first, *rest = wrap(row[-1], room)
            print("  ".join([*cells, first]))
            for line in rest:
                print(" " * (sum(widths) + 2 * len(widths)) + line)


def wrap(text: str, width: int) -> list:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + 1 + len(word) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def report(play: Play, say: Printer):
    report_crossings(play, say)
    report_withheld(play, say)
    say.title(play.words["logs"])
    for party in play.world.nodes:
        node = play.node_report(party)
        witnesses = ", ".join(f"{witness['name']} ({witness['size']})" for witness in node["witnesses"])
        say("log", party=party, size=node["log"]["size"], witnesses=witnesses or play.words["nobody"])
        play.check(bool(node["witnesses"]), f"no partner has countersigned the log of {party}")
    say("noise_seen", **play.noise)


def report_crossings(play: Play, say: Printer):
    words, lanes = play.words, play.words["lanes"]
    for party in ("us.cbp", "ca.cbsa"):
        say.title(words["crossings"].format(party=party))
        now, rows = play.lanes_at(party), [words["columns"]]
        for truck in play.trucks:
            if party not in truck.expect:
                continue
            stages = [play.seen[stage].get((truck.name, party), "–").split()[0] for stage in ("before", "confirmed", "clear")]
            rows.append([truck.trip, truck.says[play.language], *(lanes.get(lane, lane) for lane in stages),
                         play.reason_of(now.get(truck.trip, {}))])
        say.table(rows, lanes)


def report_withheld(play: Play, say: Printer):
    """Per agreement: how many of the discloser's statements the receiver holds, and which members were kept back in them."""
    say.title(play.words["withheld"])
    for path in play.world.agreements:
        discloser, receiver = parties_of(path.stem, play.world.nodes)
        let_out, own, kept = play.withheld(discloser, receiver)
        say("let_out", to=receiver, count=len(let_out), all=len(own), origin=discloser)
        if kept:
            say("held_back", members=", ".join(f"{member} {count}" for member, count in sorted(kept.items())))
        else:
            say("nothing_held_back")
    say.title(play.words["by_crossing"])
    for party, count in sorted(play.unknown.items()):
        say("none_of", party=party, count=count, all=len(play.trucks))


def parties_of(stem: str, parties) -> tuple:
    return next((a, b) for a in parties for b in parties if stem == f"{a}-{b}")


# ---- The whole ----

def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--puente", type=Path, required=True, help="the program")
    parser.add_argument("--once", action="store_true", help="end when played; exit 0 only if all came out as the scenario says")
    parser.add_argument("--rate", type=float, default=240, help="corridor seconds in one of ours (240)")
    parser.add_argument("--folder", type=Path, help="where to make the nodes (a new folder of the system's temporary ones)")
    parser.add_argument("--scenario", type=Path, help="another scenario; the corridor's alone is played then, or with --port the port's")
    parser.add_argument("--port", action="store_true", help="the port director's part alone")
    parser.add_argument("--language", choices=["en", "es", "fr"], help="of what is said (that of LANG)")
    return parser.parse_args()


def language_of(environment) -> str:
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "en")
    return said[:2] if said[:2] in ("es", "fr") else "en"


def play_all(args, world: World, play: Play, say: Printer):
    world.open()
    play.plan_all()
    clock = play.scenario["clock"]
    span = play.time(clock["end"]) - play.time(clock["start"])
    say("playing", hours=str(span)[:-3] + " h", seconds=round(span.total_seconds() / args.rate))
    play.run()
    play.settle()
    play.read_logs()
    play.check_hidden()
    play.check_noise()
    report(play, say)


def check_stores(play: Play, say: Printer):
    for node in play.world.nodes.values():
        try:
            node.command("fsck", node.folder)
            play.passed += 1
        except RuntimeError as error:
            play.failures.append(str(error))
    if not play.failures:
        say("fsck")


def serve_on(parts: list, words: dict, say: Printer):
    say.title(words["open_page"])
    for part in parts:
        for party, url in part.pages():
            say("serving", party=party, url=url)
    say("stop")
    while all(node.process.poll() is None for part in parts for node in part.nodes()):
        time.sleep(0.5)


class Corridor:
    """The corridor's part: four nodes and the trucks of scenario.yaml."""

    def __init__(self, args, scenario: dict, folder: Path, words: dict, language: str, say: Printer):
        self.args, self.say = args, say
        say("making", folder=folder)
        self.world = World(scenario, folder, args.puente.resolve(), args.rate, say)
        self.script = Play(self.world, words, language, say)

    @property
    def passed(self) -> int:
        return self.script.passed

    @property
    def failures(self) -> list:
        return self.script.failures

    def play(self):
        play_all(self.args, self.world, self.script, self.say)

    def stop(self):
        self.world.stop()

    def check_stores(self):
        check_stores(self.script, self.say)

    def nodes(self):
        return self.world.nodes.values()

    def pages(self) -> list:
        return [(party, node.url(analyst_of(self.script.scenario, party))) for party, node in self.world.nodes.items()]


def parts_of(args, folder: Path, words: dict, language: str, say: Printer):
    """Each part is made when the one before it is played: nodes that wait cost its trucks their pace."""
    def read(path: Path) -> dict:
        return yaml.safe_load(path.read_text(encoding="utf-8"))

    if not args.port:
        yield Corridor(args, read(args.scenario or HERE / "scenario.yaml"), folder, words, language, say)
    if args.port or not args.scenario:
        port = args.scenario if args.port and args.scenario else HERE / "inputs" / "port" / "port.yaml"
        yield Director(read(port), folder, args.puente.resolve(), words, language, say, bool(args.folder) or not args.once)


def main() -> int:
    args = arguments()
    language = args.language or language_of(os.environ)
    words = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))[language]
    folder = args.folder or Path(tempfile.mkdtemp(prefix="puente-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    say, parts, ended = Printer(words), [], False
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    try:
        for part in parts_of(args, folder, words, language, say):
            parts.append(part)
            part.play()
            if args.once:
                part.stop()
                part.check_stores()
        if not args.once:
            serve_on(parts, words, say)
        ended = True
    except KeyboardInterrupt:
        ended = not args.once
    finally:
        for part in parts:
            part.stop()
        failures = [failure for part in parts for failure in part.failures]
        if failures:
            say.title(words["failed"])
            for failure in failures:
                print("       " + failure)
        if ended and not failures and not args.folder:
            shutil.rmtree(folder)
        else:
            say("logs_kept", folder=folder)
    print(f"{sum(part.passed for part in parts)} passed, {len(failures)} failed")
    return 0 if ended and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
