# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import re
import socket
import ssl
import time
import unittest
import urllib.parse

from harness import CROSSING, PROBLEM, ROOT, DoorsTest

GARZA = "mx.transportes-garza"


def crossing(number):
    draft = json.loads(json.dumps(CROSSING))
    draft["re"][0]["ids"][0]["value"] = "TGZA%013d" % number
    draft["members"]["crossing"]["trip"] = "TGZA%013d" % number
    return draft


class Who(DoorsTest):
    def test_refuses_a_certificate_of_no_known_party(self):
        before = self.metric("puente_http_certificates_unknown_total")
        for path in ("/healthz", "/v1/node", "/nothing-here/at/all"):
            answer = self.call("GET", path, party="stranger.example")
            self.assertIn(answer.status, (403, 404))
        self.problem(self.call("GET", "/v1/node", party="stranger.example"), 403, "forbidden")
        self.assertGreaterEqual(self.metric("puente_http_certificates_unknown_total"), before + 3)

    def test_speaks_only_tls_1_3(self):
        context = self.tls()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with socket.create_connection(("127.0.0.1", self.there["https"]), timeout=10) as plain:
                context.wrap_socket(plain, server_hostname="localhost")

    def test_knows_a_party_again_on_a_resumed_session(self):
        context = self.tls(GARZA)
        session = None
        for resumed in (False, True):
            with socket.create_connection(("127.0.0.1", self.there["https"]), timeout=10) as plain:
                with context.wrap_socket(plain, server_hostname="localhost", session=session) as s:
                    s.sendall(b"GET /v1/node HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    answer = b""
                    while chunk := s.recv(65536):
                        answer += chunk
                    self.assertEqual(s.session_reused, resumed)
                    session = s.session
            self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer[:300])

    def test_tells_wrong_tokens_nothing_of_what_is_wrong(self):
        answers = [
            self.problem(self.call("GET", "/v1/node", token=token), 401, "unauthenticated")
            for token in ("A" * 43, "gone", "short", "=" * 43)
        ]
        self.assertEqual(len({json.dumps(a) for a in answers}), 1)
        answer = self.call("GET", "/v1/node", headers={"Authorization": "Basic eDp5"})
        self.problem(answer, 401)
        self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_keeps_to_roles(self):
        cases = [
            ("GET", "/v1/crossings", "operator", 403), ("GET", "/v1/crossings", "officer", 200),
            ("GET", "/v1/channels", "officer", 403), ("GET", "/v1/channels", "auditor", 200),
            ("GET", "/v1/threats", "auditor", 403), ("GET", "/v1/threats", "analyst", 200),
            ("GET", "/v1/statements", "officer", 403), ("GET", "/checkpoint", "officer", 403),
            ("GET", "/checkpoint", "auditor", 200), ("POST", "/v1/statements", "auditor", 403),
            ("POST", "/v1/statements/us.cbp:0/erase", "analyst", 403), ("GET", "/v1/stream", None, 401),
            ("POST", "/v1/statements", "reader", 403), ("GET", "/v1/crossings", "reader", 200),
        ]
        for method, path, token, status in cases:
            with self.subTest(path=path, token=token):
                self.assertEqual(self.call(method, path, "[]" if method == "POST" else None, token).status, status)

    def test_parties_may_not_read_crossings(self):
        self.problem(self.call("GET", "/v1/crossings", party=GARZA), 403)

    def test_entry_bundles_are_for_auditors(self):
        self.call("POST", "/v1/statements", crossing(77), party=GARZA)
        self.problem(self.call("GET", "/tile/entries/000.p/1", party="mx.anam"), 403)
        self.assertEqual(self.call("GET", "/tile/entries/000.p/1", token="auditor").status, 200)
        self.assertEqual(len(self.call("GET", "/tile/0/000.p/1", party="mx.anam").body), 32)


