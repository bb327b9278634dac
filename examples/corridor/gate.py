# SPDX-License-Identifier: Apache-2.0
"""A synthetic morning at a port: trucks with what they hide, and servers that work off whoever the node sent to them.
It knows the port's plan and its machines' states, and decides nothing."""
import math
import random
from dataclasses import dataclass, field

PACE = (0.7, 1.3)  # a server's time for one truck, in shares of the plan's
FACTS = ("empty", "unsealed", "groupage", "opened")


@dataclass
class Truck:
    trip: str
    arrives: float         # minutes after the start
    facts: set
    hides: bool
    seizes: bool           # drugs, and not papers that do not fit
    pace: float            # its time at a server, in shares of the plan's
    luck: float            # what is hidden is found where this lies below the service's sensitivity
    service: str = ""      # where the node's newest decision sends it
    lane: str = ""
    choice: dict = field(default_factory=dict)
    began: float = None    # its service
    ends: float = None
    unit: str = ""
    released: float = None
    here: bool = False
    found: bool = False    # by its inspection

    @property
    def drawn(self) -> bool:
        """Chance would have sent it to an inspection, whatever else did."""
        return self.choice["draw"]["floor"] < self.choice["chance"]

    def waits(self, now: float) -> bool:
        return self.arrives <= now and self.began is None


def trucks_of(scenario: dict) -> list:
    """Deterministic by the scenario's seed. What a truck hides follows the same odds that the port's rules believe in."""
    chance, many, odds = random.Random(scenario["seed"]), scenario["trucks"], scenario["odds"]
    trucks = []
    for n in range(many["count"]):
        facts = {fact for fact in FACTS if chance.random() < many[fact]}
        if "empty" in facts:
            facts = {"empty"}
        score = math.log(scenario["prior"] / (1 - scenario["prior"])) + sum(odds[fact] for fact in facts)
        trucks.append(Truck(f"TGZA26{n:06d}", n * many["minutes"] / many["count"] + chance.random() * 0.5, facts,
                            chance.random() < 1 / (1 + math.exp(-score)), chance.random() < scenario["seizes"]["share"],
                            chance.uniform(*PACE), chance.random()))
    return trucks


class Gate:
    """The services of a plan, each with its units."""

    def __init__(self, plan: dict, units: dict):
        self.services = {service["name"]: service for service in plan["services"]}
        self.units = {name: units.get(service.get("equipment")) or [f"{name}-{n}" for n in range(service.get("servers", 0))]
                      for name, service in self.services.items()}
        self.free, self.down = {}, set()

    def fails(self, unit: str, trucks: list):
        """Whoever was on it waits again."""
        self.down.add(unit)
        for truck in trucks:
            if truck.unit == unit and truck.released is None:
                truck.began = truck.ends = None
                truck.unit = ""

    def works(self, unit: str, now: float):
        self.down.discard(unit)
        self.free[unit] = now

    def serve(self, trucks: list, now: float) -> tuple:
        """Who begins to be served up to `now`, and who is done."""
        begun, done = [], []
        for truck in trucks:
            if truck.ends is not None and truck.ends <= now and truck.released is None:
                truck.released, truck.found = truck.ends, self.finds(truck)
                done.append(truck)
        for name, service in self.services.items():
            queue = [truck for truck in trucks if truck.service == name and truck.waits(now)]
            free = sorted((self.free.get(unit, 0.0), unit) for unit in self.units[name] if unit not in self.down)
            for truck, (since, unit) in zip(queue, [slot for slot in free if slot[0] <= now]):
                truck.began, truck.unit = max(since, truck.arrives), unit
                truck.ends = truck.began + service["service_min"] * truck.pace
                self.free[unit] = truck.ends
                begun.append(truck)
        return begun, done

    def finds(self, truck: Truck) -> bool:
        """Whether its inspection finds what is there: middling loads."""
        return truck.hides and truck.luck < self.services[truck.service]["sensitivity"][1]
