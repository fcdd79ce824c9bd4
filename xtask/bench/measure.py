"""Runs commands in turn (A B C, A B C, ...) and says what each cost.

    measure.py < TASK > RESULT

TASK is JSON: {"rounds": N, "commands": [{"name": ..., "argv": [...]}]}. RESULT is a JSON object a command: medians of
processor time (user and system, of the process and the children that it waited for) and wall time in ms, and the
largest resident size of a single process in MiB. A command that fails ends with its last words in "error".
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

task = json.load(sys.stdin)
runs = {command["name"]: [] for command in task["commands"]}
errors = {}


def once(argv):
    with tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            words.seek(0)
            raise RuntimeError(f"exit {child.returncode}: {words.read()[-400:].decode(errors='replace')}")
    return {"cpu": (usage.ru_utime + usage.ru_stime) * 1000, "wall": wall * 1000, "peak": usage.ru_maxrss / 1024}


# The first round only warms the file cache and is thrown away.
for number in range(task["rounds"] + 1):
    for command in task["commands"]:
        name = command["name"]
        if name in errors:
            continue
        try:
            run = once(command["argv"])
        except (OSError, RuntimeError) as error:
            errors[name] = str(error)
            continue
        if number > 0:
            runs[name].append(run)

for command in task["commands"]:
    name = command["name"]
    if name in errors:
        print(json.dumps({"name": name, "error": errors[name]}))
        continue
    middle = {key: statistics.median(run[key] for run in runs[name]) for key in ("cpu", "wall", "peak")}
    print(json.dumps({"name": name, **middle, "runs": len(runs[name])}))