class TooManyTries(DoorsTest):
    def test_an_address_with_too_many_wrong_tokens_has_to_wait(self):
        connection = self.connect()
        statuses = []
        for i in range(101):
            connection.request("GET", "/v1/node", headers={"Authorization": "Bearer " + "%043d" % i})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        self.assertEqual(statuses, [401] * 100 + [429])
        answer = self.call("GET", "/v1/node", token="analyst")
        self.problem(answer, 429, "too-many")
        self.assertTrue(answer.headers["Retry-After"])
        connection.close()


class Statements(DoorsTest):
    def test_states_when_durable_and_serves_the_statement(self):
        names = self.call("POST", "/v1/statements", [crossing(1), crossing(2)], party=GARZA).json["statements"]
        self.assertEqual(len(names), 2)
        for name, number in zip(names, (1, 2)):
            statement = self.call("GET", "/v1/statements/" + name, token="auditor").json
            self.assertEqual(statement["kind"], "crossing")
            self.assertEqual(statement["members"]["crossing"]["trip"], "TGZA%013d" % number)

    def test_says_what_is_wrong_with_which_member(self):
        def broken(change):
            draft = crossing(3)
            change(draft)
            return draft

        cases = [
            (lambda d: d.update(kind="No Kind"), 400, "/1/kind"),
            (lambda d: d.update(colour="red"), 400, "/1"),
            (lambda d: d.update(at="yesterday"), 400, "/1/at"),
            (lambda d: d.update(label="purple"), 400, "/1/label"),
            (lambda d: d["re"][0].update(noun="ship"), 400, "/1/re/0/noun"),
            (lambda d: d["re"][0]["ids"][0].update(scheme="no.such"), 415, "/1/re/0/ids/0/value"),
            (lambda d: d["re"][0]["ids"][0].update(value="x"), 400, "/1/re/0/ids/0/value"),
            (lambda d: d["members"]["crossing"].update(direction="up"), 400, "/1/members/crossing/direction"),
            (lambda d: d["members"]["crossing"].pop("port"), 400, "/1/members/crossing/port"),
            (lambda d: d.update(kind="decision"), 403, "/1/kind"),
            (lambda d: d.update(kind="channel.standing"), 403, "/1/kind"),
            (lambda d: d.update(kind="link.received"), 403, "/1/kind"),
            (lambda d: d.update(kind="credential"), 403, "/1/kind"),
            (lambda d: d.update(kind="selection", members={"lane": "green"}), 403, "/1/kind"),
        ]
        for change, status, member in cases:
            with self.subTest(member=member, status=status):
                answer = self.call("POST", "/v1/statements", [crossing(3), broken(change)], party=GARZA)
                self.assertEqual(self.problem(answer, status)["member"], member)

    def test_a_party_states_only_what_it_may(self):
        for headers in ({}, {"Idempotency-Key": "sly"}):
            answer = self.call("POST", "/v1/statements", [crossing(12)], party="mx.yard", headers=headers)
            self.assertEqual(self.problem(answer, 403, "forbidden")["member"], "/kind")
        trailer = [{"noun": "seal", "ids": [{"scheme": "iso17712", "value": "HS1234567"}]}]
        seal = {"kind": "custody.seal", "re": trailer, "members": {"event": {"type": "on"}}}
        self.assertEqual(self.call("POST", "/v1/statements", seal, party="mx.yard").status, 200)

    def test_a_batch_is_taken_whole_or_not_at_all(self):
        size = self.call("GET", "/healthz").json["size"]
        self.problem(self.call("POST", "/v1/statements", [crossing(4), {"kind": "x"}], party=GARZA), 400)
        self.assertEqual(self.call("GET", "/healthz").json["size"], size)
        self.problem(self.call("POST", "/v1/statements", [crossing(4)] * 1001, party=GARZA), 413)
        self.problem(self.call("POST", "/v1/statements", [], party=GARZA), 413)

    def test_an_officer_signs_with_the_name_of_the_token(self):
        self.call("POST", "/v1/statements", crossing(5), party=GARZA)
        selection = {"kind": "selection", "re": crossing(5)["re"], "members": {"lane": "scan"}}
        name = self.call("POST", "/v1/statements", selection, token="officer").json["statements"][0]
        self.assertEqual(self.call("GET", "/v1/statements/" + name, token="auditor").json["members"],
                         {"lane": "scan", "officer": "officer"})
        selection["members"]["officer"] = "somebody else"
        self.problem(self.call("POST", "/v1/statements", selection, token="officer"), 403)
        self.problem(self.call("POST", "/v1/statements", selection, token="analyst"), 403)

    def test_a_repeat_with_the_same_key_states_nothing_and_answers_the_same(self):
        key = {"Idempotency-Key": "one-1"}
        first = self.call("POST", "/v1/statements", [crossing(6), crossing(7)], party=GARZA, headers=key)
        size = self.call("GET", "/healthz").json["size"]
        again = self.call("POST", "/v1/statements", [crossing(6), crossing(7)], party=GARZA, headers=key)
        self.assertEqual((again.status, again.json), (200, first.json))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(self.call("GET", "/healthz").json["size"], size)
        self.problem(self.call("POST", "/v1/statements", crossing(8), party=GARZA, headers=key), 422)
        other = self.call("POST", "/v1/statements", crossing(8), party="mx.anam", headers=key)
        self.assertEqual(other.status, 200)
        self.problem(self.call("POST", "/v1/statements", crossing(8), party=GARZA, headers={"Idempotency-Key": "a b"}), 400)

    def test_each_read_of_a_crossing_by_a_person_is_logged(self):
        self.call("POST", "/v1/statements", crossing(9), party=GARZA)
        path = "/v1/crossings/us.ace.trip%3D" + "TGZA%013d" % 9
        read = self.call("GET", path, token="officer").json
        logged = self.call("GET", "/v1/statements?kind=access.read&limit=1000", token="auditor").json["statements"]
        last = logged[-1]
        self.assertEqual(last["members"], {"who": "officer", "role": "officer", "what": "crossing"})
        self.assertEqual(last["re"], [read["id"]])

    def test_consignments_decisions_and_reach_are_there_for_people(self):
        draft = crossing(13)
        paps = {"noun": "consignment", "ids": [{"scheme": "us.paps", "value": "TGZA000013"}]}
        draft["re"].append(paps)
        self.call("POST", "/v1/statements", draft, party=GARZA)
        trip = "TGZA%013d" % 13
        read = self.call("GET", "/v1/consignments/us.paps%3DTGZA000013", token="officer").json
        self.assertIn(trip, json.dumps(read))
        for member in ("timeline", "custody", "decisions"):
            self.assertIn(member, read)
        logged = self.call("GET", "/v1/statements?kind=access.read&limit=1000", token="auditor").json["statements"][-1]
        self.assertEqual((logged["members"]["what"], logged["re"]), ("consignment", [read["id"]]))
        crossing_read = self.call("GET", "/v1/crossings/us.ace.trip%3D" + trip, token="officer").json
        for member in ("timeline", "custody", "lane", "reasons"):
            self.assertIn(member, crossing_read)
        decisions = self.call("GET", "/v1/decisions?limit=1000", token="officer").json["decisions"]
        self.assertTrue(any(crossing_read["id"] in json.dumps(d) for d in decisions))
        channels = self.call("GET", "/v1/channels", token="analyst").json["channels"]
        [garza] = [c for c in channels if c["party"] == GARZA and c["door"] == "https"]
        reach = self.call("GET", "/v1/channels/%s/reach" % garza["id"], token="analyst").json
        self.assertIn(crossing_read["id"], json.dumps(reach))
        self.problem(self.call("GET", "/v1/channels/%s/reach" % garza["id"], token="officer"), 403)

    def test_a_receipt_can_be_had_and_a_stranger_gets_none(self):
        name = self.call("POST", "/v1/statements", crossing(10), party=GARZA).json["statements"][0]
        receipt = self.call("GET", "/v1/statements/%s/receipt" % name, token="auditor")
        self.assertTrue(receipt.body.startswith(b"c2sp.org/tlog-proof@v1\n"))
        self.problem(self.call("GET", "/v1/statements/%s/receipt" % name, party="mx.anam"), 404)
        self.problem(self.call("GET", "/v1/statements/us.cbp:99999/receipt", token="auditor"), 404)
        self.problem(self.call("GET", "/v1/statements/nonsense/receipt", token="auditor"), 400)

    def test_erases_for_good(self):
        name = self.call("POST", "/v1/statements", crossing(11), party=GARZA).json["statements"][0]
        path = "/v1/statements/%s" % name
        self.problem(self.call("POST", path + "/erase", {"members": []}, token="admin"), 400)
        self.assertEqual(self.call("POST", path + "/erase", {"members": ["crossing"]}, token="admin").status, 200)
        left = self.call("GET", path, token="auditor").json
        self.assertEqual((left["members"], left["withheld"]), ({}, 1))
        self.assertEqual(self.call("GET", path + "/receipt", token="auditor").status, 200)

    def test_unknown_things_are_not_found(self):
        for path, token in [("/v1/crossings/AAAAAAAAAAAAAAAAAAAAAQ", "officer"), ("/v1/crossings/us.ace.trip=TGZA9", "officer"),
                            ("/v1/statements/us.cbp:123456", "auditor"), ("/v1/nothing", "officer"), ("/problems/none", None),
                            ("/tile/0/001", "auditor"), ("/tile/9/000.p/1", "auditor"), ("/tile/0/000.p/0", "auditor")]:
            with self.subTest(path=path):
                self.problem(self.call("GET", path, token=token), 404, "not-found")


