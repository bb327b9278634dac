# SPDX-License-Identifier: Apache-2.0
"""The files of the scenario: the templates in inputs/ filled for a truck, and signed where somebody must sign them."""
import base64
import hashlib
import json
import re
import subprocess
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from string import Template

FOLDER = Path(__file__).resolve().parent / "inputs"
NAMESPACE = uuid.UUID("8f0c5a62-4b7e-4d8a-9f0e-6f5b3f1c0de2")
MEXICO = timezone(timedelta(hours=-6))  # a Carta Porte has local times without a zone
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def text_of(when: datetime) -> str:
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def fill(template, values: dict):
    """A JSON template with ${…} replaced; a text that is nothing but one ${…} becomes that value, whatever it is. Members
    whose value is None are left out."""
    if isinstance(template, dict):
        filled = {name: fill(item, values) for name, item in template.items()}
        return {name: item for name, item in filled.items() if item is not None}
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    if not isinstance(template, str):
        return template
    whole = re.fullmatch(r"\$\{(\w+)\}", template)
    return values[whole[1]] if whole else Template(template).substitute(values)


def template_of(name: str):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


class Truck:
    """A crossing of the scenario with everything that its documents say."""

    def __init__(self, crossing: dict, scenario: dict, number: int):
        self.name, self.says, self.expect = crossing["name"], crossing["says"], crossing["expect"]
        self.events, self.hidden, self.number = crossing.get("events", []), crossing["hidden"], number
        truck = crossing["truck"]
        self.truck, self.trip, self.scenario = truck, truck["trip"], scenario
        self.carrier = scenario["carriers"][truck["carrier"]]
        self.goods = scenario["goods"].get(truck.get("goods"))
        self.empty = truck.get("empty", False)
        self.driver = driver(truck["driver"])
        # A truck has its own pedimento where the scenario does not give it one that it shares.
        self.pedimento = truck.get("pedimento", f"26  24  {scenario['systems'][truck['filer']]['filer']}  6000{number:03d}")
        self.idccp = "CCC" + str(uuid.uuid5(NAMESPACE, "ccp" + self.trip))[3:]
        self.seals = [truck["bolt"]] if "bolt" in truck else []

    @property
    def id(self) -> str:
        return "us.ace.trip=" + self.trip

    @property
    def kg(self) -> float:
        return self.truck.get("kg", self.goods["kg"])

    def party(self, kind: str) -> dict:
        return self.scenario[kind + "s"][self.goods[kind]]

    def controls(self) -> list:
        """Shipment control numbers: the carrier's code, the trip and a counter."""
        if self.empty:
            return []
        return [f"{self.carrier['scac']}{self.trip[4:]}{n:03d}" for n in range(1, self.truck.get("shipments", 1) + 1)]

    def numbers(self) -> list:
        """What would give this truck away if a partner held it."""
        own = [self.trip, *self.controls(), self.truck["tractor"], self.truck["trailer"], self.idccp, *self.seals]
        return own + [self.truck[name] for name in ("lock",) if name in self.truck]


def driver(number: int) -> dict:
    """The n-th driver: the n-th row of inputs/rosters/fast-drivers.csv."""
    rows = [row for row in (FOLDER / "rosters" / "fast-drivers.csv").read_text(encoding="utf-8").splitlines()
            if row.startswith("driver,")]
    fields = rows[number - 1].split(",")
    return {"fast": fields[2], "name": fields[5], "licence": f"LFD00{9800 + number}"}


