# SPDX-License-Identifier: Apache-2.0
# A node's doors for one test class, and a client of python3's own HTTP and TLS.
import http.client
import json
import os
import socket
import ssl
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
RULES = os.path.join(ROOT, "examples/corridor/rules/corridor.yaml")
TRIGGERS = os.path.join(ROOT, "examples/corridor/triggers/us.cbp.yaml")
PROBLEM = "application/problem+json"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class DoorsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.start()

    @classmethod
    def start(cls):
        command = [os.environ["SERVE_NODE"], cls.temporary.name, RULES, TRIGGERS, ""]
        cls.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = cls.process.stdout.readline()
        assert line, "the doors did not open"
        cls.there = json.loads(line)
        cls.tokens = cls.there["tokens"]

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        status = cls.process.wait(timeout=30)
        cls.process.stdout.close()
        cls.temporary.cleanup()
        assert status == 0, "the doors closed with status %d" % status

    @classmethod
    def tls(cls, party=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cls.there["certificates"]["us.cbp"])
        if party:
            certificate = cls.there["certificates"][party]
            context.load_cert_chain(certificate, certificate.replace(".crt", ".key"))
        return context

    @classmethod
    def connect(cls, party=None):
        return http.client.HTTPSConnection("127.0.0.1", cls.there["https"], context=cls.tls(party), timeout=20)

    @classmethod
    def call(cls, method, path, body=None, token=None, party=None, headers=None):
        connection = cls.connect(party)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = "Bearer " + cls.tokens.get(token, token)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    # Bytes as they stand, and all that comes back until the node closes.
    @classmethod
    def raw(cls, data, party=None, timeout=15):
        with socket.create_connection(("127.0.0.1", cls.there["https"]), timeout=timeout) as plain:
            with cls.tls(party).wrap_socket(plain, server_hostname="localhost") as s:
                s.sendall(data)
                out = b""
                try:
                    while chunk := s.recv(65536):
                        out += chunk
                except (ssl.SSLError, ConnectionError, TimeoutError):
                    pass
                return out

    def problem(self, answer, status, name=None):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], PROBLEM)
        problem = answer.json
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["type"].startswith("/problems/"), problem)
        self.assertTrue(problem["title"])
        if name:
            self.assertEqual(problem["type"], "/problems/" + name, problem)
        return problem

    def metric(self, name):
        text = self.call("GET", "/metrics").body.decode()
        for line in text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        self.fail("there is no metric " + name)


CROSSING = {
    "kind": "crossing",
    "label": "amber",
    "re": [{"noun": "crossing", "ids": [{"scheme": "us.ace.trip", "value": "TGZA20260310001"}]}],
    "members": {"crossing": {"port": "2304", "direction": "northbound", "eta": "2026-03-10T19:00:00Z", "trip": "TGZA20260310001"}},
}