class Hostile(DoorsTest):
    def status_of(self, answer):
        found = re.match(rb"HTTP/1\.1 (\d+)", answer)
        return int(found[1]) if found else None

    def test_refuses_two_content_lengths(self):
        for head in (b"Content-Length: 2\r\nContent-Length: 3", b"Content-Length: 2\r\nContent-Length: 2",
                     b"Content-Length: 2\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: gzip"):
            with self.subTest(head=head):
                out = self.raw(b"POST /v1/statements HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n[]", party=GARZA)
                self.assertIn(self.status_of(out), (400, None), out[:200])

    def test_refuses_what_is_no_http(self):
        for data in (b"\x16\x03\x01 nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
            with self.subTest(data=data[:20]):
                self.assertIn(self.status_of(self.raw(data)), (400, 501, 505, None))
        self.assertEqual(self.call("GET", "/healthz").status, 200)

    def test_refuses_bad_escapes_and_doubled_members(self):
        for path in ("/v1/crossings/%zz", "/v1/crossings/%00", "/v1/crossings/%ff", "/v1/crossings?limit=%f",
                     "/v1/crossings?limit=1&limit=2", "/v1/crossings?limit=0", "/v1/crossings?limit=99999999999999999999",
                     "/v1/crossings?state=lost", "/v1/decisions?lane=blue"):
            with self.subTest(path=path):
                self.problem(self.call("GET", path, token="officer"), 400, "malformed")

    def test_refuses_a_body_over_the_limit(self):
        for headers, body in (({}, b" " * (2 << 20)), ({"Transfer-Encoding": "chunked"}, None)):
            with self.subTest(headers=headers):
                if body:
                    self.problem(self.call("POST", "/v1/statements", body, party=GARZA), 413, "too-large")
                else:
                    chunks = (b" " * 65536 for _ in range(40))
                    self.problem(self.call("POST", "/v1/statements", chunks, party=GARZA), 413, "too-large")
        out = self.raw(b"POST /v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", party=GARZA)
        self.assertEqual(self.status_of(out), 413)
        out = self.raw(b"POST /v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n", party=GARZA)
        self.assertEqual(self.status_of(out), 413)

    def test_refuses_deep_and_broken_json(self):
        for body, status in [(b"[" * 100000 + b"]" * 100000, 400), (b'{"a":1,"a":2}', 400), (b'{"kind":"\xff"}', 400),
                             (b'[1,', 400), (b"", 400), (b"\xef\xbb\xbf[]", 400), (b'"\\ud800"', 400), (b"[NaN]", 400)]:
            with self.subTest(body=body[:12]):
                self.problem(self.call("POST", "/v1/statements", body, party=GARZA), status)

    def test_survives_a_body_of_many_small_values(self):
        answer = self.call("POST", "/v1/statements", b"[" + b"0," * 500000 + b"0]", party=GARZA)
        self.assertIn(answer.status, (400, 413, 503))
        self.assertEqual(self.call("GET", "/healthz").status, 200)

    def test_refuses_entity_bombs_and_foreign_charsets_as_files(self):
        entities = "".join('<!ENTITY e%d "%s">' % (i + 1, "&e%d;" % i * 10) for i in range(9))
        bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">%s]><cfdi:Comprobante>&e9;</cfdi:Comprobante>' % entities
        outside = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><cfdi:Comprobante>&e;</cfdi:Comprobante>'
        with open(os.path.join(ROOT, "tests/data/carta_porte/good/cfdi.xml"), "rb") as file:
            good = file.read()
        nested = b'<?xml version="1.0"?>' + b"<a>" * 100000
        latin = good.replace(b"UTF-8", b"ISO-8859-1", 1) if b"UTF-8" in good[:60] else b'<?xml version="1.0" encoding="ISO-8859-1"?>' + good
        failed = self.metric("puente_files_failed_total")
        for body in (bomb, outside, nested, latin, good[:-20], good.replace(b"Placa", b"Pl\xff\xfea", 1)[:len(good)] + b"\xff"):
            answer = self.call("POST", "/v1/files", body, party=GARZA)
            self.assertIn(answer.status, (400, 415, 422), answer.body)
            self.assertTrue(answer.json["detail"], answer.json)
        self.problem(self.call("POST", "/v1/files", b" " * (5 << 20), party=GARZA), 413, "too-large")
        self.assertEqual(self.metric("puente_files_failed_total"), failed + 6)
        self.assertEqual(self.call("POST", "/v1/files", good, party=GARZA).status, 200)

    @classmethod
    def tearDownClass(cls):
        with open("/proc/%d/status" % cls.process.pid) as file:
            peak_kb = int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])
        super().tearDownClass()
        # Whatever came in: some MiB for the node, and what the limits let requests have.
        assert peak_kb < 256 << 10, "%d kB at the most" % peak_kb

    def test_cuts_slow_bodies_and_slow_heads(self):
        slow = self.metric("puente_http_connections_slow_total")
        for head in (b"POST /v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"GET / HTTP/1.1\r\nX-Slow: "):
            with socket.create_connection(("127.0.0.1", self.there["https"]), timeout=20) as plain:
                with self.tls(GARZA).wrap_socket(plain, server_hostname="localhost") as s:
                    s.sendall(head)
                    began = time.monotonic()
                    with self.assertRaises((OSError, ssl.SSLError)):
                        while time.monotonic() - began < 15:
                            s.sendall(b"x")
                            time.sleep(0.2)
                    self.assertLess(time.monotonic() - began, 8)
        self.assertGreaterEqual(self.metric("puente_http_connections_slow_total"), slow + 2)

    def test_survives_clients_that_leave_in_the_middle(self):
        for cut in (10, 60, 120, 400):
            data = b"POST /v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n" + json.dumps(crossing(20)).encode()
            with socket.create_connection(("127.0.0.1", self.there["https"]), timeout=20) as plain:
                with self.tls(GARZA).wrap_socket(plain, server_hostname="localhost") as s:
                    s.sendall(data[:cut])
        for _ in range(50):
            connection = self.connect(GARZA)
            connection.request("POST", "/v1/statements", json.dumps(crossing(21)))
            connection.sock.close()
        self.assertEqual(self.call("GET", "/healthz").status, 200)

    def test_answers_many_requests_on_one_connection(self):
        connection = self.connect(GARZA)
        for i in range(300):
            connection.request("POST", "/v1/statements", json.dumps(crossing(1000 + i)))
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 200)
        connection.close()


