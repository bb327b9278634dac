# SPDX-License-Identifier: Apache-2.0
"""The devices on the trucks: locks and trackers that send the bytes of their makers' protocols and wait for each answer."""
import socket
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "devices"))
import jt701d  # noqa: E402
import teltonika  # noqa: E402

WAIT_S = 10.0


class Wire:
    """A TCP connection to a node's listener."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, frame: bytes, answer_bytes: int = 0) -> bytes:
        """Sends a frame and reads its answer: so many bytes, or up to a closing bracket."""
        self.socket.sendall(frame)
        answer = b""
        while len(answer) < answer_bytes if answer_bytes else not answer.endswith(b")"):
            piece = self.socket.recv(64)
            if not piece:
                raise ConnectionError("the node closed the connection of a device")
            answer += piece
        return answer

    def close(self):
        self.socket.close()


class Lock:
    """A Jointech JT701D padlock. `send` gets one frame and takes care of its answer."""

    scheme = "seal.jointech"

    def __init__(self, number: str, send):
        self.number, self.send, self.serials, self.newest = number, send, {"report": 0, "lock": 0}, b""
        self.channel = "jt701d:" + number

    def _serial(self, kind: str) -> int:
        self.serials[kind] = (self.serials[kind] + 1) % 256
        return self.serials[kind]

    def report(self, at: datetime, place, speed_kmh: float):
        self.newest = jt701d.report(self.number, at, *place, speed_kmh=speed_kmh, serial=self._serial("report"))
        self.send(self.newest)

    def event(self, what: str, at: datetime, place, card=None):
        make = getattr(jt701d, what)
        self.newest = make(self.number, at, *place, *([card] if card else []), serial=self._serial("lock"))
        self.send(self.newest)


class Tracker:
    """A Teltonika tracker that speaks codec 8 Extended."""

    scheme = "device.imei"

    def __init__(self, number: int, send):
        self.number, self.send, self.newest = teltonika.imei(number), send, b""
        self.channel = "imei:" + self.number

    def report(self, at: datetime, place, speed_kmh: float):
        self.newest = teltonika.packet([teltonika.record(at, *place, speed_kmh=speed_kmh, io={239: 1, 240: 1, 21: 4})])
        self.send(self.newest)


class Line:
    """A device's connection: made again, and the frame sent again, when the node has closed it. Nodes let one connection
    speak for a device: a second one ends the first."""

    def __init__(self, port: int, greet=None):
        self.port, self.greet, self.wire = port, greet, None

    def ask(self, frame: bytes, answer_bytes: int = 0) -> bytes:
        for last in (False, True):
            try:
                if self.wire is None:
                    self.wire = Wire(self.port)
                    if self.greet:
                        self.greet(self.wire)
                return self.wire.ask(frame, answer_bytes)
            except ConnectionError:
                self.wire = None
                if last:
                    raise
        return b""


def lock_over_tcp(number: str, port: int) -> Lock:
    line = Line(port)

    def send(frame: bytes):
        answer = line.ask(frame)
        if frame.startswith(b"$") and jt701d.ack_serial(answer) is None:
            raise ConnectionError(f"lock {number}: {answer!r} acknowledges nothing")

    return Lock(number, send)


def tracker_over_tcp(number: int, port: int) -> Tracker:
    def greet(wire: Wire):
        if wire.ask(teltonika.hello(tracker.number), 1) != b"\x01":
            raise RuntimeError(f"tracker {tracker.number} was refused")

    def send(packet: bytes):
        if teltonika.ack_count(line.ask(packet, 4)) != packet[9]:
            raise RuntimeError(f"tracker {tracker.number}: not all of its records were acknowledged")

    line = Line(port, greet)
    tracker = Tracker(number, send)
    return tracker
