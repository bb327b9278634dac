#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of a rule set: written, tested, back-tested, signed by two people, activated, taken back. Needs only Python."""
import hashlib
import http.client
import json
import shutil
import ssl
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

from test_cli import Case, answer, puente, until

RULE = """  - id: {id}
    owner: us.cbp
    revision: 1
    citation: "a law"
    from: 2026-01-01
    state: {state}
    when: "{when}"
    {effect}
    reason: {{en: "one", es: "uno", fr: "un"}}
    tests: [{tests}]
"""
SEALED = "{{name: with, facts: {{seal.present: true}}, expect: {0}}}, {{name: without, facts: {{seal.present: false}}, expect: {1}}}"


def rule(id, when="!seal.present", effect="floor: scan", state="live", tests=SEALED.format("false", "true")):
    return RULE.format(id=id, when=when, effect=effect, state=state, tests=tests)


def crossing(number, seal=True):
    """Drafts of one crossing that is over: what its filer declares, and what an officer says of it."""
    about = {"noun": "crossing", "ids": [{"scheme": "us.ace.trip", "value": f"TGZA{number:011d}"}]}
    at = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        {"kind": "crossing", "at": at, "re": [about], "members": {"crossing": {"port": "2304", "direction": "northbound", "empty": False}}}], [
        {"kind": "crossing.arrival", "at": at, "re": [about], "members": {"arrival": {"port": "2304", "time": at}}},
        {"kind": "finding", "at": at, "re": [about],
         "members": {"result": "contraband" if number % 2 else "nothing"}},
        {"kind": "crossing.release", "at": at, "re": [about], "members": {"release": {"port": "2304", "time": at}}},
    ]