class Crowd(DoorsTest):
    def test_an_address_with_too_many_connections_is_told_so(self):
        held = [self.connect(GARZA) for _ in range(64)]
        for connection in held:
            connection.connect()
        answer = self.call("GET", "/healthz")
        self.problem(answer, 429, "too-many")
        self.assertEqual(answer.headers["Retry-After"], "1")
        for connection in held:
            connection.close()
        self.until_well()

    def test_a_node_without_connections_left_says_so(self):
        held = [http.client.HTTPSConnection("127.0.0.1", self.there["https"], context=self.tls(), timeout=20,
                                            source_address=("127.0.0.%d" % (10 + i % 4), 0)) for i in range(161)]
        for connection in held:
            connection.connect()
        answer = self.call("GET", "/healthz")
        self.assertTrue(self.problem(answer, 503, "busy")["detail"].startswith("this node has no connection left"))
        self.assertTrue(answer.headers["Retry-After"])
        for connection in held:
            connection.close()
        self.until_well()

    def test_more_streams_than_there_is_room_for_are_told_to_come_again(self):
        open_before = self.metric("puente_streams_open")
        held, statuses = [], []
        for _ in range(9 - int(open_before)):
            connection = self.connect()
            connection.request("GET", "/v1/stream", headers={"Authorization": "Bearer " + self.tokens["officer"]})
            answer = connection.getresponse()
            statuses.append(answer.status)
            held.append((connection, answer))
        self.assertEqual(statuses, [200] * (len(held) - 1) + [503])
        for connection, answer in held:
            answer.close()
            connection.close()
        self.until_streams_are(open_before)

    # That a reader has left is seen when there is something to tell it.
    def until_streams_are(self, count):
        tell = lambda: self.call("POST", "/v1/statements", crossing(41), party=GARZA).status == 200  # noqa: E731
        self.until_well(lambda: tell() and self.metric("puente_streams_open") == count)

    def test_a_subscription_hears_only_what_it_asks_for(self):
        where = urllib.parse.quote('type == "crossing" && has(data.id)')
        for text in ("data.lane ==", "typ == 'log'", "type"):
            answer = self.call("GET", "/v1/stream?where=" + urllib.parse.quote(text), token="officer")
            self.assertEqual((answer.status, "line 1" in str(answer.json) or "true or false" in str(answer.json)), (400, True), text)
        open_before = self.metric("puente_streams_open")
        connection = self.connect()
        try:
            connection.request("GET", "/v1/stream?where=" + where, headers={"Authorization": "Bearer " + self.tokens["officer"]})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertEqual(self.call("POST", "/v1/statements", crossing(57), party=GARZA).status, 200)
            lines = (answer.readline().decode() for _ in range(50))
            first = next(line for line in lines if line.startswith("event: "))
            self.assertEqual(first, "event: crossing\n")  # the log's own events are not told
        finally:
            answer.close()
            connection.close()
        self.until_streams_are(open_before)

    def test_bodies_in_hand_are_bounded_together(self):
        held = []
        for _ in range(7):
            s = self.tls(GARZA).wrap_socket(socket.create_connection(("127.0.0.1", self.there["https"]), timeout=20))
            s.sendall(b"POST /v1/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" + b" " * 1000000)
            held.append(s)
        self.until_well(lambda: self.metric("puente_http_memory_bytes") > 7000000)
        # The next is refused in the middle of its body, and says so when it has come to an end.
        self.problem(self.call("POST", "/v1/statements", b" " * 1048576, party=GARZA), 503, "busy")
        for s in held:
            s.close()
        self.until_well(lambda: self.metric("puente_http_memory_bytes") < 1 << 20)
        self.assertEqual(self.call("POST", "/v1/statements", crossing(40), party=GARZA).status, 200)

    def until_well(self, check=lambda: True):
        until = time.monotonic() + 10
        while not (self.call("GET", "/healthz").status == 200 and check()):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)

    def test_closes_while_streams_and_statements_are_open(self):
        streams = []
        for _ in range(5):
            connection = self.connect()
            connection.request("GET", "/v1/stream", headers={"Authorization": "Bearer " + self.tokens["officer"]})
            self.assertEqual(connection.getresponse().status, 200)
            streams.append(connection)
        # tearDownClass closes the doors under them, and looks at the status.
        type(self).left_open = streams


