#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Frames of a Jointech JT701D padlock, as the vendor's protocol manual V1.4 defines them.

Used by the demo's player and by load tests; also a command: `jt701d.py report ID LAT LON` prints a frame as hex.
"""
import argparse
import datetime
import sys

REAL_TIME, ALARM, BLIND, SUB_NEW = 1, 2, 3, 4

# The 16 status bits; bit 0 is Byte1.BIT0, bit 8 is Byte2.BIT0.
STATUS_BITS = ("cell_position", "fence_entered", "fence_left", "rope_cut", "vibration", "ack_wanted", "rope_inserted",
               "motor_locked", "long_unlocked", "wrong_password", "illegal_card", "low_battery", "back_cover_opened",
               "back_cover_closed", "motor_stuck", "reserved")
LOCKED = ("ack_wanted", "rope_inserted", "motor_locked", "back_cover_closed")
OPEN = ("ack_wanted", "back_cover_closed")

CARD, ILLEGAL_CARD, VEHICLE_CARD, STATIC_PASSWORD, AUTO, DYNAMIC_PASSWORD, BLUETOOTH = range(1, 8)
REFUSED, NO_FENCE, OUTSIDE_FENCE = 0, 98, 99


def _utc(at):
    """A datetime (aware, or naive in UTC) or seconds since 1970 as an aware datetime in UTC."""
    if isinstance(at, (int, float)):
        return datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    return at.astimezone(datetime.timezone.utc) if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)


def _id(device):
    if len(device) != 10 or not device.isdigit():
        raise ValueError("a device id has ten digits: %r" % device)
    return device


def _minutes(degrees, whole):
    """DDMM.MMMM (whole=2) or DDDMM.MMMM (whole=3) without the point."""
    total = round(abs(degrees) * 600000)
    return "%0*d%06d" % (whole, total // 600000, total % 600000)


def status(names):
    """The 16-bit status word of some bit names."""
    return sum(1 << STATUS_BITS.index(name) for name in set(names))


def report(device, at, lat, lon, speed_kmh=0.0, course=0, bits=LOCKED, serial=0, data=REAL_TIME, battery=80,
           mileage_km=0, satellites=8, fix=True, wake=1, fence=0, cell=0x1092, lac=0x2866, gsm=25, mcc=334, mnc=20):
    """A '$' frame: position, alarm, blind-area or sub-new data. battery 255: charging."""
    when = _utc(at)
    flags = 8 | (4 if lon >= 0 else 0) | (2 if lat >= 0 else 0) | (1 if fix else 0)
    record = bytes.fromhex(when.strftime("%d%m%y%H%M%S") + _minutes(lat, 2) + _minutes(lon, 3) + "%X" % flags)
    record += bytes([min(255, round(speed_kmh / 1.852)), int(course) % 360 // 2])
    record += int(mileage_km).to_bytes(4, "big") + bytes([satellites]) + bytes(4)
    record += status(bits).to_bytes(2, "big") + bytes([battery])
    record += (cell & 0xFFFF).to_bytes(2, "big") + lac.to_bytes(2, "big") + bytes([gsm, fence, wake, mnc >> 8, 0])
    record += b"\x0f" * 8 + (cell >> 16).to_bytes(2, "big") + mcc.to_bytes(2, "big") + bytes([mnc & 0xFF, serial & 0xFF])
    head = b"$" + bytes.fromhex(_id(device)) + bytes([0x19, 0x10 | data])
    return head + len(record).to_bytes(2, "big") + record


def lock_event(device, at, lat, lon, source, verification, card="0000000000", password_right=False, wrong_passwords=0,
               speed_kmh=0, course=0, serial=0, mileage_km=0, fix=True):
    """A P45: locked, unlocked or refused."""
    when = _utc(at)
    return ("(%s,P45,%s,%s,%.5f,%s,%.5f,%s,%s,%d,%d,%d,%d,%s,%d,%d,%d,%d)" % (
        _id(device), when.strftime("%d%m%y"), when.strftime("%H%M%S"), abs(lat), "N" if lat >= 0 else "S", abs(lon),
        "E" if lon >= 0 else "W", "A" if fix else "V", speed_kmh, course, source, verification, card,
        1 if password_right else 0, wrong_passwords, serial, mileage_km)).encode("ascii")


def locked(device, at, lat, lon, serial=0, **more):
    """The rope went in: the lock locked itself."""
    return lock_event(device, at, lat, lon, AUTO, REFUSED, serial=serial, **more)


def unlocked(device, at, lat, lon, card, serial=0, fence=None, **more):
    """An authorised card opened the lock, in a fence or with none tied."""
    return lock_event(device, at, lat, lon, CARD, NO_FENCE if fence is None else fence, card, serial=serial, **more)


def refused(device, at, lat, lon, card, serial=0, outside=True, **more):
    """A card was refused: authorised but outside its fence, or not authorised."""
    source, verification = (CARD, OUTSIDE_FENCE) if outside else (ILLEGAL_CARD, REFUSED)
    return lock_event(device, at, lat, lon, source, verification, card, serial=serial, **more)


def heartbeat(device):
    return b"(%s,@JT)" % _id(device).encode("ascii")


def time_request(device):
    return b"(%s,P22,2)" % _id(device).encode("ascii")


def dynamic_password(device, password):
    return b"(%s,P52,2,%s)" % (_id(device).encode("ascii"), password.encode("ascii"))


def _escape(data):
    for byte, escaped in ((b"=", b"=\x00"), (b"(", b"=\x15"), (b")", b"=\x14"), (b",", b"=\x11")):
        data = data.replace(byte, escaped)
    return data


def peripheral(device, at, lat, lon, sensor="E017260004", serial=0, data=b"\x01", fix=True):
    """A WLNET,5: data of a sub-lock or sensor."""
    when = _utc(at)
    flags = 8 | (4 if lon >= 0 else 0) | (2 if lat >= 0 else 0) | (1 if fix else 0)
    stamp = bytes.fromhex(when.strftime("%d%m%y%H%M%S"))
    body = stamp + bytes.fromhex(_minutes(lat, 2) + _minutes(lon, 3) + "%X" % flags) + bytes(2)
    body += stamp + bytes.fromhex(sensor) + bytes([serial & 0xFF]) + data
    return b"(%s,1,110,WLNET,5,2,%s)" % (_id(device).encode("ascii"), _escape(body))


def ack_serial(answer):
    """The serial that a platform's (P69,0,n) acknowledges; None for any other answer."""
    parts = answer.decode("ascii", "replace").strip("()").split(",")
    return int(parts[2]) if len(parts) == 3 and parts[:2] == ["P69", "0"] and parts[2].isdigit() else None


