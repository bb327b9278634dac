#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes scanner-log.csv: two months of five scanners of an invented port, the same each time. Nothing in it happened.

What each scanner went through is written out below; the scans of a shift are drawn, from a fixed seed. Two rows are
wrong and one is there twice, as in real logs.
"""
import random
from datetime import datetime, timedelta
from pathlib import Path

FIRST, LAST = datetime(2026, 1, 1, 6), datetime(2026, 2, 28, 22)
UNITS = {"P1": 62, "P2": 58, "P3": 60, "P4": 55, "Z1": 24}  # scans an hour while it is busy
COLUMNS = ["Unit", "From", "To", "Event", "Cause", "On site", "Parts in", "Images", "No verdict", "PM due", "Remarks"]

# unit, from, to (None: left open), event, cause, somebody came, parts came, remarks
OUTAGES = [
    ("P1", "01-07 09:12", "01-07 11:40", "DOWN", "SW", "01-07 09:55", None, "operator station froze"),
    ("P1", "01-22 02:30", "01-22 10:05", "DOWN", "PWR", "01-22 07:45", None, "breaker tripped; nobody on call"),
    ("P1", "02-12 15:20", "02-12 16:05", "DOWN", "INTLK", "02-12 15:40", None, ""),
    ("P2", "01-09 13:25", "01-28 17:10", "DOWN", "SRC", "01-10 10:00", "01-27 08:30", "high-voltage supply"),
    ("P2", "02-17 08:00", "02-17 12:15", "DOWN", "SW", "02-17 09:10", None, "image server full"),
    ("P3", "01-15 18:44", "01-18 09:30", "DOWN", "HIT", "01-15 20:10", "01-17 14:00", "mirror of a truck, boom bent"),
    ("P3", "01-16 07:00", "01-16 09:00", "DOWN", "NET", None, None, "switch replaced meanwhile"),
    ("P3", "02-03 11:00", "02-03 12:10", "DEGRADED", "DET", None, None, "two modules off, image usable"),
    ("P3", "02-20 21:00", "02-21 06:30", "DOWN", "", "02-21 05:50", None, ""),
    ("P4", "01-05 10:10", "01-05 13:30", "DOWN", "COOL", "01-05 11:00", None, ""),
    ("P4", "02-24 04:50", None, "DOWN", "DET", "02-24 13:20", None, "array on order"),
    ("Z1", "01-12 06:00", "01-13 14:00", "DOWN", "MECH", "01-12 09:30", "01-13 10:00", "drive belt"),
    ("Z1", "02-09 06:00", "02-09 22:00", "DOWN", "RPM", None, None, "trips the radiation portals of lane 4"),
]
# unit, due, from, to (None: not done)
MAINTENANCE = [
    ("P1", "01-10", "01-11 22:00", "01-12 03:00"), ("P1", "02-09", "02-10 22:00", "02-11 02:30"),
    ("P2", "01-12", None, None), ("P2", "02-11", "02-11 22:00", "02-12 04:00"),
    ("P3", "01-20", "01-21 22:00", "01-22 02:00"), ("P3", "02-19", "02-27 22:00", "02-28 02:00"),
    ("P4", "01-25", "01-24 22:00", "01-25 03:00"),
    ("Z1", "01-30", "01-30 14:00", "01-30 18:00"),
]


def moment(text: str | None) -> datetime | None:
    return datetime.strptime("2026-" + text, "%Y-%m-%d %H:%M") if text else None


def written(at: datetime | None) -> str:
    return at.strftime("%m/%d/%Y %H:%M") if at else ""


def stopped(unit: str) -> list[tuple[datetime, datetime]]:
    out = [(moment(o[1]), moment(o[2]) or LAST) for o in OUTAGES if o[0] == unit and o[3] == "DOWN"]
    return out + [(moment(m[2]), moment(m[3])) for m in MAINTENANCE if m[0] == unit and m[2]]


def shift_rows(draw: random.Random) -> list[tuple[datetime, list[str]]]:
    rows = []
    for unit, rate in UNITS.items():
        at = FIRST
        while at < LAST:
            until = min(at + timedelta(hours=8), LAST)
            minutes = int((until - at).total_seconds() / 60)
            lost = sum(any(a <= at + timedelta(minutes=m) < b for a, b in stopped(unit)) for m in range(minutes))
            hours = (minutes - lost) / 60
            busy = {6: 0.9, 14: 1.0, 22: 0.3}[at.hour] * (0.45 if at.weekday() == 6 else 1)
            images = round(hours * rate * busy * draw.uniform(0.85, 1.1))
            undecided = sum(draw.random() < 0.012 for _ in range(images))
            if images:
                rows.append((until, [unit, written(at), written(until), "SHIFT", "", "", "", str(images),
                                     str(undecided), "", ""]))
            at = until
    return rows


def main() -> None:
    rows = shift_rows(random.Random(2304))
    for unit, start, end, event, cause, came, parts, remarks in OUTAGES:
        rows.append((moment(start), [unit, written(moment(start)), written(moment(end)), event, cause,
                                     written(moment(came)), written(moment(parts)), "", "", "", remarks]))
    for unit, due, start, end in MAINTENANCE:
        if start:
            rows.append((moment(start), [unit, written(moment(start)), written(moment(end)), "PM", "", "", "", "", "",
                                         written(moment(due + " 23:59")), ""]))
        else:
            rows.append((moment(due + " 23:59"), [unit, written(moment(due + " 23:59")), "", "PM MISSED", "", "", "",
                                                  "", "", written(moment(due + " 23:59")), "unit down"]))
    rows.sort(key=lambda row: (row[0], row[1]))
    lines = [row for _, row in rows]
    lines.insert(40, lines[39])
    lines.insert(90, ["P3", "01/13/2026 25:10", "", "DOWN", "SW", "", "", "", "", "", "typed by hand"])
    lines.insert(400, ["P1", "02/02/2026 09:30", "02/02/2026 08:10", "DOWN", "NET", "", "", "", "", "", ""])
    text = ";".join(COLUMNS) + "\r\n" + "".join(";".join(quoted(c) for c in line) + "\r\n" for line in lines)
    Path(__file__).with_name("scanner-log.csv").write_bytes(text.encode())


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ';"\n') else cell


if __name__ == "__main__":
    main()