class Shown(DoorsTest):
    def test_serves_the_page_with_its_policy_and_etag(self):
        page = self.call("GET", "/")
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertIn("require-trusted-types-for 'script'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["X-Content-Type-Options"], "nosniff")
        again = self.call("GET", "/", headers={"If-None-Match": page.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        script = self.call("GET", "/app.js")
        self.assertTrue(script.headers["Content-Type"].startswith("text/javascript"))
        with open(os.path.join(ROOT, "console/dist/app.js"), "rb") as file:
            self.assertEqual(script.body, file.read())
        self.assertEqual(self.call("HEAD", "/").body, b"")
        self.problem(self.call("GET", "/..%2fetc%2fpasswd"), 404)

    def test_metrics_are_open_metrics(self):
        answer = self.call("GET", "/metrics")
        self.assertTrue(answer.headers["Content-Type"].startswith("application/openmetrics-text"))
        text = answer.body.decode()
        self.assertTrue(text.endswith("# EOF\n"))
        families = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)
        self.assertEqual(len(families), len(dict(families)))
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name = re.match(r"^([a-z_]+)(\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*\})? -?[0-9.e+]+$", line)
            self.assertTrue(name, line)
            self.assertTrue(any(name[1] in (f, f + "_total", f + "_info") for f, _ in families), line)

    def test_openapi_is_there_for_all_and_names_what_is_served(self):
        paths = self.call("GET", "/openapi.json").json["paths"]
        with open(os.path.join(ROOT, "src/serve/route.c")) as file:
            served = set(re.findall(r'"(/[^"]*)"', file.read().split("route_count")[0]))
        served = {p.replace("{rest*}", "{path}") for p in served} - {"/", "/{file}"}
        self.assertEqual(served, set(paths))

    def test_says_what_methods_there_are(self):
        answer = self.call("DELETE", "/v1/statements", token="officer")
        self.problem(answer, 405)
        self.assertEqual(answer.headers["Allow"], "GET, HEAD, POST")

    def test_every_kind_of_problem_can_be_looked_up(self):
        problem = self.call("GET", "/nowhere/to/go").json
        self.assertEqual(self.call("GET", problem["type"]).status, 200)

    def test_streams_what_happens(self):
        connection = self.connect()
        headers = {"Authorization": "Bearer " + self.tokens["officer"]}
        connection.request("GET", "/v1/stream?kinds=crossing,log", headers=headers)
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))
        self.call("POST", "/v1/statements", crossing(30), party=GARZA)
        events, lines, until = [], {}, time.monotonic() + 20
        while time.monotonic() < until and not any(e["event"] == "crossing" for e in events):
            line = answer.readline().decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, value = line.split(": ", 1)
                lines[name] = value
            elif lines:
                if "data" in lines:
                    json.loads(lines["data"])
                    events.append(lines)
                lines = {}
        self.assertIn("crossing", [e["event"] for e in events])
        numbers = [int(e["id"]) for e in events]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertLessEqual({e["event"] for e in events}, {"crossing", "log"})
        connection.close()
        # What came while nobody listened is told to who names the last event that was heard.
        self.call("POST", "/v1/statements", {**crossing(30), "members": crossing(30)["members"]}, party=GARZA)
        connection = self.connect()
        connection.request("GET", "/v1/stream?kinds=log", headers={**headers, "Last-Event-ID": "0"})
        answer = connection.getresponse()
        told = b"".join(answer.readline() for _ in range(6))
        self.assertIn(b"event: log", told)
        connection.close()

    def test_a_stream_has_known_kinds_and_readers(self):
        self.problem(self.call("GET", "/v1/stream?kinds=gossip", token="officer"), 400)
        self.problem(self.call("GET", "/v1/stream", token="reader"), 403)
        self.problem(self.call("GET", "/v1/stream", party=GARZA), 403)


if __name__ == "__main__":
    unittest.main()
