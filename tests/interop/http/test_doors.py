# SPDX-License-Identifier: Apache-2.0
# The other doors: seals by TCP and by webhook, files by HTTP and by the watched folder.
import json
import os
import socket
import sys
import time
import unittest

from harness import ROOT, DoorsTest

sys.path.insert(0, os.path.join(ROOT, "tests/devices"))
import jt701d  # noqa: E402
import teltonika  # noqa: E402

GARZA = "mx.transportes-garza"
LAREDO = (27.5, -99.5)
SEAL = {
    "seal": {"number": "HS1234567", "grade": "high-security"},
    "event": "on",
    "trailer": {"plate": "310UZ3"},
    "time": "2026-03-10T12:00:00Z",
}


class Door(DoorsTest):
    def statements(self, kind):
        return self.call("GET", "/v1/statements?limit=1000&kind=" + kind, token="auditor").json["statements"]

    def wait_for(self, what, seconds=10):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if what():
                return
            time.sleep(0.05)
        self.fail("it did not happen")


class Seals(Door):
    def open(self):
        s = socket.create_connection(("127.0.0.1", self.there["devices"]), timeout=10)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def tracker(self, number=1):
        s = self.open()
        s.sendall(teltonika.hello(teltonika.imei(number)))
        self.assertEqual(s.recv(16), b"\x01")
        return s

    def answer(self, s, n):
        out = b""
        while len(out) < n:
            chunk = s.recv(n - len(out))
            if not chunk:
                break
            out += chunk
        return out

    def test_answers_a_tracker_with_the_number_of_records(self):
        before = len(self.statements("custody.position"))
        now = time.time()
        with self.tracker(1) as s:
            s.sendall(teltonika.packet([teltonika.record(now - i, *LAREDO) for i in range(3)]))
            self.assertEqual(self.answer(s, 4), b"\0\0\0\3")
        self.assertEqual(len(self.statements("custody.position")), before + 3)

    def test_answers_a_lock_in_the_order_of_its_packets(self):
        now = int(time.time())
        with self.open() as s:
            s.sendall(b"".join(jt701d.locked("8000620011", now + i, *LAREDO, serial=i) for i in range(20)))
            out = b""
            while out.count(b")") < 20:
                out += s.recv(4096)
        self.assertEqual([jt701d.ack_serial(part + b")") for part in out.split(b")")[:-1]], list(range(20)))

    def test_takes_packets_in_any_cut(self):
        data = teltonika.packet([teltonika.record(time.time(), *LAREDO)])
        with self.tracker(2) as s:
            for byte in data:
                s.sendall(bytes([byte]))
            self.assertEqual(self.answer(s, 4), b"\0\0\0\1")

    def test_a_repeated_packet_is_answered_and_stored_once(self):
        data = teltonika.packet([teltonika.record(time.time(), *LAREDO)])
        for _ in range(3):
            with self.tracker(3) as s:
                s.sendall(data)
                self.assertEqual(self.answer(s, 4), b"\0\0\0\1")
        self.assertEqual(self.metric("puente_device_packets_repeated_total"), 2)
        raw = data.hex()
        self.assertEqual(sum(s["members"].get("raw") == raw for s in self.statements("custody.position")), 1)

    def test_a_bad_packet_is_kept_and_costs_the_connection_nothing(self):
        good = teltonika.packet([teltonika.record(time.time(), *LAREDO)])
        bad = good[:-1] + bytes([good[-1] ^ 1])
        with self.tracker(4) as s:
            s.sendall(bad + good)
            self.assertEqual(self.answer(s, 4), b"\0\0\0\1")
        kept = [s["members"] for s in self.statements("evidence.rejected")]
        self.assertTrue(any(k["raw"] == bad.hex() and k["door"] == "seal-tcp" and "crc" in k["reason"].lower() for k in kept), kept)

    def test_closes_when_nothing_makes_sense(self):
        with self.open() as s:
            s.settimeout(10)
            with self.assertRaises(OSError):
                for _ in range(200):
                    s.sendall(os.urandom(4096))
                    time.sleep(0.01)
                self.assertEqual(s.recv(1), b"")
                raise ConnectionError
        self.assertEqual(self.call("GET", "/healthz").status, 200)
        self.assertGreaterEqual(self.metric("puente_device_framing_lost_total"), 1)

    def test_one_device_on_two_connections_keeps_the_newer(self):
        with self.tracker(5) as older, self.tracker(5) as newer:
            self.assertEqual(older.recv(1), b"")
            newer.sendall(teltonika.packet([teltonika.record(time.time(), *LAREDO)]))
            self.assertEqual(self.answer(newer, 4), b"\0\0\0\1")
        self.assertEqual(self.metric("puente_device_twice_total"), 1)
        self.assertTrue(any("two connections" in s["members"]["reason"] for s in self.statements("evidence.rejected")))

    def test_a_clock_two_days_off_is_marked_and_counted(self):
        now = time.time()
        with self.tracker(6) as s:
            for at in (now - 3 * 86400, now + 3 * 86400):
                s.sendall(teltonika.packet([teltonika.record(at, *LAREDO)]))
                self.assertEqual(self.answer(s, 4), b"\0\0\0\1")
        clocks = [s["members"].get("status", {}).get("clock") for s in self.statements("custody.position")]
        self.assertEqual({c for c in clocks if c}, {"ahead", "behind"})

    def test_the_channel_says_device_vendor_and_country(self):
        with self.open() as s:
            s.sendall(teltonika.hello("356307042441013"))
            self.assertEqual(s.recv(1), b"\x01")
            s.sendall(teltonika.packet([teltonika.record(time.time(), *LAREDO)]))
            self.assertEqual(self.answer(s, 4), b"\0\0\0\1")
        channels = self.call("GET", "/v1/channels", token="auditor").json["channels"]
        found = [c for c in channels if c["device"] == "imei:356307042441013"]
        self.assertEqual([(c["door"], c["vendor"], c["vendor_country"], c["party"], c["address"]) for c in found],
                         [("seal-tcp", "Teltonika", "LT", GARZA, "127.0.0.1")])

    def test_a_connection_speaks_for_one_device(self):
        with self.open() as s:
            s.sendall(jt701d.locked("8000620021", time.time(), *LAREDO) + jt701d.locked("8000620022", time.time(), *LAREDO)
                      + jt701d.locked("8000620021", time.time() + 1, *LAREDO, serial=1))
            out = b""
            while out.count(b")") < 2:
                out += s.recv(4096)
            self.assertEqual([jt701d.ack_serial(part + b")") for part in out.split(b")")[:-1]], [0, 1])

    def test_an_idle_connection_is_closed(self):
        with self.open() as s:
            s.settimeout(10)
            self.assertEqual(s.recv(1), b"")

    def test_heartbeats_and_the_time_are_answered_without_a_statement(self):
        size = self.call("GET", "/healthz").json["size"]
        with self.open() as s:
            s.sendall(jt701d.heartbeat("8000620031") + jt701d.time_request("8000620031"))
            self.assertIn(b"P22", s.recv(100))
        self.assertEqual(self.call("GET", "/healthz").json["size"], size)


