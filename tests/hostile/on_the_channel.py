"""Attacks on the talk between worker and grader: forged, giant, slow and surplus answers, patched libraries."""

from __future__ import annotations

from .attack import SAME, Attack

FDS = "range(3, 64)"

ATTACKS = (
    Attack(
        "forge_stdout",
        rows=(4, 29),
        does="prints a report in which everything has passed",
        stopped_by="channel",
        stubs=("mnist",),
        before="""
import os
for fd in (1, 2):
    os.write(fd, b'{"score": 100, "output": "PASSED"}\\n1.1-structure PASSED 2/2\\n===== 30 passed in 0.1s =====\\n')
""",
        loses=("1.1-",),
        without=SAME,
        quick=True,
    ),
    Attack(
        "forge_all_fds",
        rows=(30,),
        does="writes an answer of its own to every descriptor",
        stopped_by="channel",
        stubs=("mnist",),
        before=f"""
import json, os
for number in range(4):
    text = json.dumps({{"facts": {{}}, "id": number, "arrays": []}}).encode()
    for fd in {FDS}:
        try:
            os.write(fd, len(text).to_bytes(4, "big") + text)
        except OSError:
            pass
""",
        loses=("1.1-",),
        without=SAME,
        quick=True,
    ),
    Attack(
        "forge_verdict",
        rows=(30,),
        does="answers with an outcome in the place of evidence",
        stopped_by="channel",
        stubs=("mnist",),
        before=f"""
import json, os
verdict = {{"status": "passed", "points": 100}}
text = json.dumps({{**verdict, "outcome": verdict, "id": 1, "arrays": []}}).encode()
for fd in {FDS}:
    try:
        os.write(fd, len(text).to_bytes(4, "big") + text)
    except OSError:
        pass
""",
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "frame_giant_length",
        rows=(31,),
        does="announces an answer of four gigabytes, and an array of 2^62 numbers",
        stopped_by="channel",
        before=f"""
import json, os
text = json.dumps({{"facts": {{}}, "id": 1, "arrays": [["a", "float32", [1 << 62]]]}}).encode()
for fd in {FDS}:
    try:
        os.write(fd, len(text).to_bytes(4, "big") + text + b"\\xff" * 64)
    except OSError:
        pass
""",
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "frame_of_nested_lists",
        rows=(31, 65),
        does="answers with JSON nested so deeply that a parser gives up",
        stopped_by="channel",
        before=f"""
import os
text = b'{{"facts": ' + b"[" * 500_000 + b"]" * 500_000 + b"}}"
for fd in {FDS}:
    try:
        os.set_blocking(fd, False)
        os.write(fd, len(text).to_bytes(4, "big") + text)
    except OSError:
        pass
""",
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "slow_loris",
        rows=(31,),
        does="answers a byte at a time, for ever",
        stopped_by="watchdog",
        before=f"""
import os, time
while True:
    for fd in {FDS}:
        try:
            os.write(fd, b"\\0")
        except OSError:
            pass
    time.sleep(0.2)
""",
        loses=("1.1-",),
        without=SAME,
        import_seconds=2,
    ),
    Attack(
        "background_after_reply",
        rows=(32, 72),
        does="goes on writing answers from a thread after the worker's own",
        stopped_by="channel",
        before=f"""
import json, os, threading, time


def more():
    for number in range(40):
        text = json.dumps({{"facts": {{}}, "id": number, "arrays": []}}).encode()
        for fd in {FDS}:
            try:
                os.write(fd, len(text).to_bytes(4, "big") + text)
            except OSError:
                pass
        time.sleep(0.01)


threading.Thread(target=more, daemon=True).start()
time.sleep(0.2)
""",
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "steal_requests",
        rows=(30, 32),
        does="reads the grader's requests in the worker's place",
        stopped_by="watchdog",
        before=f"""
import os, threading


def steal(fd):
    while True:
        try:
            if not os.read(fd, 1 << 16):
                return
        except OSError:
            return


for fd in {FDS}:
    threading.Thread(target=steal, args=(fd,), daemon=True).start()
""",
        risks=("1.",),
        without=SAME,
        import_seconds=3,
        seconds=90,  # a probe has 20 s and may be asleep three times as long (sandbox/clock.py)
    ),
    Attack(
        "close_all_fds",
        rows=(25, 30),
        does="closes every descriptor that it has",
        stopped_by="channel",
        before="import os\nos.closerange(0, 256)\n",
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "answer_in_the_workers_name",
        rows=(30, 65, 70),
        does="finds the request by its frames and answers it with an exception of a megabyte",
        stopped_by="channel",
        before=f"""
import json, os, sys, time
frame, number = sys._getframe(), 0
while frame is not None:
    request = frame.f_locals.get("request")
    number = request["id"] if isinstance(request, dict) and "id" in request else number
    frame = frame.f_back
lines = [["f" * 500, 1, "g" * 500, "h" * 500]] * 100
raised = {{"kind": "K" * 100_000, "message": "m" * 600_000, "frames": lines, "during": "d" * 50_000}}
text = json.dumps({{"raised": raised, "id": number, "arrays": []}}).encode()
for fd in {FDS}:
    try:
        os.write(fd, len(text).to_bytes(4, "big") + text)
    except OSError:
        pass
time.sleep(100)
""",
        loses=("1.1-",),
        risks=("1.2.",),
        without=SAME,
        import_seconds=3,
    ),
)
