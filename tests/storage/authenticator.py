"""A device in software that makes passkeys (ES256, no attestation) and answers as a browser does."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def raw(encoded: str) -> bytes:
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


@dataclass
class Device:
    """One key pair for one address. What a thief or a broken browser would do is set by its fields."""

    origin: str = "https://lims.example.org"
    host: str = "lims.example.org"
    verifies: bool = True
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    handle: bytes = b""

    def make(self, options: str) -> str:
        """The answer to `navigator.credentials.create()`."""
        asked = json.loads(options)
        self.handle = raw(asked["user"]["id"])
        client = self._client("webauthn.create", asked["challenge"])
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(WITH_KEY) + self._public()})
        return self._credential({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def answer(self, options: str) -> str:
        """The answer to `navigator.credentials.get()`."""
        self.count += 1
        client, data = self._client("webauthn.get", json.loads(options)["challenge"]), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": text(self.handle),
            }
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()  # fmt: skip

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key

    def _credential(self, response: dict[str, Any]) -> str:
        identity = text(self.credential_id)
        return json.dumps({"id": identity, "rawId": identity, "type": "public-key", "response": response})
