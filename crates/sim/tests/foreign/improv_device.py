"""An Improv device whose behaviour is the package pyImprov. Arguments: the network's name and its pass phrase."""

import sys

from device import run
from improv import ImprovProtocol, ImprovUUID

SSID, PASSPHRASE = sys.argv[1].encode(), sys.argv[2].encode()
STATUS, ERROR, RESULT = (uuid.value for uuid in (ImprovUUID.STATUS_UUID, ImprovUUID.ERROR_UUID, ImprovUUID.RPC_RESULT_UUID))


class Device:
    def __init__(self):
        self.joined = None
        self.protocol = ImprovProtocol(
            wifi_connect_callback=self.join,
            identify_callback=lambda: None,
            wifi_networks_callback=lambda: [SSID.decode(), "-48", "WPA2", "Elsewhere", "-80", "NO"],
            device_info_callback=lambda: ["pyImprov", "0.2.0", "Linux", "Foreign Printer"],
        )

    def join(self, ssid, passphrase):
        return ["http://192.0.2.7/"] if (bytes(ssid), bytes(passphrase)) == (SSID, PASSPHRASE) else None

    def hello(self):
        rows = [(STATUS, "rn"), (ERROR, "rn"), (ImprovUUID.RPC_COMMAND_UUID.value, "w"), (RESULT, "rn"), (ImprovUUID.CAPABILITIES_UUID.value, "r")]
        state = self.protocol.state.value
        return {
            "name": "Foreign Improv",
            "service": ImprovUUID.SERVICE_UUID.value,
            "data": ["4677", bytes([state, 1, 0, 0, 0, 0]).hex()],
            "rows": [[uuid, can, None] for uuid, can in rows],
        }

    def connected(self):
        pass

    def read(self, at):
        value = self.protocol.handle_read(at)
        return b"".join(value) if isinstance(value, list) else value

    def written(self, at, data):
        where, value = self.protocol.handle_write(at, bytearray(data))
        tell = [(STATUS, self.read(STATUS))]
        if where is not None:
            values = value if isinstance(value, list) else [value]
            tell += [(where, one) for one in values]
        return None, tell


run(Device())
