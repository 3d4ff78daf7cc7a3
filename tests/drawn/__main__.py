"""Draws hand-ins, grades them and prints what was judged wrongly and what the wrong ones were told."""

# ruff: noqa: T201  a command prints

from __future__ import annotations

import argparse
import collections
import shutil
import sys
import tempfile
from pathlib import Path

from autograder.recording import load_recording
from autograder.rubric import read_rubric
from autograder.sandbox.host import new_launcher
from autograder.seeds import PUBLIC_SEED

from .drawing import MAKERS, draw
from .grading import clock, compact, differences, faults, left_open, sentences, verdicts
from .recordings import SEEDS, recorded


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.drawn", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="how many hand-ins; a third of them right")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn; the same seed gives the same hand-ins")
    parser.add_argument("--staff-seeds", type=int, default=1, help="0 grades with the public seed alone, up to 3")
    parser.add_argument("--only", default=",".join(MAKERS), help="modules, by commas")
    parser.add_argument("--right", type=int, help="how many are right")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write the hand-ins into this folder")
    parser.add_argument("--truths", type=Path, help="a file that keeps what the oracle found")
    parser.add_argument("--quiet", action="store_true", help="no sentences")
    args = parser.parse_args()
    right = args.right if args.right is not None else args.count // 3
    began = clock()
    only = args.only.split(",")
    drawn = draw(right, args.count - right, args.seed, only, args.truths)
    print(f"{len(drawn.hand_ins)} hand-ins drawn, {len(drawn.dropped)} dropped by the oracle, {clock() - began:.0f} s")
    for style, edit, why in drawn.dropped:
        print(f"  dropped [{edit or 'right'}] {style}: {why[:300]}")
    for hand_in in drawn.hand_ins if args.keep else ():
        (args.keep / hand_in.id).mkdir(parents=True)
        for name, text in hand_in.files().items():
            (args.keep / hand_in.id / name).write_bytes(text.encode())
    launcher, scratch = new_launcher(), Path(tempfile.mkdtemp(prefix="hw1-drawn-"))
    launcher.warm("extras", ("matplotlib.pyplot", "sklearn.metrics", "tqdm"))
    found = {}
    try:
        for number, seed in enumerate((PUBLIC_SEED, *SEEDS)[: args.staff_seeds + 1]):
            if number == 0 and args.staff_seeds:
                continue
            began = clock()
            name = f"staff {number}" if number else "public"
            evidence = (
                recorded(seed, launcher, read_rubric(), only if number == 1 else (), args.jobs)
                if number
                else load_recording()
            )
            now = clock()
            found[name] = verdicts(drawn.hand_ins, evidence, seed, launcher, scratch, args.jobs)
            print(f"{name}: recorded in {now - began:.0f} s, graded in {clock() - now:.0f} s", flush=True)
    finally:
        launcher.close()
        shutil.rmtree(scratch, ignore_errors=True)
    wrong = [fault for name, one in found.items() for fault in faults(drawn.hand_ins, one, name)]
    unlike = differences(drawn.hand_ins, found)
    opened, of = left_open(drawn.hand_ins, next(iter(found.values())))
    said = sentences(drawn.hand_ins, next(iter(found.values())))
    for title, lines in (
        ("wrong verdicts, by reason", compact(wrong)),
        ("verdicts that depend on the seed", unlike),
        (f"of {of} right but hard to compare are open", opened),
    ):
        print(f"\n{len(lines)} {title}")
        for line in lines:
            print(f"  {line}")
    if not args.quiet:
        print("\nsentences")
        for line in sorted(said, key=lambda one: (one.kind, one.edit)):
            print(f"  {line}")
    counts = collections.Counter(one.kind for one in said)
    print(f"\nof {len(said)} lost: {dict(counts)}; {len(wrong)} wrong verdicts, {len(unlike)} depend on the seed")
    return 1 if wrong or unlike else 0


if __name__ == "__main__":
    sys.exit(main())
