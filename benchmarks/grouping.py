"""How much reading it saves that like answers stand together: python benchmarks/grouping.py [--seeds N] [--write].

Classes that are drawn from tests/answers_200.toml are graded by a script that accepts a group only if all its answers
deserve the same points, and otherwise decides answer by answer. --write puts the tables into grouping.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from bench_page import machine, put
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_union

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the classes are there

from answers_200 import NARROW, QUESTIONS, USUAL, WIDE, Answer, drawn, graded

from autograder.review.grouping import THRESHOLD, grouped
from autograder.review.normal import normal

PAGE = Path(__file__).with_name("grouping.md")
SPREADS = {"phrased alike": NARROW, "usual": USUAL, "phrased freely": WIDE}
THRESHOLDS = (THRESHOLD, 0.55, 0.6, 0.7)


def span(values: Sequence[float]) -> str:
    """Mean and range."""
    return f"{mean(values):.0f} ({min(values):.0f} to {max(values):.0f})"


def decisions(seeds: int) -> Iterator[str]:
    yield "| question | class | different answers | decisions | with own measurements | mixed groups | largest groups |"
    yield "|---|---|---|---|---|---|---|"
    for name, question in QUESTIONS.items():
        for spread, strength in SPREADS.items():
            classes = [drawn(question, seed, spread=strength) for seed in range(seeds)]
            found = [graded(answers) for answers in classes]
            known = [graded(answers, own=True) for answers in classes] if any(one.own for one in classes[0]) else []
            own = span([one.decisions for one in known]) if known else ""
            mixed = sum(len(one.mixed) for one in (*found, *known))
            sizes = ", ".join(map(str, found[0].group_sizes[:5]))
            counts = f"{span([one.different for one in found])} | {span([one.decisions for one in found])}"
            yield f"| {name} | {spread} | {counts} | {own} | {mixed} | {sizes} |"


def looser(seeds: int) -> Iterator[str]:
    yield "| threshold | decisions | mixed groups in a class |"
    yield "|---|---|---|"
    classes = [drawn(question, seed) for question in QUESTIONS.values() for seed in range(seeds)]
    for threshold in THRESHOLDS:
        found = [graded(answers, threshold) for answers in classes]
        mixed = mean(len(one.mixed) for one in found)
        yield f"| {threshold} | {span([one.decisions for one in found])} | {mixed:.1f} |"
    counts, mixes = zip(*map(by_likeness, classes), strict=True)
    yield f"| likeness alone, as many groups | {span(counts)} | {mean(mixes):.1f} |"


def by_likeness(answers: Sequence[Answer]) -> tuple[int, int]:
    """Decisions and mixed groups where only the cosine of TF-IDF counts, with as many groups as ``grouped`` makes."""
    written = {normal(one.text): one.points for one in answers if one.way != "empty"}
    texts = list(written)
    vectors = make_union(TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4)))
    count = len(grouped(dict(zip(texts, texts, strict=True))))
    clusters = AgglomerativeClustering(count, metric="cosine", linkage="complete")
    labels = clusters.fit_predict(vectors.fit_transform(texts).toarray())
    groups = [{text for text, label in zip(texts, labels, strict=True) if label == number} for number in range(count)]
    mixed = [group for group in groups if len({written[text] for text in group}) > 1]
    read = sum(normal(one.text) in group for group in mixed for one in answers)
    return 1 + count - len(mixed) + read, len(mixed)


def sizes() -> Iterator[str]:
    yield "| answers | decisions | groups of one | largest group | core-seconds |"
    yield "|---|---|---|---|---|"
    for students in (200, 1000, 2000):
        answers = drawn(QUESTIONS["compared"], 1, students, WIDE)
        start = time.process_time()
        found = graded(answers)
        took = time.process_time() - start
        alone = sum(size == 1 for size in found.group_sizes)
        yield f"| {students:,} | {found.decisions} | {alone} | {max(found.group_sizes)} | {took:.1f} |"


def main() -> None:
    """Print the tables, and write them where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="classes of each kind")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    wanted = parser.parse_args()
    grouped({"one": "warm up", "two": "Warm it up"})  # scikit-learn is imported
    lines = [f"Machine: {machine('scikit-learn')}. {wanted.seeds} classes of each kind."]
    print(lines[0])
    for table in (decisions(wanted.seeds), looser(wanted.seeds), sizes()):
        for line in ("", *table):
            lines.append(line)
            print(line, flush=True)
    if wanted.write:
        put(PAGE, "\n".join(lines), "grouping.py")


if __name__ == "__main__":
    main()
