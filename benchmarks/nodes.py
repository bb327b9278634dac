# SPDX-License-Identifier: Apache-2.0
"""The nodes that are measured: their folders, processes, figures and interface."""
import http.client
import json
import socket
import ssl
import subprocess
import time
from pathlib import Path

START_S, STOP_S = 60, 60


class BenchFailed(Exception):
    """What was to be measured did not happen; there is no figure."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    def __init__(self, puente: Path, folder: Path, party: str, seals: bool):
        self.puente, self.folder, self.party, self.process, self.connection = puente, folder, party, None, None
        self.port, self.seals_port = free_port(), free_port() if seals else None
        self.log = folder.with_name(folder.name + ".log")
        self.command("init", folder, "--party", party, "--https", self.port, *(("--seals", self.seals_port) if seals else ()))
        self.certificate = folder / "keys" / "tls.crt.pem"
        # The node's certificate is its own; it is pinned, and there is no name to check.
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.context.load_verify_locations(self.certificate)

    def command(self, *arguments) -> str:
        done = subprocess.run([str(self.puente), *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchFailed(f"puente {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def knows(self, other: "Node"):
        self.command("link", "add", self.folder, other.folder / "public.yaml")

    def admits(self, party: str, certificate: Path):
        pem = "".join("  " + line + "\n" for line in certificate.read_text(encoding="ascii").splitlines())
        (self.folder / "partners" / f"{party}.yaml").write_text(f"party: {party}\nmay: [\"*\"]\ncertificate: |\n{pem}", encoding="utf-8")

    def token(self, name: str, role: str) -> str:
        return json.loads(self.command("token", "add", self.folder, "--name", name, "--role", role, "--json"))["token"]

    def start(self) -> float:
        """Seconds from the process's start to its first answer that all is well."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(self.puente), "serve", str(self.folder), "--quiet"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        while time.monotonic() - began < START_S:
            if self.process.poll() is not None:
                raise BenchFailed(f"{self.party} ended at its start: {self.log.read_text(encoding='utf-8')[-500:]}")
            try:
                if self.call("GET", "/healthz")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.005)
        raise BenchFailed(f"{self.party} did not answer within {START_S} s")

    def stop(self):
        if self.connection:
            self.connection.close()
            self.connection = None
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_S)

    def call(self, method: str, path: str, body: bytes = None, headers: dict = None):
        for attempt in range(2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.context)
                self.connection.request(method, path, body, headers or {})
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.connection = None
                if attempt or isinstance(error, ConnectionRefusedError):
                    raise OSError(str(error)) from error
        raise AssertionError

    def state(self, token: str, draft: dict):
        status, body = self.call("POST", "/v1/statements", json.dumps([draft]).encode(),
                                 {"Content-Type": "application/json", "Authorization": "Bearer " + token})
        if status // 100 != 2:
            raise BenchFailed(f"{self.party} refuses a {draft['kind']}: {body.decode(errors='replace')}")

    def metrics(self) -> dict:
        """The samples of /metrics without labels."""
        status, body = self.call("GET", "/metrics")
        if status != 200:
            raise BenchFailed(f"{self.party}: /metrics answers {status}")
        found = {}
        for line in body.decode().splitlines():
            if line and line[0] != "#" and "{" not in line:
                name, value = line.split()
                found[name] = float(value)
        return found

    def mirrored(self, token: str) -> int:
        """Statements that this node took over from its partners."""
        status, body = self.call("GET", "/v1/node", headers={"Authorization": "Bearer " + token})
        if status != 200:
            raise BenchFailed(f"{self.party}: /v1/node answers {status}")
        return sum(int(link["statements"]) for link in json.loads(body)["links"] if link["direction"] == "in")

    def settle(self):
        """Waits until the node has nothing left to store."""
        last, since = -1, time.monotonic()
        while time.monotonic() - since < 1:
            now = self.metrics()
            now = (now["puente_slices_total"], now["puente_statements_total"])
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.1)

    def rss_mb(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise BenchFailed(f"the memory of {self.party} cannot be read")


def client_certificate(party: str, folder: Path) -> Path:
    """A key and a certificate that the client signs itself, as nodes do."""
    certificate = folder / f"{party}.pem"
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                           "-subj", f"/CN={party}", "-keyout", certificate.with_suffix(".key.pem"), "-out", certificate],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailed(f"openssl: {done.stderr.strip()}")
    return certificate
