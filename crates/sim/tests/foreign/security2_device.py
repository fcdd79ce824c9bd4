"""A device with Espressif's unified provisioning, security 2: the key agreement is the package srp, the cipher is
cryptography's. Arguments: user name, proof of possession, the network's name, its pass phrase.
"""

import sys

import srp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from device import run

USER, POP = sys.argv[1], sys.argv[2]
SSID, PASSPHRASE = sys.argv[3].encode(), sys.argv[4].encode()
SERVICE = "021a9004-0382-4aea-bff4-6b3f1c5adfb4"
ENDPOINTS = {"prov-ctrl": 0xFF4F, "prov-scan": 0xFF50, "prov-session": 0xFF51, "prov-config": 0xFF52, "proto-ver": 0xFF53}
INVALID_PDU = 4
# RFC 3526, group 15, which RFC 5054 takes as its 3072-bit group.
N = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
)
GROUP = dict(hash_alg=srp.SHA512, ng_type=srp.NG_CUSTOM, n_hex=N.encode(), g_hex=b"5")
srp.rfc5054_enable()


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    """One field of a protobuf message; numbers that are zero are left out, as proto3 does."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & 0xFFFF_FFFF_FFFF_FFFF) if value else b""
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def parse(data):
    """The last value of each field."""
    fields, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            fields[key >> 3] = number()
        else:
            length = number()
            fields[key >> 3], at = data[at : at + length], at + length
    return fields


class Device:
    def __init__(self):
        self.names = {f"021a{low:04x}-{SERVICE[9:]}": name for name, low in ENDPOINTS.items()}
        self.connected()

    def connected(self):
        self.values, self.verifier, self.cipher, self.counter = {}, None, None, 1
        self.state, self.wanted = 2, None

    def hello(self):
        return {"name": "PROV_F0E1D2", "service": SERVICE, "data": None, "rows": [[at, "rw", name] for at, name in self.names.items()]}

    def read(self, at):
        return self.values.get(at, b"")

    def written(self, at, data):
        answer = self.handle(self.names[at], data)
        if answer is None:
            return INVALID_PDU, []
        self.values[at] = answer
        return None, []

    def handle(self, name, data):
        if name == "proto-ver":
            return b'{"prov":{"ver":"v1.1","sec_ver":2,"sec_patch_ver":1,"cap":["wifi_prov","wifi_scan"]}}'
        if name == "prov-session":
            return self.session(data)
        if self.cipher is None:
            return None
        try:
            plain = self.cipher.decrypt(self.nonce(), data, None)
        except InvalidTag:
            return None
        answer = {"prov-config": self.config, "prov-scan": self.scan, "prov-ctrl": self.control}[name](parse(plain))
        return self.cipher.encrypt(self.nonce(), answer, None)

    def nonce(self):
        nonce = self.prefix + self.counter.to_bytes(4, "big")
        self.counter += 1
        return nonce

    def session(self, data):
        payload = parse(parse(data).get(12, b""))
        if 20 in payload:
            asked = parse(payload[20])
            # Fresh salts and keys until no number begins with a zero byte: this server sends them as they are.
            while True:
                salt, verifier = srp.create_salted_verification_key(USER, POP, salt_len=16, **GROUP)
                self.verifier = srp.Verifier(asked[1].decode(), salt, verifier, asked[2], **GROUP)
                salt, public = self.verifier.get_challenge()
                if public is None:
                    return None
                if len(public) == 384 and len(salt) == 16:
                    break
            inner = field(1, 1) + field(21, field(2, public) + field(3, salt))
        elif 22 in payload and self.verifier is not None:
            proof = self.verifier.verify_session(parse(payload[22])[1])
            if proof is None:
                return None
            self.prefix, self.counter = b"\x07session"[:8], 1
            self.cipher = AESGCM(self.verifier.get_session_key()[:32])
            inner = field(1, 3) + field(23, field(2, proof) + field(3, self.prefix + (1).to_bytes(4, "big")))
        else:
            return None
        return field(2, 2) + field(12, inner)

    def scan(self, asked):
        kind = asked.get(1, 0)
        if kind == 0:
            return field(1, 1) + field(11, b"")
        if kind == 2:
            return field(1, 3) + field(13, field(1, 1) + field(2, 1))
        entry = field(1, SSID) + field(2, 6) + field(3, -48) + field(4, bytes(6)) + field(5, 3)
        return field(1, 5) + field(15, field(1, entry))

    def config(self, asked):
        kind = asked.get(1, 0)
        if kind == 2:
            self.wanted = parse(asked[12])
            return field(1, 3) + field(13, b"")
        if kind == 4:
            found = self.wanted.get(1) == SSID
            right = found and self.wanted.get(2) == PASSPHRASE
            self.state, self.reason = (0, 0) if right else (3, 0 if found else 1)
            return field(1, 5) + field(15, b"")
        if self.state == 0:
            status = field(11, field(1, "192.0.2.9") + field(2, 3) + field(3, SSID) + field(4, bytes(6)) + field(5, 6))
        elif self.state == 3:
            # A member of a oneof is there even when it is zero.
            status = field(2, 3) + (field(10, self.reason) or varint(10 << 3) + b"\0")
        else:
            status = field(2, self.state)
        return field(1, 1) + field(11, status)

    def control(self, asked):
        self.state, self.wanted = 2, None
        return field(1, 2) + field(12, b"") if asked.get(1) == 1 else field(1, 4) + field(14, b"")


run(Device())
