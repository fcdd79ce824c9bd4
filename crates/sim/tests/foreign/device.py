"""The radio of a foreign device: one line of JSON for each thing that happens to it, one line of answer.

In:  {"op": "hello" | "connected" | "disconnected" | "read" | "written" | "listening", "at": UUID, "hex": BYTES}
Out: {"error": ATT ERROR or null, "hex": VALUE, "tell": [[UUID, HEX], ...]}; to "hello": what it advertises and its table.
"""

import json
import sys


def run(device):
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"error": None, "hex": "", "tell": []}
        op, at = asked["op"], asked.get("at")
        if op == "hello":
            answer = device.hello()
        elif op == "connected":
            device.connected()
        elif op == "read":
            answer["hex"] = bytes(device.read(at)).hex()
        elif op == "written":
            error, tell = device.written(at, bytes.fromhex(asked["hex"]))
            answer["error"] = error
            answer["tell"] = [[where, bytes(value).hex()] for where, value in tell]
        print(json.dumps(answer), flush=True)