def e_manifest(truck: Truck, filed: datetime, eta: datetime) -> bytes:
    template = template_of("e-manifest.json")
    shipment = template.pop("shipments")[0]
    controls = truck.controls()
    filer = truck.scenario["systems"][truck.truck["filer"]]["filer"]
    filled = fill(template, {
        "trip": truck.trip, "port": truck.scenario["port"], "eta": text_of(eta), "at": text_of(filed),
        "scac": truck.carrier["scac"], "caat": truck.carrier.get("caat"), "empty": truck.empty,
        "destination": truck.truck.get("destination"), "tractor": truck.truck["tractor"], "trailer": truck.truck["trailer"],
        "fast": truck.driver["fast"], "licence": truck.driver["licence"], "driver_name": truck.driver["name"],
        "filer": {"scheme": "mx.patente", "value": filer}})
    if controls:
        importer, manufacturer = truck.party("importer"), truck.party("manufacturer")
        filled["shipments"] = [fill(shipment, {
            "control": control, "description": truck.goods["description"], "line_kg": truck.kg / len(controls),
            "pieces": max(1, truck.goods["pieces"] // len(controls)), "hs6": truck.goods["hs6"],
            "importer": {"scheme": importer["scheme"], "value": importer["value"]},
            "manufacturer": {"scheme": "us.mid", "value": manufacturer["mid"]},
            "in_bond": truck.truck.get("in_bond"), "seals": truck.seals,
            "documents": [{"scheme": "mx.pedimento", "value": truck.pedimento}, {"scheme": "mx.idccp", "value": truck.idccp}],
        }) for control in controls]
    return json.dumps(filled, ensure_ascii=False, indent=1).encode()


def carta_porte(truck: Truck, stamped: datetime, departure: datetime, arrival: datetime) -> bytes:
    def local(when):
        return when.astimezone(MEXICO).strftime("%Y-%m-%dT%H:%M:%S")

    text = (FOLDER / "carta-porte.xml").read_text(encoding="utf-8")
    start, goods, rest = re.split(r"<!-- /?goods -->", text)
    kg = truck.truck.get("carta_porte_kg", truck.kg)
    lines = max(1, len(truck.controls()))
    importer, manufacturer = truck.party("importer"), truck.party("manufacturer")
    values = {
        "folio": str(1000 + truck.number), "stamped": local(stamped), "departure": local(departure), "arrival": local(arrival),
        "carrier_rfc": truck.carrier["rfc"], "carrier_name": truck.carrier["name"].upper(), "permit": truck.carrier["permit"],
        "manufacturer_rfc": manufacturer["rfc"], "manufacturer_name": manufacturer["name"].upper(),
        "importer_name": importer["name"].upper(), "importer_number": importer["value"], "country": importer["country"],
        "idccp": truck.idccp, "uuid": str(uuid.uuid5(NAMESPACE, "cfdi" + truck.trip)).upper(),
        "kg": f"{kg:.3f}", "line_kg": f"{kg / lines:.3f}", "lines": str(lines), "pieces": str(max(1, truck.goods["pieces"] // lines)),
        "description": truck.goods["description"], "fraccion": truck.goods["fraccion"], "pedimento": truck.pedimento,
        "tractor": truck.truck["tractor"], "trailer": truck.truck["trailer"], "licence": truck.driver["licence"],
        "driver_name": truck.driver["name"].upper()}
    return Template(start + goods * lines + rest).substitute(values).encode()


def bolt_seal(truck: Truck, event: str, when: datetime, **more) -> bytes:
    values = {"number": truck.truck["bolt"], "event": event, "trailer": truck.truck["trailer"], "time": text_of(when),
              "place": None, "inspection": None, "replaced_by": None, "reason": None}
    return json.dumps(fill(template_of("bolt-seal.json"), {**values, **more}), ensure_ascii=False).encode()


def replaced_by(number: str) -> dict:
    return {"number": number, "grade": "high-security"}


def inspection(photo: bytes) -> dict:
    """View, verify, tug, twist, all passed, with the hash of a photo."""
    return {"view": "pass", "verify": "pass", "tug": "pass", "twist": "pass", "inspector": "J. Mora",
            "photo_sha256": hashlib.sha256(photo).hexdigest()}


class Issuer:
    """Who signs rosters and credentials, with an Ed25519 key made by openssl."""

    def __init__(self, name: str, folder: Path):
        self.name, self.key = name, folder / f"{name}.key.pem"
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key)
        public = run("openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER")[-32:]
        digest = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()
        self.verifier_id = f"{name}+{digest[:4].hex()}"
        self.verifier = self.verifier_id + "+" + base64.b64encode(b"\x01" + public).decode()
        self.multikey = "z" + base58(b"\xed\x01" + public)
        self.did = "did:key:" + self.multikey

    def sign(self, data: bytes) -> bytes:
        message = self.key.with_suffix(".message")
        message.write_bytes(data)
        return run("openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", message)

    def roster(self, name: str) -> bytes:
        """inputs/rosters/NAME with its signature as the last line."""
        rows = (FOLDER / "rosters" / name).read_bytes()
        return rows + f"# signature: {self.verifier_id} {base64.b64encode(self.sign(rows)).decode()}\n".encode()

    def credential(self, what: dict, created: datetime) -> bytes:
        """A W3C credential with an eddsa-jcs-2022 proof (VC Data Integrity EdDSA 1.0, 3.3)."""
        document = fill(template_of("credential.json"), {**what, "did": self.did})
        proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": text_of(created),
                 "verificationMethod": f"{self.did}#{self.multikey}", "proofPurpose": "assertionMethod",
                 "@context": document["@context"]}
        hashed = hashlib.sha256(canonical(proof)).digest() + hashlib.sha256(canonical(document)).digest()
        document["proof"] = {**proof, "proofValue": "z" + base58(self.sign(hashed))}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


def canonical(value) -> bytes:
    """RFC 8785, for the texts, whole numbers and objects with ASCII names that the templates have."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def base58(data: bytes) -> str:
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def stix(name: str, created: datetime, **values) -> bytes:
    return json.dumps(fill(template_of(name), {**values, "created": created.strftime("%Y-%m-%dT%H:%M:%S.000Z")}),
                      ensure_ascii=False).encode()


def run(*command) -> bytes:
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
