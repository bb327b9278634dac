# SPDX-License-Identifier: Apache-2.0
"""A morning of synthetic trucks at the director's port: they arrive, the node sends them, portals fail and come back."""
import math
import time
from collections import Counter
from datetime import datetime, timedelta

from gate import Gate, trucks_of
from inputs import text_of

LANES = ("green", "document", "scan", "joint", "hold")
INSPECTED = ("document", "scan", "joint")
SCANS = "nii"  # the service of the plan whose servers are scanners
TICK_S, PAGE = 0.2, 500


def subject(noun: str, scheme: str, value: str) -> dict:
    return {"noun": noun, "ids": [{"scheme": scheme, "value": value}]}


class Morning:
    def __init__(self, director):
        self.director, self.scenario, self.check, self.say = director, director.scenario, director.check, director.say
        self.gate, self.officers, self.auditor, self.code = director.gate, director.officers, director.auditor, director.code
        self.trucks = trucks_of(self.scenario)
        self.by_trip = {truck.trip: truck for truck in self.trucks}
        self.names, self.after, self.choices, self.moved = {}, {"subject": 0, "decision": 0}, [], 0
        self.begun = None

    def now(self) -> datetime:
        return self.director.now()


    def declare(self):
        """Who stands where: booths and docks, and what is up this morning."""
        drafts = [{"kind": "equipment", "at": text_of(self.now()), "re": [self.machine(name)], "members": {"equipment": {
            "type": kind, "name": name, "port": self.code, "from": "2026-01-01T00:00:00Z"}}}
            for kind in ("booth", "dock") for name in self.scenario["equipment"][kind]]
        drafts.append({"kind": "port", "at": text_of(self.now()), "re": [subject("port", "us.schedule-d", self.code)], "members": {
            "port": {"code": self.code, "name": "Laredo", "country": "US", "timezone": self.scenario["log"]["zone"]},
            "targets": {"wait_min": 10, "wait_p95_min": self.scenario["expect"]["wait_p95_min"]}}})
        up = [*self.scenario["up"], *self.scenario["equipment"]["booth"], *self.scenario["equipment"]["dock"]]
        drafts += [self.state_of(name, "up") for name in up] + [self.state_of(name, "down", "detector") for name in self.scenario["out"]]
        self.gate.state(*drafts)
        scanners = self.officers[0].get(f"/v1/equipment?port={self.code}&type=scanner")
        self.check((scanners["up"], scanners["all"]) == (len(self.scenario["up"]), len(self.scenario["up"]) + len(self.scenario["out"])),
                   f"scanners up: {scanners['up']} of {scanners['all']}")
        self.units = {"scanner": [*self.scenario["up"], *self.scenario["out"]], **self.scenario["equipment"]}
        self.model = Gate(self.director.plan, self.units)
        self.model.down |= set(self.scenario["out"])

    def machine(self, name: str) -> dict:
        return subject("equipment", "port.equipment", f"{self.code}/{name}")

    def state_of(self, name: str, state: str, reason: str = None) -> dict:
        said = {"state": state, "from": text_of(self.now()), **({"reason": reason} if reason else {})}
        return {"kind": "equipment.state", "at": text_of(self.now()), "re": [self.machine(name)], "members": {"state": said}}

    def about(self, truck, kind: str, members: dict, minute: float, *others) -> dict:
        return {"kind": kind, "at": text_of(self.at(minute)), "re": [*others, subject("crossing", "us.ace.trip", truck.trip)], "members": members}

    def at(self, minute: float) -> datetime:
        return self.begun + timedelta(minutes=minute)

    def minute(self) -> float:
        return (self.now() - self.begun) / timedelta(minutes=1)

    def arrival(self, truck) -> list:
        """What the port's own systems know of a truck: its declaration, its seals, that it is here."""
        number = int(truck.trip[-6:])
        consignments = 0 if "empty" in truck.facts else 5 if "groupage" in truck.facts else 1
        trailer, seal = subject("trailer", "trailer.plate", f"21PD{number:04d}"), subject("seal", "iso17712", f"PD{number:06d}")
        drafts = [{"kind": "crossing", "at": text_of(self.at(truck.arrives)), "re": [
            subject("crossing", "us.ace.trip", truck.trip), trailer,
            *(subject("consignment", "us.paps", f"TGZA{number:06d}{n}") for n in range(consignments))],
            "members": {"crossing": {"port": self.code, "direction": "northbound", "empty": "empty" in truck.facts}}}]
        events = ["on"] if "unsealed" not in truck.facts and consignments else []
        events += ["unlock"] if "opened" in truck.facts and events else []
        drafts += [{"kind": "custody.seal", "at": text_of(self.at(truck.arrives) - timedelta(minutes=60 - 20 * n)), "re": [seal, trailer],
                    "members": {"event": {"type": event, "grade": "high-security"}}} for n, event in enumerate(events)]
        drafts.append(self.about(truck, "crossing.arrival", {"arrival": {"port": self.code, "time": text_of(self.at(truck.arrives))}},
                                 truck.arrives))
        return drafts

    # ---- What the node decides ----

    def news(self, kind: str) -> list:
        found = []
        while True:
            page = self.auditor.get(f"/v1/statements?after={self.after[kind]}&limit={PAGE}&kind={kind}")
            found += page["statements"]
            self.after[kind] = page["next"]
            if len(page["statements"]) < PAGE:
                return found

    def read_decisions(self):
        """The newest decision of each truck, and every choice that was made."""
        decisions = self.news("decision")
        for statement in self.news("subject"):
            trips = [item["value"] for item in statement["members"]["ids"] if item["scheme"] == "us.ace.trip"]
            if trips:
                self.names[statement["re"][0]] = trips[0]
        for statement in decisions:
            self.read_decision(statement)

    def read_decision(self, statement: dict):
        members, truck = statement["members"], self.by_trip.get(self.names.get(statement["re"][0]))
        if not truck or "choice" not in members:
            return
        self.choices.append((statement["name"], members["choice"], members["lane"]))
        if truck.began is None:  # who is being served is not sent elsewhere
            truck.lane, truck.choice, truck.service = members["lane"], members["choice"], members["choice"]["service"]

    # ---- What the port does ----

    def step(self):
        minute = self.minute()
        fresh = [truck for truck in self.trucks if truck.arrives <= minute and not truck.here]
        drafts = [draft for truck in fresh for draft in self.arrival(truck)]
        for truck in fresh:
            truck.here = True
        begun, done = self.model.serve(self.trucks, minute)
        drafts += [self.scan(truck) for truck in done if truck.lane == "scan"]
        for caller, said in zip([self.gate, *self.officers, self.gate], [drafts, *self.officials(begun, done), [self.release(truck) for truck in done]]):
            if said:
                caller.state(*said)

    def scan(self, truck) -> dict:
        scan = {"from": text_of(self.at(truck.began)), "to": text_of(self.at(truck.ends)), "verdict": "suspect" if truck.found else "clear"}
        return self.about(truck, "equipment.scan", {"scan": scan}, truck.ends, self.machine(truck.unit))

    def release(self, truck) -> dict:
        release = {"port": self.code, "lane": truck.lane, "time": text_of(self.at(truck.released))}
        return self.about(truck, "crossing.release", {"release": release}, truck.released)

    def officials(self, begun: list, done: list) -> tuple:
        """Selections as trucks begin to be served, findings when an inspection is over; two officers take turns."""
        said = ([], [])
        for truck in begun:
            said[int(truck.trip[-1]) % 2].append(self.about(truck, "selection", {"lane": truck.lane}, truck.began))
        for truck in done:
            if truck.lane in INSPECTED:
                said[int(truck.trip[-1]) % 2].append(self.about(truck, "finding", self.finding(truck), truck.ends))
        return said

    def finding(self, truck) -> dict:
        seizes = self.scenario["seizes"]
        if not truck.found:
            return {"result": "nothing"}
        if not truck.seizes:
            return {"result": "discrepancy", "note": "the load is not what the papers say"}
        return {"result": "contraband", "seized": [{"what": seizes["what"], "quantity": 12, "unit": seizes["unit"]}]}

    def found_out(self) -> list:
        """Who was inspected, and is gone: a finding says what came of it."""
        return [truck for truck in self.trucks if truck.released is not None and truck.lane in INSPECTED]

    # ---- Portals fail ----

    def happens(self, event: dict):
        drafts = [self.state_of(name, "down", event["reason"]) for name in event.get("down", [])]
        drafts += [self.state_of(name, "up") for name in event.get("up", [])]
        began = time.monotonic()
        self.gate.state(*drafts)
        for name in event.get("down", []):
            self.model.fails(name, self.trucks)
        for name in event.get("up", []):
            self.model.works(name, self.minute())
        standing = [truck for truck in self.trucks if truck.here and truck.released is None and truck.began is None]
        before = {truck.trip: truck.service for truck in standing}
        took = self.decided_again(standing, began)
        fails = "down" in event  # whom it sends away from the scanners, or to them
        moved = [truck for truck in standing if truck.service != before[truck.trip] and SCANS == (before[truck.trip] if fails else truck.service)]
        self.say("port_" + event["says"], when=self.now(), machines=", ".join(event.get("down") or event.get("up")),
                 standing=Counter(before.values())[SCANS], moved=len(moved), seconds=f"{took:.2f}")

    def stranded(self, standing: list) -> list:
        """Who stands where nobody works, and could be sent elsewhere by the node's own terms."""
        return [truck for truck in standing if not set(self.model.units[truck.service]) - self.model.down
                and any(term["bar"] == "open" and term["service"] != truck.service for term in truck.choice["terms"])]

    def decided_again(self, standing: list, began: float) -> float:
        most = self.scenario["expect"]["decided_again_within_s"]
        while True:
            self.read_decisions()
            left, took = self.stranded(standing), time.monotonic() - began
            if not left or took > 5 * most:
                break
            time.sleep(0.02)
        self.check(not left and took <= most, f"stranded trucks decided again within {took:.2f} s; {most} s are allowed: "
                   + ", ".join(truck.trip for truck in left))
        return took

    # ---- All of it ----

    def play(self):
        self.declare()
        self.begun = self.now()
        events = sorted(self.scenario["events"], key=lambda event: event["at"])
        until = self.scenario["trucks"]["minutes"] + self.scenario["late"]
        while self.minute() < until and any(truck.released is None for truck in self.trucks):
            while events and events[0]["at"] <= self.minute():
                self.happens(events.pop(0))
            self.step()
            self.read_decisions()
            time.sleep(TICK_S)
        self.check_choices()
        self.check_waits()

    def check_choices(self):
        unseen = [truck.trip for truck in self.trucks if not truck.choice]
        self.check(not unseen, f"nobody chose a lane for {', '.join(unseen[:5])}")
        floors = [(name, lane, choice["floor"]) for name, choice, lane in self.choices]
        below = [name for name, lane, floor in floors if LANES.index(lane) < LANES.index(floor)]
        self.check(not below, f"greener than the rules allow: {', '.join(below[:5])}")
        self.check(any(floor == "scan" for _, _, floor in floors), "no truck had a floor: nothing could be below it")
        for name, choice, _ in self.choices:
            terms = {term["service"]: term for term in choice["terms"]}
            others = [service for service, term in terms.items() if term["bar"] == "open"]
            self.check(terms[choice["service"]]["up"] > 0 or not others, f"{name} sends to {choice['service']}, where nobody works")
        lanes, drawn = Counter(truck.lane for truck in self.trucks), sum(truck.choice.get("by_chance", False) for truck in self.trucks)
        self.say("port_lanes", count=len(self.trucks), drawn=drawn,
                 lanes=", ".join(f"{self.director.words['lanes'][lane]} {lanes[lane]}" for lane in LANES if lanes[lane]))

    def check_waits(self):
        """What the node measures holds, through the outage too, and is what really was."""
        gone = [truck for truck in self.trucks if truck.released is not None]
        self.check(len(gone) == len(self.trucks), f"{len(self.trucks) - len(gone)} trucks stand at the port still: somebody is forgotten")
        own = sum(truck.released - truck.arrives for truck in gone) / len(gone)
        said = self.officers[0].get(f"/v1/ports/{self.code}?hours=3")
        waits = {wait["stage"]: wait for wait in said["waits"]}
        mean, p95, most = waits["all"]["mean"], waits["all"]["p95"], self.scenario["expect"]["wait_p95_min"]
        self.check(waits["all"]["n"] == len(self.trucks), f"stays at the port: {len(self.trucks)}, and not {waits['all']['n']}")
        self.check(abs(mean["minutes"] - own) < 0.02 and mean["low"] < own < mean["high"], f"mean stay: {own:.2f} min by our own count, and not {mean}")
        self.check(p95["minutes"] <= most, f"95 % of stays under {p95['minutes']} min; {most} are wanted")
        for name, service in self.model.services.items():
            longest = max((truck.ends - truck.arrives for truck in gone if truck.service == name), default=0)
            self.check(longest <= service.get("wait_max_min", math.inf), f"{name}: somebody took {longest:.1f} min, over its cap")
        self.say("port_waits", n=waits["all"]["n"], mean=f"{mean['minutes']:.1f}", low=f"{mean['low']:.1f}", high=f"{mean['high']:.1f}",
                 p95=f"{p95['minutes']:.1f}", before=f"{waits['booth']['mean']['minutes']:.1f}")
