# SPDX-License-Identifier: Apache-2.0
# A decision explained by HTTP: to whom, in which words, and what is on record of it.
import json
import os
import re
import unittest

from harness import CROSSING, ROOT, DoorsTest

GARZA = "mx.transportes-garza"
ROLES = ("officer", "analyst", "targeting", "operator", "auditor", "admin")
KEY = "5ec7e75ec7e7"


def crossing(number):
    draft = json.loads(json.dumps(CROSSING))
    draft["re"][0]["ids"][0]["value"] = "TGZA%013d" % number
    draft["members"]["crossing"]["trip"] = "TGZA%013d" % number
    return draft


def of(number, what):
    return "/v1/crossings/us.ace.trip%%3DTGZA%013d%s" % (number, what)


class Explained(DoorsTest):
    @classmethod
    def start(cls):
        os.environ["SERVE_NODE_POLICY"] = "1"
        try:
            super().start()
        finally:
            del os.environ["SERVE_NODE_POLICY"]

    def logged(self, what):
        all = self.call("GET", "/v1/statements?kind=access.read&limit=1000", token="auditor").json["statements"]
        return [s for s in all if s["members"].get("what") == what]

    def test_tells_a_decision_in_three_languages(self):
        self.call("POST", "/v1/statements", crossing(1), party=GARZA)
        path = of(1, "/decision")
        told = self.call("GET", path, token="officer").json
        self.assertEqual(told["lang"], "en")
        self.assertTrue(told["text"].startswith("The truck goes"), told["text"])
        self.assertIn(told["parts"][0]["text"], told["text"])
        self.assertEqual(self.call("GET", of(1, ""), token="officer").json["decision"], told["name"])
        spanish = self.call("GET", path + "?lang=es", token="officer").json
        french = self.call("GET", path + "?lang=fr", token="officer").json
        self.assertTrue(spanish["text"].startswith("El camión"))
        self.assertTrue(french["text"].startswith("Le camion"))
        self.assertEqual([p["part"] for p in french["parts"]], [p["part"] for p in told["parts"]])
        reasons = [p for p in told["parts"] if p["part"] == "reason"]
        self.assertTrue(reasons)
        for reason in reasons:
            self.assertTrue(reason["citation"])
            self.assertIn(reason["citation"], reason["text"])
            self.assertTrue(reason["facts"])
        sources = [p for p in told["parts"] if p["part"] == "sources"][0]["statements"]
        self.assertEqual(sources[0]["from"], GARZA)
        self.assertIn("https", sources[0]["text"])
        self.problem(self.call("GET", path + "?lang=de", token="officer"), 400)
        self.problem(self.call("GET", of(999, "/decision"), token="officer"), 404)

    def test_who_may_read_a_crossing_may_read_its_decision(self):
        self.call("POST", "/v1/statements", crossing(2), party=GARZA)
        for role in ROLES:
            with self.subTest(role=role):
                there = self.call("GET", of(2, ""), token=role).status
                self.assertEqual(self.call("GET", of(2, "/decision"), token=role).status, there)
        self.problem(self.call("GET", of(2, "/decision"), party=GARZA), 403)
        self.assertEqual({s["members"]["role"] for s in self.logged("decision")} & {"operator", "admin"}, set())
        self.assertIn("officer", {s["members"]["role"] for s in self.logged("decision")})

    def test_what_would_have_changed_is_for_targeting_analysts_alone(self):
        self.call("POST", "/v1/statements", crossing(3), party=GARZA)
        path = of(3, "/would-change")
        for role in ROLES:
            with self.subTest(role=role):
                answer = self.call("GET", path, token=role)
                self.assertEqual(answer.status, 200 if role == "targeting" else 403)
        for party in (GARZA, "mx.anam"):
            self.problem(self.call("GET", path, party=party), 403)
        self.problem(self.call("GET", path), 401)
        self.problem(self.call("GET", path, token="reader"), 403)
        found = self.call("GET", path, token="targeting").json
        here = self.call("GET", of(3, ""), token="targeting").json
        self.assertEqual(found["lane"], here["decided"])
        lanes = ["green", "document", "scan", "joint", "hold"]
        at = lanes.index(found["lane"])
        self.assertTrue(found["facts"]["stricter"])
        for way, beyond in (("greener", lambda i: i < at), ("stricter", lambda i: i > at)):
            for one in found["facts"][way]:
                self.assertTrue(beyond(lanes.index(one["lane"])))
                self.assertTrue(all(one[lang] for lang in ("en", "es", "fr")))
                self.assertTrue(1 <= len(one["changes"]) <= 2)
        self.assertEqual(found, self.call("GET", path, token="targeting").json)

    def test_each_look_at_what_would_have_changed_is_on_record(self):
        self.call("POST", "/v1/statements", crossing(4), party=GARZA)
        before = len(self.logged("would-change"))
        for i in range(3):
            size = self.call("GET", "/healthz").json["size"]
            answer = self.call("GET", of(4, "/would-change"), token="targeting").json
            self.assertGreater(self.call("GET", "/healthz").json["size"], size)
        logged = self.logged("would-change")[before:]
        self.assertEqual(len(logged), 3)
        for statement in logged:
            self.assertEqual(statement["members"], {"who": "targeting", "role": "targeting", "what": "would-change"})
            self.assertEqual(statement["re"], [answer["crossing"]])

    def test_no_statement_or_crossing_tells_it(self):
        self.call("POST", "/v1/statements", crossing(5), party=GARZA)
        found = self.call("GET", of(5, "/would-change"), token="targeting").json
        texts = [one["en"] for way in found["facts"].values() for one in way]
        self.assertTrue(texts)
        read = [self.call("GET", of(5, path), token="officer").body.decode() for path in ("", "/decision")]
        read.append(self.call("GET", "/v1/statements?limit=1000", token="auditor").body.decode())
        read.append(self.call("GET", "/v1/decisions", token="auditor").body.decode())
        for text in read:
            self.assertFalse([t for t in texts if t in text])
            self.assertNotIn('"greener"', text)

    def test_targeting_analysts_read_what_analysts_read_and_state_nothing(self):
        for path in ("/v1/crossings", "/v1/channels", "/v1/threats", "/v1/statements", "/v1/decisions", "/v1/ports"):
            with self.subTest(path=path):
                self.assertEqual(self.call("GET", path, token="targeting").status, 200)
        self.problem(self.call("POST", "/v1/statements", crossing(6), token="targeting"), 403)

    def test_the_key_of_a_days_draws_is_for_auditors(self):
        days = {}
        for role in ("auditor", "analyst", "targeting", "operator"):
            answer = self.call("GET", "/v1/statements?kind=port.day&limit=1000", token=role)
            days[role] = answer.json["statements"][0]
            self.assertEqual(KEY in answer.body.decode(), role == "auditor", role)
        self.assertEqual(days["auditor"]["members"]["day"]["key"], KEY)
        self.assertEqual((days["analyst"]["members"], days["analyst"]["withheld"]), ({}, 1))
        name = days["auditor"]["name"]
        for role, may in (("auditor", True), ("officer", False), ("analyst", False), ("targeting", False)):
            with self.subTest(role=role):
                one = self.call("GET", "/v1/statements/" + name, token=role)
                self.assertEqual(one.status, 200)
                self.assertEqual(KEY in one.body.decode(), may)
                receipt = self.call("GET", "/v1/statements/%s/receipt" % name, token=role)
                self.assertEqual(receipt.status, 200 if may else 403)

    def test_the_node_tells_a_person_their_role(self):
        for role in ROLES:
            self.assertEqual(self.call("GET", "/v1/node", token=role).json["role"], role)
        self.assertNotIn("role", self.call("GET", "/v1/node", party=GARZA).json)

    def test_all_roles_stand_in_openapi(self):
        paths = self.call("GET", "/openapi.json").json["paths"]
        self.assertEqual(paths["/v1/crossings/{id}/would-change"]["get"]["description"].split(".")[0], "Who: targeting")
        with open(os.path.join(ROOT, "src/serve/route.c")) as file:
            for path, roles in re.findall(r'{METHOD_GET, "([^"]*)", ([^,]*),', file.read()):
                if "ROLE_ANALYSTS" in roles:
                    self.assertIn("targeting", paths[path]["get"]["description"], path)


if __name__ == "__main__":
    unittest.main()