class Rules(Case):
    def setUp(self):
        super().setUp()
        self.base = Path(self.base)

    def file(self, name, *rules):
        path = self.base / name
        path.write_text("base: document\nscore: {prior: 0.01}\nrules:\n" + "".join(rules), encoding="utf-8")
        return path

    def signer(self, name):
        """A person's key: its file, and its public half."""
        path = self.base / f"{name}.key"
        made = answer("rules", "signer", name, "--out", path)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        return path, made["key"]

    def signed_node(self):
        """A node whose rules two of three people must sign. The set that init made runs nothing and needs none."""
        node = self.node("us.cbp")
        self.keys = {}
        people = []
        for name in ("ana.torres", "luis.vega", "eva.roy"):
            self.keys[name], public = self.signer(name)
            people.append(f"  - {{name: {name}, key: \"{public}\"}}\n")
        with (node.dir / "node.yaml").open("a", encoding="utf-8") as file:
            file.write("rule_signers:\n" + "".join(people))
        return node

    def sign(self, path, *names):
        for name in names:
            puente("rules", "sign", path, "--key", self.keys[name])

    def report(self, node, path):
        out = path.with_suffix(".report.json")
        answer("rules", "backtest", node.dir, path, "--out", out, "--html", path.with_suffix(".html"))
        return out

    def cross(self, node, number):
        """One truck goes through: its broker declares it, an officer sees it in, looks and lets it go."""
        declared, seen = crossing(number)
        for drafts, certificate, token in ((declared, self.broker, None), (seen, None, self.officer)):
            context = ssl._create_unverified_context(ssl.PROTOCOL_TLS_CLIENT)
            if certificate:
                context.load_cert_chain(certificate / "keys/tls.crt.pem", certificate / "keys/tls.key.pem")
            connection = http.client.HTTPSConnection("127.0.0.1", node.port, context=context, timeout=60)
            connection.request("POST", "/v1/statements", json.dumps(drafts),
                               {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})})
            reply = connection.getresponse()
            self.assertIn(reply.status, (200, 201), reply.read())
            connection.close()

    def activate(self, node, path, report, *more, code=0):
        return puente("rules", "activate", node.dir, path, "--report", report, *more, code=code)

    def test_check_and_test_say_what_is_wrong_with_a_set(self):
        good = self.file("good.yaml", rule("a"))
        self.assertEqual(answer("rules", "check", good)["errors"], 0)
        self.assertEqual(answer("rules", "test", good)["passed"], 2)
        bad = self.file("bad.yaml", rule("never", when="seal.present && !seal.present", tests=""),
                        rule("a"), rule("b", effect="floor: joint"))
        found = {(f["rule"], f["what"]) for f in json.loads(puente("rules", "check", bad, "--json", code=1).stdout)["findings"]}
        self.assertIn(("never", "never-true"), found)
        self.assertIn(("a", "contradicts"), found)
        self.assertEqual(json.loads(puente("rules", "test", bad, "--json", code=1).stdout)["untested"], ["never"])
        wrong = self.file("wrong.yaml", rule("a", tests=SEALED.format("true", "true")))
        self.assertIn('failed   a: "with" is false, not true', puente("rules", "test", wrong, code=1).stdout)

    def test_a_node_without_signers_runs_and_says_that_its_rules_are_unsigned(self):
        node = self.node("us.cbp")
        shutil.copy(self.file("a.yaml", rule("a")), node.dir / "rules/rules.yaml")
        node.start()
        self.assertEqual(node.metric("puente_rules_unsigned"), 1)
        self.assertIn("UNSIGNED", node.said())
        token = answer("token", "add", node.dir, "--name", "a", "--role", "auditor")["token"]
        rules = json.loads(node.get("/v1/node", token)[1])["rules"]
        text = (node.dir / "rules/rules.yaml").read_bytes()
        self.assertEqual(rules, {"hash": hashlib.sha256(text).hexdigest(), "unsigned": True, "signed_by": []})
        self.assertNotIn("rules", json.loads(node.get("/healthz")[1]))

    def test_a_node_with_signers_refuses_an_unsigned_set_at_start_and_at_reload(self):
        node = self.signed_node().start()
        self.assertEqual(node.metric("puente_rules_unsigned"), 0)
        shutil.copy(self.file("a.yaml", rule("a")), node.dir / "rules/rules.yaml")
        node.process.send_signal(1)
        until("the set is refused", lambda: "two must" in node.said())
        self.assertEqual(node.get("/healthz")[0], 200)
        node.stop()
        self.assertIn("two must", puente("serve", node.dir, code=77).stderr)
        self.sign(node.dir / "rules/rules.yaml", "ana.torres")
        self.assertIn("1 of the rule_signers", puente("serve", node.dir, code=77).stderr)
        self.sign(node.dir / "rules/rules.yaml", "luis.vega")
        node.start()

    def test_one_person_is_not_two(self):
        node = self.signed_node()
        path = self.file("a.yaml", rule("a"))
        report = self.report(node, path)
        self.sign(path, "ana.torres", "ana.torres")
        self.assertEqual(len(path.with_suffix(".yaml.sig").read_text().splitlines()), 1)
        said = self.activate(node, path, report, "--little-history", code=77).stderr
        self.assertIn("only ana.torres", said)
        # Nor is the same line twice, or a second key of the same person.
        sig = path.with_suffix(".yaml.sig")
        sig.write_text(sig.read_text() * 2)
        self.activate(node, path, report, "--little-history", code=77)
        second, public = self.signer("ana.second")
        with (node.dir / "node.yaml").open("a", encoding="utf-8") as file:
            file.write(f"  - {{name: ana.torres, key: \"{public}\"}}\n")
        puente("rules", "sign", path, "--key", second)
        self.activate(node, path, report, "--little-history", code=77)
        stranger, _ = self.signer("stranger")
        puente("rules", "sign", path, "--key", stranger)
        self.activate(node, path, report, "--little-history", code=77)
        self.sign(path, "eva.roy")
        self.activate(node, path, report, "--little-history")

    def test_refuses_what_was_changed_after_signing(self):
        node = self.signed_node()
        path = self.file("a.yaml", rule("a"))
        self.sign(path, "ana.torres", "luis.vega")
        path.write_text(path.read_text() + "#\n")
        report = self.report(node, path)
        self.assertIn("none of the rule_signers", self.activate(node, path, report, "--little-history", code=77).stderr)

    def test_refuses_failing_cases_and_rules_without_any(self):
        node = self.signed_node()
        for name, tests, word in (("failing", SEALED.format("true", "true"), "own cases fail"), ("none", "", "no case of their own")):
            path = self.file(f"{name}.yaml", rule("a", tests=tests))
            self.sign(path, "ana.torres", "luis.vega")
            self.assertIn(word, self.activate(node, path, self.report(node, path), "--little-history", code=65).stderr)
        path = self.file("never.yaml", rule("a", when="seal.present && !seal.present",
                                            tests="{name: n, facts: {seal.present: true}, expect: false}"))
        self.sign(path, "ana.torres", "luis.vega")
        self.assertIn("never true", self.activate(node, path, self.report(node, path), "--little-history", code=65).stderr)

    def test_refuses_a_report_that_does_not_fit(self):
        node = self.signed_node()
        path, other = self.file("a.yaml", rule("a")), self.file("b.yaml", rule("b"))
        self.sign(path, "ana.torres", "luis.vega")
        report = self.report(node, path)
        self.assertIn("--little-history", self.activate(node, path, report, code=65).stderr)
        self.assertIn("another set", self.activate(node, path, self.report(node, other), "--little-history", code=65).stderr)
        said = json.loads(report.read_text())
        for change, word, code in (({"made": "2020-01-01T00:00:00Z"}, "over 30 days ago", 77),
                                   ({"party": "mx.anam"}, "node of mx.anam", 65),
                                   ({"against": "00" * 32}, "no longer in force", 65),
                                   ({"result": {**said["result"], "cases": 5}}, "other figures", 77),
                                   ({"history": {**said["history"], "next": 999}}, "does not have", 65),
                                   ({"report": "poem"}, "no report", 65)):
            false = self.base / "false.json"
            false.write_text(json.dumps({**said, **change}))
            self.assertIn(word, self.activate(node, path, false, "--little-history", code=code).stderr)
        self.assertIn("--report", puente("rules", "activate", node.dir, path, code=64).stderr)
        self.activate(node, path, report, "--little-history")
        self.assertIn("in force already", self.activate(node, path, report, "--little-history", code=65).stderr)

    def test_the_whole_life_of_a_set(self):
        node = self.signed_node().start()
        hashes = [answer("rules", "list", node.dir)["hash"]]
        self.broker = self.node("mx.broker").dir
        answer("link", "add", node.dir, self.broker / "public.yaml", "--may", "crossing")
        self.officer = answer("token", "add", node.dir, "--name", "o", "--role", "officer")["token"]
        for number in range(8):
            self.cross(node, number)
        path = self.file("new.yaml", rule("no-seal"), rule("quiet", when="!documents.filed", state="shadow", effect="floor: joint",
                         tests="{name: y, facts: {documents.filed: false}, expect: true}, {name: n, facts: {documents.filed: true}, expect: false}"))
        proposed = answer("rules", "propose", node.dir, path)
        self.assertEqual(proposed["hash"], hashlib.sha256(path.read_bytes()).hexdigest())
        report = self.report(node, path)
        said = json.loads(report.read_text())
        result = said["result"]
        self.assertEqual((said["candidate"], said["against"]), (proposed["hash"], hashes[0]))
        self.assertEqual((result["cases"], result["outcomes"]["contraband"], result["as_recorded"]), (8, 4, 8))
        self.assertEqual(result["lanes"], [{"from": "document", "to": "scan", "crossings": 8, "found": 4}])
        by_rule = {r["rule"]: r for r in result["rules"]}
        self.assertEqual((by_rule["no-seal"]["hits"], by_rule["no-seal"]["outcomes"]["contraband"]), (8, 4))
        self.assertAlmostEqual(by_rule["no-seal"]["found"]["share"], 0.5)
        self.assertIn("Too little history", path.with_suffix(".html").read_text())
        self.sign(path, "ana.torres", "luis.vega")
        done = answer("rules", "activate", node.dir, path, "--report", report, "--little-history")
        self.assertEqual((done["running"], done["signed_by"], done["previous"]), (True, ["ana.torres", "luis.vega"], hashes[0]))
        hashes.append(done["hash"])
        self.assertEqual((node.dir / "rules/rules.yaml").read_bytes(), path.read_bytes())
        self.assertTrue((node.dir / "rules/past" / f"{hashes[0]}.yaml").exists())
        token = answer("token", "add", node.dir, "--name", "a", "--role", "auditor")["token"]
        stated = json.loads(node.get("/v1/statements?limit=500&kind=rules.activated", token)[1])["statements"]
        self.assertEqual([s["members"]["rules"]["hash"] for s in stated], hashes)
        members = stated[1]["members"]
        self.assertEqual(members["rules"]["text"], path.read_text())
        self.assertEqual((members["previous"], members["tests"], stated[1]["label"]), (hashes[0], {"passed": 4, "failed": 0}, "red"))
        self.assertEqual(members["report"], hashlib.sha256(report.read_bytes()).hexdigest())
        self.assertEqual(len(members["signatures"].splitlines()), 2)
        self.cross(node, 100)
        listed = answer("rules", "list", node.dir)
        self.assertEqual([h["hash"] for h in listed["history"]], hashes[::-1])
        self.assertEqual(listed["history"][0]["signed_by"], ["ana.torres", "luis.vega"])
        self.assertEqual(len(listed["shadow"]), 1)
        self.assertEqual(listed["shadow"][0]["crossings"], 1)
        self.assertIn("--reason", puente("rules", "rollback", node.dir, code=64).stderr)
        back = answer("rules", "rollback", node.dir, "--reason", "too many scans")
        self.assertEqual(back["hash"], hashes[0])
        self.assertEqual(answer("rules", "show", node.dir)["hash"], hashes[0])
        self.assertEqual(answer("rules", "list", node.dir)["history"][0]["reason"], "too many scans")
        again = answer("rules", "rollback", node.dir, "--to", hashes[1][:12], "--reason", "a slip")
        self.assertEqual((again["hash"], again["signed_by"]), (hashes[1], ["ana.torres", "luis.vega"]))
        past = node.dir / "rules/past" / f"{hashes[0]}.yaml"
        past.write_text(past.read_text() + "# changed\n")
        self.assertIn("was changed", puente("rules", "rollback", node.dir, "--reason", "x", code=77).stderr)
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(answer("rules", "show", node.dir)["hash"], hashes[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