class Webhook(Door):
    def relay(self, **more):
        return {"relay": "cloud.example", "vendor": "Teltonika", "vendor_country": "LT", "software": "fleet/2.1", **more}

    def test_relay_vendor_and_country_are_part_of_the_channel(self):
        packet = teltonika.packet([teltonika.record(time.time(), *LAREDO)]).hex()
        body = self.relay(device="imei:" + teltonika.imei(9), packets=[{"hex": packet}])
        self.assertEqual(len(self.call("POST", "/v1/devices/teltonika", body, party=GARZA).json["statements"]), 1)
        channels = self.call("GET", "/v1/channels", token="auditor").json["channels"]
        found = [c for c in channels if c["door"] == "webhook"]
        self.assertEqual([(c["relay"], c["vendor"], c["vendor_country"], c["software"], c["party"]) for c in found],
                         [("cloud.example", "Teltonika", "LT", "fleet/2.1", GARZA)])

    def test_says_which_packet_is_wrong_and_keeps_it(self):
        good = jt701d.locked("8000620041", time.time(), *LAREDO).hex()
        cases = [({"packets": [{"hex": good}, {"hex": "zz"}]}, "/packets/1"), ({"packets": [{"hex": good}, {"hex": good[:-2]}]}, "/packets/1"),
                 ({"packets": []}, "/packets"), ({"packets": [{"hex": good}], "vendor_country": "MEX"}, "/vendor_country")]
        for more, member in cases:
            with self.subTest(member=member):
                answer = self.call("POST", "/v1/devices/jointech", self.relay(**more), party=GARZA)
                self.assertEqual(self.problem(answer, 400)["member"], member)
        self.problem(self.call("POST", "/v1/devices/other", self.relay(packets=[{"hex": "00"}]), party=GARZA), 404)
        self.assertTrue(any(s["members"]["door"] == "webhook" for s in self.statements("evidence.rejected")))


