#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as a person uses it: nodes made, served, fed, checked, joined. Needs nothing but Python."""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PUENTE = os.environ["PUENTE"]
ROOT = Path(os.environ["PUENTE_ROOT"])
GOOD = ROOT / "tests/data/carta_porte/good/cfdi.xml"
BAD = ROOT / "tests/data/carta_porte/bad/arrival.xml"
PAGES = ROOT / "docs/man"
WAIT_S = 60  # a link may be waiting in a long poll of 20 s when something ends


def puente(*args, code=0, text=True):
    """Runs a command; its exit code must be `code`."""
    done = subprocess.run([PUENTE, *map(str, args)], capture_output=True, text=text, timeout=120)
    assert done.returncode == code, f"puente {args}: exit {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done


def answer(*args):
    return json.loads(puente(*args, "--json").stdout)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, check):
    """Waits until check() gives something true."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        got = check()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError(f"not within {WAIT_S} s: {what}")


class Node:
    """A folder, and the process that serves it."""

    def __init__(self, base, party):
        self.party, self.dir, self.port, self.process = party, Path(base) / party, free_port(), None
        puente("init", self.dir, "--party", party, "--https", self.port)

    def start(self):
        self.log = open(self.dir.parent / f"{self.party}.log", "ab")
        self.process = subprocess.Popen([PUENTE, "serve", self.dir], stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert "serves" in line, f"the node did not start: {self.said()}"
        return self

    def stop(self, how=signal.SIGTERM):
        if not self.process:
            return None
        self.process.send_signal(how)
        code = self.process.wait(timeout=WAIT_S)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return code

    def said(self):
        return (self.dir.parent / f"{self.party}.log").read_text()

    def key(self, name):
        return re.search(rf"^{name}: (\S+)$", (self.dir / "public.yaml").read_text(), re.M).group(1)

    def get(self, path, token=None):
        context = ssl._create_unverified_context(ssl.PROTOCOL_TLS_CLIENT)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=WAIT_S)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return reply.status, body

    def post(self, path, body):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=ssl._create_unverified_context(), timeout=WAIT_S)
        connection.request("POST", path, body.encode())
        reply = connection.getresponse()
        got = reply.status, reply.headers["Content-Type"], reply.read()
        connection.close()
        return got

    def status(self):
        return answer("link", "status", self.dir)

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics")[1].decode(), re.M).group(1))


class Case(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="puente-cli-")
        self.nodes = []

    def tearDown(self):
        ended = {node.party: (node.stop() or 0, node.said()) for node in self.nodes if node.process}
        shutil.rmtree(self.base)
        for party, (code, said) in ended.items():
            self.assertEqual(code, 0, f"{party} ended badly:\n{said}")

    def node(self, party):
        self.nodes.append(Node(self.base, party))
        return self.nodes[-1]


class Alone(Case):
    def test_init_makes_a_node_that_runs_and_never_overwrites(self):
        node = self.node("mx.anam")
        before = {p: p.read_bytes() for p in node.dir.rglob("*") if p.is_file()}
        said = puente("init", node.dir, "--party", "mx.anam", code=65)
        self.assertIn("not empty", said.stderr)
        self.assertEqual(before, {p: p.read_bytes() for p in node.dir.rglob("*") if p.is_file()})
        for name in ("party.key", "log.key", "witness.key", "agreement.key", "tls.key.pem"):
            self.assertEqual((node.dir / "keys" / name).stat().st_mode & 0o777, 0o600, name)
        puente("init", Path(self.base) / "x", "--party", "Bad Party", code=64)
        puente("init", Path(self.base) / "x", code=64)
        node.start()
        status, body = node.get("/healthz")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))
        self.assertEqual((node.dir / "node.sock").stat().st_mode & 0o777, 0o600)
        self.assertIn("another process", puente("serve", node.dir, code=65).stderr)
        self.assertEqual(node.stop(), 0)
        self.assertFalse((node.dir / "node.sock").exists())

    def test_a_secret_that_others_may_read_keeps_the_node_from_starting(self):
        node = self.node("mx.anam")
        (node.dir / "keys/log.key").chmod(0o640)
        self.assertIn("chmod 600", puente("serve", node.dir, code=77).stderr)

    def test_imports_into_a_running_node_and_into_one_that_does_not_run(self):
        node = self.node("mx.anam")
        first = answer("import", node.dir, GOOD)
        self.assertEqual(first[0]["kinds"], {"document": 1})
        node.start()
        second = answer("import", node.dir, GOOD)
        self.assertNotEqual(first[0]["statements"], second[0]["statements"])
        reason = (ROOT / "tests/data/carta_porte/bad/arrival.xml.reason").read_text().strip()
        refused = puente("import", node.dir, BAD, code=65).stderr
        self.assertIn("FechaHoraSalidaLlegada", refused)
        self.assertTrue(reason)
        mixed = puente("import", node.dir, BAD, GOOD, "--keep-going", "--json", code=65)
        listed = json.loads(mixed.stdout)
        self.assertIn("refused", listed[0])
        self.assertEqual(listed[1]["count"], 1)
        puente("import", node.dir, Path(self.base) / "nothing.xml", code=66)
        unknown = Path(self.base) / "unknown.bin"
        unknown.write_bytes(b"\x00\x01\x02 nobody knows this")
        puente("import", node.dir, unknown, code=65)
        puente("fsck", node.dir)

    def test_decisions_are_told_and_come_out_the_same_again(self):
        node = self.node("us.cbp")
        shutil.copy(ROOT / "examples/corridor/rules/corridor.yaml", node.dir / "rules/rules.yaml")
        for name in ("empty", "loaded"):
            puente("import", node.dir, ROOT / f"tests/data/emanifest/good/{name}.json")
        node.start()  # which states the rules by which it decides
        replayed = answer("decision", "replay", node.dir, "--all")
        self.assertGreaterEqual(replayed["decisions"], 2)
        self.assertEqual((replayed["identical"], replayed["other_build"]), (replayed["decisions"], 0))
        name = replayed["list"][0]["name"]
        one = answer("decision", "replay", node.dir, name)
        self.assertEqual((one["result"], one["missing"]), ("identical", 0))
        english = puente("decision", "show", node.dir, name).stdout
        self.assertIn("The truck goes", english)
        self.assertIn("The facts come from: us.cbp:", english)
        self.assertIn("El camión va", puente("decision", "show", node.dir, name, "--lang", "es").stdout)
        self.assertEqual(answer("decision", "show", node.dir, one["crossing"], "--lang", "fr")["lang"], "fr")
        puente("decision", "show", node.dir, name, "--lang", "de", code=64)
        puente("decision", "show", node.dir, "us.cbp:1", code=66)
        puente("decision", "replay", node.dir, code=64)
        puente("decision", "replay", node.dir, "us.cbp:4711", code=66)
        # A rule set whose text was erased: said of one, and of all.
        token = answer("token", "add", node.dir, "--name", "eva", "--role", "auditor")["token"]
        rules = json.loads(node.get("/v1/statements?kind=rules.activated", token)[1])["statements"]
        self.assertEqual(len(rules), 1)
        puente("erase", node.dir, rules[0]["name"], "rules")
        self.assertIn("rule set", puente("decision", "replay", node.dir, name, code=66).stderr)
        self.assertEqual(json.loads(puente("decision", "replay", node.dir, "--all", "--json", code=1).stdout)["no-text"],
                         replayed["decisions"])

    def test_a_draw_is_verified_where_there_was_one(self):
        node = self.node("us.cbp")
        puente("import", node.dir, ROOT / "tests/data/emanifest/good/loaded.json")
        early = json.loads(puente("decision", "replay", node.dir, "--all", "--json", code=1).stdout)
        self.assertEqual(early["no-text"], 1)  # no node has started yet and stated its rules
        node.start()
        name = answer("decision", "replay", node.dir, "--all")["list"][0]["name"]
        drawn = json.loads(puente("draw", "verify", node.dir, name, "--json", code=1).stdout)
        self.assertEqual((drawn["decisions"], drawn["no-choice"], drawn["holds"]), (1, 1, 0))
        puente("draw", "verify", node.dir, "--all", "--day", "2026-03-01", "--port", "2304", code=66)
        puente("draw", "verify", node.dir, "--all", code=64)
        puente("draw", "verify", node.dir, "--all", "--day", "today", "--port", "2304", code=64)

    def test_a_receipt_verifies_and_one_flipped_bit_fails_it(self):
        node = self.node("mx.anam").start()
        name = answer("import", node.dir, GOOD)[0]["statements"][0]
        receipt = Path(self.base) / "r.tlog-proof"
        puente("receipt", node.dir, name, "-o", receipt)
        log = node.key("log_key")
        told = answer("verify", receipt, "--log", log)
        self.assertEqual((told["name"], told["kind"], told["withheld"]), (name, "document", 0))
        self.assertIn("holds", puente("verify", receipt, "--log", log).stdout)
        self.assertEqual(puente("receipt", node.dir, name).stdout, receipt.read_text())
        whole = receipt.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            broken = bytearray(whole)
            broken[at] ^= 1 << (at % 8)
            receipt.write_bytes(bytes(broken))
            done = subprocess.run([PUENTE, "verify", receipt, "--log", log], capture_output=True)
            self.assertIn(done.returncode, (65, 77), f"byte {at}")
        receipt.write_bytes(whole)
        other = self.node("us.cbp")
        puente("verify", receipt, "--log", other.key("log_key"), code=77)
        puente("verify", receipt, "--log", log, "--witness", other.key("witness_key"), code=77)
        puente("verify", receipt, "--log", other.key("witness_key"), code=64)
        puente("verify", receipt, code=64)
        puente("receipt", node.dir, "mx.anam:99999", code=66)
        puente("receipt", node.dir, "us.cbp:1", code=66)

    def test_fsck_names_what_disagrees(self):
        node = self.node("mx.anam")
        answer("import", node.dir, GOOD)
        self.assertTrue(answer("fsck", node.dir)["views"])
        self.assertFalse(answer("fsck", node.dir, "--no-views")["views"])
        with sqlite3.connect(node.dir / "store.db") as store:
            pos, header = store.execute("SELECT pos, header FROM statement ORDER BY pos DESC LIMIT 1").fetchone()
            store.execute("UPDATE statement SET header = ? WHERE pos = ?", (header.replace(b"amber", b"green"), pos))
        store.close()
        failed = puente("fsck", node.dir, code=65)
        self.assertIn("tile 0/0", failed.stderr)

    def test_erasing_leaves_log_receipt_and_fsck_intact(self):
        node = self.node("mx.anam").start()
        name = answer("import", node.dir, GOOD)[0]["statements"][0]
        receipt = Path(self.base) / "r.tlog-proof"
        puente("receipt", node.dir, name, "-o", receipt)
        erased = answer("erase", node.dir, name, "goods")
        self.assertEqual(erased["erased"], ["goods"])
        puente("erase", node.dir, name, "goods", code=66)
        puente("fsck", node.dir)
        log = node.key("log_key")
        self.assertIn("goods", answer("verify", receipt, "--log", log)["members"])
        puente("receipt", node.dir, name, "-o", receipt)
        told = answer("verify", receipt, "--log", log)
        self.assertNotIn("goods", told["members"])
        self.assertEqual(told["withheld"], 1)

    def test_a_token_lets_in_until_it_is_revoked(self):
        node = self.node("mx.anam").start()
        self.assertEqual(node.get("/v1/crossings")[0], 401)
        token = answer("token", "add", node.dir, "--name", "luz", "--role", "analyst", "--days", "9")["token"]
        self.assertEqual(node.get("/v1/crossings", token)[0], 200)
        listed = answer("token", "list", node.dir)
        self.assertEqual([(t["name"], t["role"]) for t in listed], [("luz", "analyst")])
        self.assertNotIn(token, puente("token", "list", node.dir).stdout)
        with sqlite3.connect(node.dir / "store.db") as store:
            self.assertNotIn(token, "".join(store.iterdump()))
        store.close()
        puente("token", "revoke", node.dir, "luz")
        self.assertEqual(node.get("/v1/crossings", token)[0], 401)
        puente("token", "revoke", node.dir, "luz", code=66)
        puente("token", "add", node.dir, "--name", "luz", "--role", "king", code=64)

    def test_a_director_with_a_log_and_no_node_gets_the_report(self):
        port, html, csv = ROOT / "examples/port", Path(self.base) / "report.html", Path(self.base) / "report.csv"
        files = ["--log", port / "scanner-log.csv", "--mapping", port / "scanner-log.yaml"]
        report = answer("equipment", "report", *files, "--equipment", port / "equipment.yaml", "--html", html, "--csv", csv)
        self.assertEqual(report["all"]["systems"], 5)
        self.assertEqual(report["source"]["refused"], 2)
        self.assertEqual(report["all"]["longest_outage_of"], "2304/P2")
        self.assertIn("</html>", html.read_text())
        rows = csv.read_text().splitlines()
        self.assertEqual(len([row for row in rows if row.startswith("equipment,")]), 5)
        # Nothing but the log: no rated speed, no contract, but availability all the same.
        bare = answer("equipment", "report", *files)
        self.assertEqual([m["ao"] for m in bare["equipment"]], [m["ao"] for m in report["equipment"]])
        self.assertNotIn("contract", bare["equipment"][0])
        puente("equipment", "report", code=64)
        puente("equipment", "report", "--log", port / "scanner-log.csv", code=64)
        puente("equipment", "report", *files, "--lang", "de", code=64)
        puente("equipment", "report", *files, "--from", "2026-02-01", "--to", "2026-01-01", code=64)
        puente("equipment", "report", *files, "--port", "9999", code=66)

    def test_a_scanner_log_goes_in_by_every_door_and_counts_once(self):
        node, port = self.node("us.cbp"), ROOT / "examples/port"
        (node.dir / "scanner-logs").mkdir()
        shutil.copy(port / "scanner-log.yaml", node.dir / "scanner-logs")
        puente("import", node.dir, port / "equipment.yaml", port / "scanner-log.csv")
        alone = answer("equipment", "report", "--log", port / "scanner-log.csv", "--mapping", port / "scanner-log.yaml",
                       "--equipment", port / "equipment.yaml")
        held = answer("equipment", "report", node.dir, "--port", "2304")
        self.assertEqual(held["equipment"], alone["equipment"])
        self.assertEqual(held["all"], alone["all"])
        puente("equipment", "report", node.dir, "--port", "9999", code=66)
        node.start()
        token = answer("token", "add", node.dir, "--name", "ana", "--role", "auditor")["token"]
        # Again, one row longer, by the watched folder.
        log = (port / "scanner-log.csv").read_text() + "P1;02/28/2026 22:00;02/28/2026 23:00;SHIFT;;;;10;1;;\r\n"
        (node.dir / "inbox/in/log.csv").write_text(log, newline="")
        until("the log is taken", lambda: (node.dir / "inbox/done/log.csv").exists())
        status, body = node.get("/v1/equipment/report?port=2304", token)
        self.assertEqual(status, 200)
        longer = json.loads(body)
        self.assertEqual(longer["all"]["scans"], alone["all"]["scans"] + 10)
        self.assertEqual(longer["to"], "2026-03-01T05:00:00.000Z")
        self.assertEqual(len(longer["equipment"][1]["interruptions"]), len(alone["equipment"][1]["interruptions"]))
        status, body = node.get("/v1/equipment/report?port=2304&format=html&lang=fr&zone=America/Chicago", token)
        self.assertIn(b'<html lang="fr">', body)
        status, body = node.get("/v1/equipment/report?format=csv", token)
        self.assertTrue(body.startswith(b"row,equipment,"))
        status, body = node.get("/v1/equipment?type=scanner", token)
        machines = json.loads(body)
        self.assertEqual(machines["all"], 5)
        # The log ended long ago: nothing is known of now, and nothing is up.
        self.assertEqual(machines["up"], 0)
        self.assertEqual({m["state"] for m in machines["equipment"]}, {"unknown"})
        for query in ("format=pdf", "lang=de", "zone=Mars", "from=soon"):
            self.assertEqual(node.get("/v1/equipment/report?" + query, token)[0], 400)
        self.assertEqual(node.get("/v1/equipment/report?port=9999", token)[0], 404)
        self.assertEqual(node.get("/v1/equipment")[0], 401)
        (node.dir / "inbox/in/other.csv").write_text("a,b,c\n1,2,3\n")
        until("the other is refused", lambda: (node.dir / "inbox/failed/other.csv.reason").exists())
        self.assertIn("no mapping of scanner-logs/ fits these columns: a, b, c",
                      (node.dir / "inbox/failed/other.csv.reason").read_text())
        self.assertEqual(node.stop(), 0)
        puente("fsck", node.dir)

    def test_a_roster_signed_here_is_taken_by_a_node_that_knows_the_key(self):
        node = self.node("mx.anam")
        key, plain, signed = (Path(self.base) / n for n in ("sat.key", "oea.csv", "oea-signed.csv"))
        vkey = answer("keys", "new", "mx.sat", key)["vkey"]
        puente("keys", "new", "mx.sat", key, code=65)
        today = time.strftime("%Y-%m-%d", time.gmtime())
        plain.write_text(
            f"# issuer: mx.sat\n# programme: OEA\n# date: {today}\n# valid-days: 30\n"
            "role,scheme,value,programme,programme_id,name,from,to,status\n"
            'carrier,mx.caat,3TGZ,OEA,OEA/0123/2024,"Transportes Garza, S.A.",2025-06-01,2099-05-31,valid\n'
        )
        puente("roster", "sign", plain, "--key", key, "-o", signed)
        puente("import", node.dir, signed, code=77)
        config = node.dir / "node.yaml"
        config.write_text(config.read_text().replace("roster_keys: []", f'roster_keys: ["{vkey}"]'))
        kinds = answer("import", node.dir, signed)[0]["kinds"]
        self.assertEqual(kinds, {"roster": 1, "credential": 1})

    def test_a_broken_file_is_named_with_line_and_column_and_a_running_node_keeps_the_old(self):
        node = self.node("mx.anam").start()
        rules = node.dir / "rules/rules.yaml"
        old = rules.read_text()
        rules.write_text("base: document\nruels: []\n")
        node.process.send_signal(signal.SIGHUP)
        until("the refusal is logged", lambda: "not reloaded" in node.said())
        self.assertRegex(node.said(), r"rules/rules\.yaml: .*line 2")
        self.assertEqual(node.get("/healthz")[0], 200)
        rules.write_text(old + "# changed\n")
        node.process.send_signal(signal.SIGHUP)
        until("the reload is logged", lambda: "configuration reloaded" in node.said())
        rules.write_text("base: document\nruels: []\n")
        node.stop()
        self.assertIn("line 2", puente("serve", node.dir, code=65).stderr)
        rules.write_text(old)
        config = node.dir / "node.yaml"
        config.write_text(config.read_text() + "foldr: x\n")
        self.assertRegex(puente("serve", node.dir, code=65).stderr, r"node\.yaml: .*line \d+.*folder")


class Joined(Case):
    clock = False  # a rehearsal whose agreement ends soon after the start

    def join(self):
        """Two nodes that know each other, and an agreement both ways of which only one is in force yet."""
        a, b = self.node("mx.anam"), self.node("us.cbp")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for node in (a, b) if self.clock else ():
            with open(node.dir / "node.yaml", "a") as config:
                config.write(f"clock: {{start: '2030-12-31T23:59:45Z', reference: '{now}', rate: 1}}\n")
        a.start(), b.start()
        puente("link", "add", a.dir, b.dir / "public.yaml")
        puente("link", "add", b.dir, a.dir / "public.yaml")
        agreement = Path(self.base) / "mx.anam-us.cbp.yaml"
        shutil.copy(ROOT / "examples/corridor/agreements/mx.anam-us.cbp.yaml", agreement)
        return a, b, agreement

    def flow(self):
        a, b, agreement = self.join()
        puente("agreement", "sign", a.dir, agreement)
        puente("agreement", "sign", b.dir, agreement)
        puente("agreement", "activate", a.dir, agreement)
        puente("agreement", "activate", b.dir, agreement)
        answer("import", a.dir, GOOD)

        def link():
            links = b.status()["links"]
            return links and links[0]["state"] == "running" and links[0]["statements"] > 0 and links[0]

        until("statements flow", link)
        until("the partner is a witness", lambda: a.status()["witnesses"])
        return a, b, agreement

    def test_an_agreement_is_in_force_once_both_have_signed_and_not_before(self):
        a, b, agreement = self.join()
        self.assertEqual(answer("agreement", "check", agreement)["id"], "mx.anam-us.cbp")
        puente("agreement", "activate", a.dir, agreement, code=77)
        self.assertTrue(answer("agreement", "sign", a.dir, agreement)["signed"])
        self.assertFalse(answer("agreement", "sign", a.dir, agreement)["signed"])
        self.assertIn("us.cbp", puente("agreement", "verify", a.dir, agreement, code=77).stderr)
        stranger = self.node("ca.cbsa")
        puente("agreement", "sign", stranger.dir, agreement, code=77)
        puente("agreement", "sign", b.dir, agreement)
        puente("agreement", "verify", a.dir, agreement)
        whole = agreement.read_text()
        agreement.write_text(whole.replace("label_max: amber", "label_max: clear"))
        puente("agreement", "verify", a.dir, agreement, code=77)
        agreement.write_text(whole)
        self.assertTrue(answer("agreement", "activate", a.dir, agreement)["running"])
        self.assertEqual([g["id"] for g in answer("agreement", "list", a.dir)], ["mx.anam-us.cbp"])
        self.assertEqual(answer("agreement", "show", a.dir, "mx.anam-us.cbp")["to"], "us.cbp")
        puente("link", "remove", a.dir, "us.cbp", code=65)
        token = answer("token", "add", a.dir, "--name", "eva", "--role", "auditor")["token"]
        stated = json.loads(a.get("/v1/statements?kind=agreement", token)[1])["statements"]
        self.assertEqual(len(stated), 1)
        a.stop()
        a.start()
        stated = json.loads(a.get("/v1/statements?kind=agreement", token)[1])["statements"]
        self.assertEqual(len(stated), 1, "stated once for each version")

    def test_statements_flow_are_countersigned_and_stop_when_revoked(self):
        a, b, _ = self.flow()
        name = answer("import", a.dir, GOOD)[0]["statements"][0]
        index = int(name.split(":")[1])
        until("it is countersigned", lambda: a.status()["witnesses"][0]["size"] > index)
        receipt = Path(self.base) / "r.tlog-proof"
        puente("receipt", a.dir, name, "-o", receipt)
        told = answer("verify", receipt, "--log", a.key("log_key"), "--witness", b.key("witness_key"))
        self.assertEqual([w["name"] for w in told["witnesses"]], ["us.cbp"])
        puente("verify", receipt, "--log", a.key("log_key"), code=77)
        puente("fsck", a.dir)
        puente("fsck", b.dir)
        puente("agreement", "revoke", a.dir, "mx.anam-us.cbp")
        until("the link is revoked", lambda: a.status()["links"][0]["state"] == "revoked")
        held = until("the other side hears of it",
                     lambda: b.status()["links"][0]["state"] == "revoked" and b.status()["links"][0]["statements"])
        answer("import", a.dir, GOOD)
        time.sleep(1)
        self.assertEqual(b.status()["links"][0]["statements"], held)

    def test_a_node_restored_from_an_old_backup_does_not_start_and_a_fork_stops_the_link(self):
        a, b, _ = self.flow()
        a.stop()
        shutil.copy(a.dir / "store.db", Path(self.base) / "backup.db")
        a.start()
        size = a.status()["size"]
        answer("import", a.dir, GOOD)
        until("it is countersigned", lambda: [w for w in a.status()["witnesses"] if w["size"] > size])
        a.stop()
        shutil.copy(Path(self.base) / "backup.db", a.dir / "store.db")
        self.assertIn("countersigned", puente("serve", a.dir, code=65).stderr)
        b.stop()
        a.start()  # nobody can be asked: a node must start with its uplink cut
        # It has told two stories now. The partner that heard the first sounds the alarm and takes nothing more.
        while a.status()["size"] <= size + 20:
            answer("import", a.dir, ROOT / "tests/data/emanifest/document.json")
        b.start()
        link = until("the fork is seen", lambda: b.status()["links"][0]["state"] == "fork" and b.status()["links"][0])
        self.assertIn("forked", link["detail"])
        self.assertEqual(b.metric('puente_links{state="fork"}'), 1)
        token = answer("token", "add", b.dir, "--name", "eva", "--role", "auditor")["token"]
        self.assertTrue(json.loads(b.get("/v1/node", token)[1])["alarms"])
        forks = json.loads(b.get("/v1/statements?kind=link.fork", token)[1])["statements"]
        self.assertEqual([set(f["members"]) for f in forks], [{"origin", "held", "offered"}])
        answer("import", a.dir, GOOD)
        time.sleep(1)
        self.assertEqual(b.status()["links"][0]["statements"], link["statements"])
        puente("fsck", b.dir)
        self.assertEqual(answer("import", b.dir, GOOD)[0]["count"], 1)

    def test_the_flow_stops_when_its_legal_basis_ends_and_both_sides_say_so(self):
        self.clock = True
        a, b, _ = self.flow()
        link = until("the last day is over", lambda: b.status()["links"][0]["state"] == "expired" and b.status()["links"][0])
        self.assertIn("2030-12-31", link["detail"])
        self.assertEqual(b.metric('puente_links{state="expired"}'), 1)
        self.assertEqual([link["state"] for link in a.status()["links"]], ["expired"])
        answer("import", a.dir, GOOD)
        time.sleep(1)
        self.assertEqual(b.status()["links"][0]["statements"], link["statements"])
        for node in (a, b):
            puente("fsck", node.dir)

    def test_add_checkpoint_answers_as_the_specification_says(self):
        a, b, _ = self.join()
        for _ in range(3):
            answer("import", a.dir, GOOD)
        token = answer("token", "add", a.dir, "--name", "eva", "--role", "auditor")["token"]
        first = a.get("/checkpoint", token)[1].decode()
        empty = base64.b64encode(b"\0" * 32).decode()
        size = int(first.split("\n")[1])
        broken = re.sub(r"(\u2014 \S+ \S{20})(\S)", lambda m: m[1] + ("B" if m[2] == "A" else "A"), first)
        tree = b.post("/add-checkpoint", f"old 0\n\n{first}")
        self.assertEqual(tree[0], 200, tree)
        self.assertRegex(tree[2].decode(), r"^\u2014 us\.cbp \S+\n$")
        conflict = b.post("/add-checkpoint", f"old 0\n\n{first}")
        self.assertEqual((conflict[0], conflict[1], conflict[2]), (409, "text/x.tlog.size", f"{size}\n".encode()))
        answer("import", a.dir, GOOD)
        second = a.get("/checkpoint", token)[1].decode()
        other = second.replace("mx.anam", "mx.nobody")
        for status, body in ((400, "nonsense"), (400, f"old {10**6}\n\n{second}"), (404, f"old 0\n\n{other}"),
                             (403, f"old 0\n\n{broken}"), (422, f"old {size}\n{empty}\n\n{second}"), (422, f"old {size}\n\n{second}"),
                             (200, f"old {size}\n\n{first}")):
            self.assertEqual(b.post("/add-checkpoint", body)[0], status, body)

    def test_clients_come_in_and_go(self):
        a = self.node("mx.anam").start()
        other = self.node("mx.filer")
        client = Path(self.base) / "client.yaml"
        client.write_text(f"party: mx.filer\ncertificate: {other.dir}/keys/tls.crt.pem\n")
        puente("link", "add", a.dir, client)
        puente("link", "add", a.dir, client, code=65)
        puente("link", "add", a.dir, client, "--replace")
        self.assertEqual([(p["party"], p["node"]) for p in answer("link", "list", a.dir)], [("mx.filer", False)])
        client.write_text(f"party: mx.other\ncertificate: {other.dir}/keys/tls.crt.pem\n")
        self.assertIn("mx.filer", puente("link", "add", a.dir, client, code=65).stderr)
        puente("link", "add", a.dir, a.dir / "public.yaml", code=65)
        puente("link", "remove", a.dir, "mx.filer")
        puente("link", "remove", a.dir, "mx.filer", code=66)
        self.assertEqual(answer("link", "list", a.dir), [])


class Help(unittest.TestCase):
    def commands(self):
        lines = re.findall(r"^  (\S+(?: \S+)?)  +\S.*$", puente("help").stdout, re.M)
        self.assertGreater(len(lines), 20)
        return [line for line in lines if line != "version"]

    def test_every_command_has_help_and_a_manual_page_that_agree_on_options(self):
        by_page = {}
        for command in self.commands():
            said = puente(*command.split(), "--help").stdout
            self.assertIn(f"usage: puente {command} ", said)
            self.assertIn("exit codes", said)
            page = PAGES / f"puente-{command.split()[0]}.1"
            manual = page.read_text().replace("\\-", "-")
            self.assertIn(f"puente {command}\n", manual, "the synopsis")
            options = set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", said, re.M))
            self.assertIn("json", options)
            by_page.setdefault(page, set()).update(options)
        for page, options in by_page.items():
            section = page.read_text().split(".SH OPTIONS")[1].split("\n.SH ")[0].replace("\\-", "-")
            documented = set(re.findall(r"^\.BR? .*--([a-z-]+)", section, re.M))
            self.assertEqual(documented, options, page.name)

    def test_wrong_use_is_told_with_exit_64(self):
        for args in ([], ["nothing"], ["init"], ["verify"], ["serve", "a", "b"], ["fsck", "--wrong", "x"], ["token"],
                     ["receipt", "a", "b", "-o"]):
            done = subprocess.run([PUENTE, *args], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0 if args in ([], ["token"]) else 64, args)
            self.assertTrue(done.stdout or done.stderr)
        self.assertEqual(puente("version").stdout.split()[0], "puente")
        self.assertEqual(json.loads(puente("fsck", "/nonexistent", "--json", code=66).stdout)["error"]["err"], "not-found")


if __name__ == "__main__":
    unittest.main(verbosity=2)