def main():
    parser = argparse.ArgumentParser(description="print one JT701D frame as hex")
    parser.add_argument("kind", choices=["report", "cut", "locked", "unlocked", "refused", "heartbeat"])
    parser.add_argument("device", help="ten digits")
    parser.add_argument("lat", type=float, nargs="?", default=27.5)
    parser.add_argument("lon", type=float, nargs="?", default=-99.5)
    parser.add_argument("--serial", type=int, default=0)
    parser.add_argument("--card", default="0008627839")
    parser.add_argument("--raw", action="store_true", help="the frame's bytes, not hex")
    a = parser.parse_args()
    now = datetime.datetime.now(datetime.timezone.utc)
    frame = {
        "report": lambda: report(a.device, now, a.lat, a.lon, serial=a.serial),
        "cut": lambda: report(a.device, now, a.lat, a.lon, serial=a.serial, data=ALARM,
                              bits=("rope_cut", "ack_wanted", "motor_locked", "back_cover_closed")),
        "locked": lambda: locked(a.device, now, a.lat, a.lon, serial=a.serial),
        "unlocked": lambda: unlocked(a.device, now, a.lat, a.lon, a.card, serial=a.serial),
        "refused": lambda: refused(a.device, now, a.lat, a.lon, a.card, serial=a.serial),
        "heartbeat": lambda: heartbeat(a.device),
    }[a.kind]()
    if a.raw:
        sys.stdout.buffer.write(frame)
    else:
        print(frame.hex())


if __name__ == "__main__":
    main()