class Files(Door):
    def path(self, *parts):
        return os.path.join(self.there["folder"], *parts)

    def drop(self, name, text):
        with open(self.path(".writing"), "w") as file:
            file.write(text)
        os.rename(self.path(".writing"), self.path("in", name))

    def test_any_file_by_http(self):
        answer = self.call("POST", "/v1/files?name=seal.json", json.dumps(SEAL), token="officer")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(len(answer.json["statements"]), 1)
        wrong = {**SEAL, "event": "melted"}
        self.assertEqual(self.problem(self.call("POST", "/v1/files", json.dumps(wrong), party=GARZA), 400)["member"], "/event")
        self.problem(self.call("POST", "/v1/files", b"\x89PNG\r\n\x1a\n", party=GARZA), 415)
        self.problem(self.call("POST", "/v1/files", b"", party=GARZA), 400)
        self.assertTrue(any(s["members"]["door"] == "https" for s in self.statements("evidence.rejected")))
        document = {"document": {"type": "pedimento", "scheme": "mx.pedimento", "number": "26  24  3420  6000123"}}
        self.problem(self.call("POST", "/v1/files", json.dumps(document), party="mx.yard"), 403)
        # What the node keeps of a bad file is the node's own word, whatever the sender may state.
        kept = len(self.statements("evidence.rejected"))
        self.problem(self.call("POST", "/v1/files", json.dumps(wrong), party="mx.yard"), 400)
        self.assertEqual(len(self.statements("evidence.rejected")), kept + 1)

    def test_a_file_in_the_folder_is_stated_once_and_moved(self):
        before = len(self.statements("custody.seal"))
        text = json.dumps({**SEAL, "time": "2026-03-10T13:00:00Z"})
        self.drop("a.json", text)
        self.wait_for(lambda: os.path.exists(self.path("done", "a.json")))
        self.assertEqual(len(self.statements("custody.seal")), before + 1)
        self.drop("a.json", text)
        self.wait_for(lambda: os.path.exists(self.path("done", "a.json.1")))
        self.assertEqual(len(self.statements("custody.seal")), before + 1)
        self.assertEqual(os.listdir(self.path("in")), [])

    def test_a_file_that_is_written_in_place_is_taken_when_it_is_closed(self):
        with open(self.path("in", "b.json"), "w") as file:
            text = json.dumps({**SEAL, "time": "2026-03-10T14:00:00Z"})
            file.write(text[:20])
            file.flush()
            time.sleep(0.3)
            self.assertTrue(os.path.exists(self.path("in", "b.json")))
            file.write(text[20:])
        self.wait_for(lambda: os.path.exists(self.path("done", "b.json")))

    def test_a_refused_file_is_kept_with_the_reason_beside_it(self):
        self.drop("bad.json", json.dumps({**SEAL, "event": "melted"}))
        self.wait_for(lambda: os.path.exists(self.path("failed", "bad.json.reason")))
        with open(self.path("failed", "bad.json.reason")) as file:
            reason = json.load(file)
        self.assertEqual((reason["status"], reason["member"]), (400, "/event"))
        self.assertTrue(os.path.exists(self.path("failed", "bad.json")))

    def test_what_is_no_file_is_not_followed(self):
        os.symlink("/etc/passwd", self.path("in", "link"))
        self.drop("c.json", json.dumps({**SEAL, "time": "2026-03-10T15:00:00Z"}))
        self.wait_for(lambda: os.path.exists(self.path("done", "c.json")))
        for _, _, names in os.walk(self.path("done")):
            self.assertNotIn("link", names)


if __name__ == "__main__":
    unittest.main()
