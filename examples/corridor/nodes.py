# SPDX-License-Identifier: Apache-2.0
"""The nodes of the corridor: their folders, processes and interfaces, and whoever calls them."""
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import yaml

from inputs import run

HERE = Path(__file__).resolve().parent
START_S, STOP_S, CALL_S, IDLE_S, BUSY_TRIES, PAGE = 20, 15, 20, 10, 20, 500
OFFICES = ("risk", "counsel")  # whose heads sign each party's rules; their keys are theirs, beside the node's folder


class Refused(Exception):
    """A node's answer that is no 2xx: its problem document."""

    def __init__(self, call: str, status: int, body: bytes):
        try:
            problem = json.loads(body)
            said = f"{problem.get('title')}: {problem.get('detail')} {problem.get('member', '')}".strip()
        except (ValueError, AttributeError):
            said = body[:200].decode(errors="replace")
        super().__init__(f"{call}: {status} {said}")
        self.status = status


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Caller:
    """Somebody who calls one node: a system by its certificate, a person by a token."""

    def __init__(self, node: "Node", certificate: Path = None, token: str = None):
        self.node, self.headers, self.connection, self.used = node, {}, None, 0.0
        # The node's certificate is its own; it is pinned, and there is no name to check.
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.check_hostname = False
        self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.context.load_verify_locations(node.certificate)
        if certificate:
            self.context.load_cert_chain(certificate, certificate.with_suffix(".key.pem"))
        if token:
            self.headers["Authorization"] = "Bearer " + token

    def _connected(self) -> http.client.HTTPSConnection:
        # A node closes connections that are idle for half a minute; a request sent into one of those would be lost.
        if self.connection is None or time.monotonic() - self.used > IDLE_S:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.node.port, timeout=CALL_S, context=self.context)
        self.used = time.monotonic()
        return self.connection

    def call(self, method: str, path: str, body: bytes = None, kind: str = "application/json"):
        headers = {**self.headers, **({"Content-Type": kind} if body is not None else {})}
        for _ in range(BUSY_TRIES):
            connection = self._connected()
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                data = answer.read()
            except (OSError, http.client.HTTPException):
                self.connection = None
                raise
            if answer.status != 503:
                break
            time.sleep(0.1)
        if not 200 <= answer.status < 300:
            raise Refused(f"{self.node.party} {method} {path}", answer.status, data)
        return json.loads(data) if "json" in (answer.getheader("Content-Type") or "") else data.decode()

    def get(self, path: str):
        return self.call("GET", path)

    def state(self, *drafts):
        return self.call("POST", "/v1/statements", json.dumps(drafts, ensure_ascii=False).encode())

    def file(self, name: str, data: bytes, filer: str = None):
        kind = "application/xml" if name.endswith(".xml") else "text/csv" if name.endswith(".csv") else "application/json"
        query = f"name={quote(name)}" + (f"&filer={quote(filer)}" if filer else "")
        return self.call("POST", "/v1/files?" + query, data, kind)

    def all_statements(self) -> list:
        """What the node holds now. Each reading is itself logged, so the last page is the first that is not full."""
        found, after = [], 0
        while True:
            page = self.get(f"/v1/statements?after={after}&limit={PAGE}")
            found += page["statements"]
            after = page["next"]
            if len(page["statements"]) < PAGE:
                return found


class Node:
    """One party's node, in a folder of its own."""

    def __init__(self, party: str, folder: Path, puente: Path):
        self.party, self.folder, self.puente, self.process = party, folder, puente, None
        self.port, self.seals_port, self.tokens, self.log = free_port(), None, {}, folder.parent / f"{party}.log"
        self.command("init", folder, "--party", party, "--https", self.port)
        self.certificate = folder / "keys" / "tls.crt.pem"

    def command(self, *arguments) -> str:
        return run(self.puente, *arguments).decode().strip()

    def signers(self) -> dict:
        """The two people who sign this party's rules: the key file of each, by the public key."""
        keys = {}
        for office in OFFICES:
            name, key = f"{office}.{self.party}", self.folder.parent / f"{office}.{self.party}.key"
            keys[json.loads(self.command("rules", "signer", name, "--out", key, "--json"))["key"]] = key
        return keys

    def configure(self, settings: dict, seals: bool, ruleset: Path = HERE / "rules" / "corridor.yaml", plans=()):
        """Writes node.yaml, the rules with their signatures, and the triggers."""
        signers = self.signers()
        document = {"party": self.party, "https": {"address": "127.0.0.1", "port": self.port}, "folder": "inbox",
                    "rule_signers": [{"name": key.stem, "key": public} for public, key in signers.items()], **settings}
        if seals:
            self.seals_port = free_port()
            document["seals"] = {"address": "127.0.0.1", "port": self.seals_port}
        write_yaml(self.folder / "node.yaml", document)
        for kind, files in (("rules", [ruleset]), ("triggers", [HERE / "triggers" / f"{self.party}.yaml"]), ("lanes", plans)):
            (self.folder / kind).mkdir(exist_ok=True)
            for old in (self.folder / kind).glob("*.yaml"):
                old.unlink()
            for file in files:
                if file.exists():
                    shutil.copy(file, self.folder / kind / file.name)
        for rules in (self.folder / "rules").glob("*.yaml"):
            for key in signers.values():
                self.command("rules", "sign", rules, "--key", key)

    def knows(self, other: "Node"):
        self.command("link", "add", self.folder, other.folder / "public.yaml")

    def admits(self, party: str, certificate: Path, may: list):
        client = certificate.with_suffix(".yaml")
        write_yaml(client, {"party": party, "certificate": certificate.read_text(encoding="ascii")})
        self.command("link", "add", self.folder, client, *(argument for kind in may for argument in ("--may", kind)))

    def admit_person(self, name: str, role: str):
        self.tokens[name] = json.loads(self.command("token", "add", self.folder, "--name", name, "--role", role, "--json"))["token"]

    def start(self):
        with self.log.open("ab") as log:
            # In a session of its own: Ctrl-C is for the player, which then ends the nodes in order.
            self.process = subprocess.Popen([str(self.puente), "serve", str(self.folder)], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env={**os.environ, "LC_ALL": "C.UTF-8"}, start_new_session=True)
        until = time.monotonic() + START_S
        caller = Caller(self)
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.party} ended at its start with {self.process.returncode}; see {self.log}")
            try:
                caller.get("/healthz")
                return
            except (OSError, Refused):
                time.sleep(0.05)
        raise RuntimeError(f"{self.party} did not answer within {START_S} s; see {self.log}")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_S)

    def system(self, certificate: Path) -> Caller:
        return Caller(self, certificate=certificate)

    def person(self, name: str) -> Caller:
        return Caller(self, token=self.tokens[name])

    def url(self, name: str) -> str:
        return f"https://127.0.0.1:{self.port}/#token={self.tokens[name]}"


def client_certificate(party: str, folder: Path) -> Path:
    """A key and a certificate that the system signs itself, as nodes do: parties are known by it, not by an authority."""
    certificate = folder / f"{party}.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "825", "-subj",
        f"/CN={party}", "-keyout", certificate.with_suffix(".key.pem"), "-out", certificate)
    return certificate


def write_yaml(path: Path, document: dict):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")
