#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Outcomes from a node that runs: officers state what they found, and what that comes to is asked for by every door."""
import http.client
import json
import ssl
import unittest
from pathlib import Path

from test_cli import WAIT_S, Case, answer, puente


class Outcomes(Case):
    def test_outcomes_stand_beside_what_chance_finds(self):
        node = self.node("us.cbp").start()
        tokens = {role: answer("token", "add", node.dir, "--name", role, "--role", role)["token"]
                  for role in ("officer", "analyst", "auditor")}

        def state(kind, trip, members, *more):
            re_ = [{"noun": "crossing", "ids": [{"scheme": "us.ace.trip", "value": trip}]}, *more]
            body = json.dumps([{"kind": kind, "at": "2026-03-01T14:00:00Z", "re": re_, "members": members}])
            connection = http.client.HTTPSConnection("127.0.0.1", node.port, context=ssl._create_unverified_context(), timeout=WAIT_S)
            connection.request("POST", "/v1/statements", body.encode(),
                               {"Authorization": f"Bearer {tokens['officer']}", "Content-Type": "application/json"})
            reply = connection.getresponse()
            said = reply.read()
            connection.close()
            return reply.status, said

        scanner = {"noun": "equipment", "ids": [{"scheme": "port.equipment", "value": "2304/P1"}]}
        for i in range(12):
            trip = f"GRZA2026030{i:04}"
            arrival = {"arrival": {"port": "2304", "time": "2026-03-01T14:00:00Z"}}
            status, said = state("crossing.arrival", trip, arrival)
            self.assertEqual(status // 100, 2, said)
            self.assertEqual(state("selection", trip, {"lane": "scan"})[0] // 100, 2)
            found = {"result": "contraband", "seized": [{"what": "cocaine", "quantity": 500, "unit": "g", "value": 9000,
                                                         "currency": "USD"}]} if i < 2 else {"result": "nothing"}
            status, said = state("finding", trip, found, scanner)
            self.assertEqual(status // 100, 2, said)
        bad = {"result": "contraband", "seized": [{"what": "x", "quantity": -1, "unit": "g"}]}
        self.assertEqual(state("finding", "GRZA20260300000", bad)[0], 400)
        self.assertEqual(state("finding", "GRZA20260300000", {"result": "nothing", "shift": 3})[0], 400)

        report = answer("outcomes", node.dir, "--by", "scanner")
        self.assertEqual([(g["name"], g["inspected"], g["hits"]) for g in report["groups"]], [("2304/P1", 12, 2)])
        cocaine = report["groups"][0]["yields"][0]
        self.assertEqual((cocaine["what"], cocaine["unit"], cocaine["sum"], cocaine["hits"]), ("cocaine", "kg", 1, 2))
        self.assertAlmostEqual(cocaine["per_inspection"], 1 / 12)
        self.assertIsNone(report["base"]["rate"])
        self.assertIn("There is no random share", report["groups"][0]["says"])
        status, body = node.get("/v1/outcomes?by=scanner&from=2026-03-01&to=2026-03-01&port=2304", tokens["analyst"])
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["groups"], report["groups"])
        self.assertEqual(json.loads(node.get("/v1/outcomes?from=2026-03-02&to=2026-03-03", tokens["analyst"])[1])["all"]["trucks"], 0)

        # About officers: for an auditor, on record, and few are no row of their own.
        self.assertEqual(node.get("/v1/outcomes?by=shift", tokens["analyst"])[0], 403)
        self.assertEqual(node.get("/v1/outcomes", tokens["officer"])[0], 403)
        status, body = node.get("/v1/outcomes?by=shift&from=2026-03-01&to=2026-03-01", tokens["auditor"])
        self.assertEqual([(g["name"], g["shift"], g["inspected"]) for g in json.loads(body)["groups"]], [("officer", "afternoon", 12)])
        reads = json.loads(node.get("/v1/statements?kind=access.read", tokens["auditor"])[1])["statements"]
        self.assertIn("outcomes by shift", [s["members"].get("what") for s in reads])
        for query in ("by=colour", "format=pdf", "lang=de", "zone=Mars", "from=soon", "from=2026-03-02&to=2026-03-01"):
            self.assertEqual(node.get("/v1/outcomes?" + query, tokens["auditor"])[0], 400, query)
        self.assertEqual(node.get("/v1/outcomes?from=2020-01-01", tokens["auditor"])[0], 413)
        self.assertIn(b'<html lang="fr">', node.get("/v1/outcomes?format=html&lang=fr", tokens["analyst"])[1])
        self.assertTrue(node.get("/v1/outcomes?format=csv", tokens["analyst"])[1].startswith(b"row,by,name,"))

        status, body = node.get("/v1/crossings/us.ace.trip=GRZA20260300000", tokens["analyst"])
        outcome = json.loads(body)["outcome"]
        self.assertEqual((outcome["result"], outcome["lane"]), ("contraband", "scan"))
        self.assertEqual(outcome["selection"]["at"], "2026-03-01T14:00:00.000Z")
        self.assertEqual(outcome["findings"][0]["equipment"], "2304/P1")
        self.assertEqual(outcome["findings"][0]["seized"][0]["value"], 9000)
        self.assertEqual(outcome["recommended"]["name"].split(":")[0], "us.cbp")

        page, sheet = Path(self.base) / "o.html", Path(self.base) / "o.csv"
        said = puente("outcomes", node.dir, "--by", "shift", "--lang", "es", "--html", page, "--csv", sheet)
        self.assertIn("put together", said.stdout)
        self.assertIn('<html lang="es">', page.read_text())
        puente("outcomes", node.dir, "--by", "colour", code=64)
        puente("outcomes", node.dir, "--from", "2026-03-02", "--to", "2026-03-01", code=64)
        puente("outcomes", code=64)
        node.stop()
        puente("fsck", node.dir)


if __name__ == "__main__":
    unittest.main()
