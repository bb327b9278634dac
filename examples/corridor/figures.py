# SPDX-License-Identifier: Apache-2.0
"""A scanner log's figures of one period, from its bytes and by another hand than the node's: what the node's report is
held against. docs/port.md says how each figure is made; only what examples/port/scanner-log.csv needs is here."""
import csv
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

FORMAT = "%m/%d/%Y %H:%M"
HOUR = timedelta(hours=1)


def rows_of(log: Path, place: timezone) -> tuple:
    """The log's good rows, each once, and the numbers (the header is row 1) of those that no node may take."""
    good, bad, seen = [], [], set()
    with log.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";"), 2):
            try:
                times = {name: datetime.strptime(row[name], FORMAT).replace(tzinfo=place) if row[name] else None
                         for name in ("From", "To", "On site", "Parts in")}
            except ValueError:
                bad.append(number)
                continue
            if times["To"] and times["To"] < times["From"]:
                bad.append(number)
            elif (key := tuple(row.values())) not in seen:
                seen.add(key)
                good.append({**row, **times})
    return good, bad


def hours(span: timedelta) -> float:
    return span / HOUR


def covered(spans: list) -> timedelta:
    """What several spans cover together."""
    total, until = timedelta(), None
    for begins, ends in sorted(spans):
        begins = max(begins, until) if until else begins
        if ends > begins:
            total, until = total + (ends - begins), ends
    return total


def clip(span: tuple, begins: datetime, ends: datetime) -> tuple:
    return max(span[0], begins), max(min(span[1], ends), max(span[0], begins))


def machine_figures(rows: list, contract: dict, begins: datetime, ends: datetime, last: datetime) -> dict:
    """Of one machine, in a period within one calendar month in which no two outages of it overlap."""
    stops = [{**row, "To": row["To"] or last, "open": row["To"] is None} for row in rows if row["Event"] in ("DOWN", "PM")]
    stops = [stop for stop in stops if stop["To"] > begins and stop["From"] < ends]
    outages = [stop for stop in stops if stop["Event"] == "DOWN"]
    known = min(ends, last) - begins
    down = covered([clip((stop["From"], stop["To"]), begins, ends) for stop in stops])
    repaired = [outage for outage in outages if not outage["open"]]
    figures = {"ao": (known - down) / known, "failures": len(outages), "mtbf_hours": hours(known - down) / len(outages),
               "without_verdict": sum(int(row["No verdict"] or 0) for row in rows if begins <= row["From"] < ends), "mttr": None, "penalty": None}
    if repaired:
        waits = [split(outage) for outage in repaired]
        figures["mttr"] = {part: sum(wait[part] for wait in waits) / len(waits) for part in waits[0]}
    if contract.get("penalty_per_hour"):
        late = sum((covered(late_spans(outage, contract, begins, ends)) for outage in outages), timedelta())
        figures["penalty"] = min(hours(late) * contract["penalty_per_hour"], contract.get("penalty_max", float("inf")))
    return figures


def split(outage: dict) -> dict:
    """How long it waited for people, for parts, and was repaired; nothing said of either: unsaid."""
    there, parts = outage["On site"], outage["Parts in"]
    if not there:
        return {"people": 0.0, "parts": 0.0, "repair": 0.0, "unsaid": hours(outage["To"] - outage["From"])}
    return {"people": hours(there - outage["From"]), "parts": hours(parts - there) if parts else 0.0,
            "repair": hours(outage["To"] - (parts or there)), "unsaid": 0.0}


def late_spans(outage: dict, contract: dict, begins: datetime, ends: datetime) -> list:
    spans = [(outage["From"] + timedelta(hours=contract["repair_hours"]), outage["To"])]
    if outage["On site"]:
        spans.append((outage["From"] + timedelta(hours=contract["response_hours"]), outage["Parts in"] or outage["On site"]))
    return [clip(span, begins, ends) for span in spans if span[1] > span[0]]


def report(log: Path, equipment: Path, first, last_day, place: timezone) -> dict:
    """By machine: availability, mean time between failures and to repair, penalty, images without a verdict."""
    rows, _ = rows_of(log, place)
    begins = datetime.combine(first, datetime.min.time(), place)
    ends = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), place)
    last = max(time for row in rows for time in (row["From"], row["To"]) if time)
    machines = yaml.safe_load(equipment.read_text(encoding="utf-8"))["equipment"]
    return {machine["id"]: machine_figures([row for row in rows if machine["id"].endswith("/" + row["Unit"])], machine["contract"],
                                           begins, ends, last)
            for machine in machines}
