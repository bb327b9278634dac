#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packets of Teltonika trackers: the IMEI hello and AVL packets of codec 8, 8 Extended and 16, over TCP.

Used by the demo's player and by load tests; also a command: `teltonika.py packet LAT LON` prints a packet as hex.
"""
import argparse
import datetime
import sys
import time

CODEC_8, CODEC_16, CODEC_8E = 0x08, 0x10, 0x8E
WIDTHS = (1, 2, 4, 8)


def _crc_of(byte):
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC = [_crc_of(byte) for byte in range(256)]


def crc16(data):
    """CRC-16/IBM (ARC)."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def luhn(digits):
    """The check digit that follows some digits."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if i % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def imei(number):
    """A valid IMEI for the number-th device of a test."""
    body = "35630704%06d" % number
    return body + luhn(body)


def hello(device):
    if len(device) != 15 or not device.isdigit():
        raise ValueError("an IMEI has 15 digits: %r" % device)
    return b"\x00\x0f" + device.encode("ascii")


def _ms(at):
    if isinstance(at, (int, float)):
        return round(at * 1000)
    return round((at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)).timestamp() * 1000)


def _width(value):
    if isinstance(value, (bytes, bytearray)):
        return 0
    return next(width for width in WIDTHS if value < 1 << 8 * width)


def record(at, lat, lon, speed_kmh=0, course=0, altitude=100, satellites=9, priority=0, event=0, io=None,
           codec=CODEC_8E, generation=0):
    """One AVL record. `io`: {id: number, (number, width) or, with codec 8E, bytes}."""
    wide = 1 if codec == CODEC_8 else 2
    count = 2 if codec == CODEC_8E else 1
    out = _ms(at).to_bytes(8, "big") + bytes([priority])
    out += round(lon * 1e7).to_bytes(4, "big", signed=True) + round(lat * 1e7).to_bytes(4, "big", signed=True)
    out += int(altitude).to_bytes(2, "big", signed=True) + (int(course) % 360).to_bytes(2, "big") + bytes([satellites])
    out += round(speed_kmh).to_bytes(2, "big") + event.to_bytes(wide, "big")
    if codec == CODEC_16:
        out += bytes([generation])
    io = io or {}
    out += len(io).to_bytes(count, "big")
    groups = {width: b"" for width in (*WIDTHS, 0)}
    counts = dict.fromkeys(groups, 0)
    for number, value in io.items():
        value, width = value if isinstance(value, tuple) else (value, _width(value))
        counts[width] += 1
        groups[width] += number.to_bytes(wide, "big")
        groups[width] += value.to_bytes(width, "big") if width else len(value).to_bytes(2, "big") + bytes(value)
    for width in WIDTHS + ((0,) if codec == CODEC_8E else ()):
        out += counts[width].to_bytes(count, "big") + groups[width]
    if counts[0] and codec != CODEC_8E:
        raise ValueError("only codec 8E has variable elements")
    return out


def packet(records, codec=CODEC_8E):
    """An AVL packet of 1 to 255 records."""
    data = bytes([codec, len(records)]) + b"".join(records) + bytes([len(records)])
    return bytes(4) + len(data).to_bytes(4, "big") + data + crc16(data).to_bytes(4, "big")


def ack_count(answer):
    """The number of records that a platform's answer acknowledges."""
    return int.from_bytes(answer, "big") if len(answer) == 4 else None


def main():
    parser = argparse.ArgumentParser(description="print one Teltonika packet as hex")
    parser.add_argument("kind", choices=["hello", "packet", "door"])
    parser.add_argument("lat", type=float, nargs="?", default=27.5)
    parser.add_argument("lon", type=float, nargs="?", default=-99.5)
    parser.add_argument("--imei", default=imei(1))
    parser.add_argument("--codec", choices=["8", "8e", "16"], default="8e")
    parser.add_argument("--raw", action="store_true", help="the packet's bytes, not hex")
    a = parser.parse_args()
    codec = {"8": CODEC_8, "8e": CODEC_8E, "16": CODEC_16}[a.codec]
    event, io = (1, {1: 1, 239: 1}) if a.kind == "door" else (0, {239: 1, 240: 1, 21: 4, 66: 12600})
    out = hello(a.imei) if a.kind == "hello" else packet(
        [record(time.time(), a.lat, a.lon, speed_kmh=60, event=event, io=io, codec=codec)], codec)
    if a.raw:
        sys.stdout.buffer.write(out)
    else:
        print(out.hex())


if __name__ == "__main__":
    main()
