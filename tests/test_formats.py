"""The pages on formats list exactly the fields that the code writes, and the page on the rubric exactly its keys."""

from __future__ import annotations

import json
import math
import re
import tomllib
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime

import pytest
from test_figures import report_of

from autograder.cohort.absent import absent
from autograder.cohort.class_table import class_json
from autograder.cohort.figures import class_figures
from autograder.evidence import Origin
from autograder.gradescope.desk import Desk
from autograder.gradescope.metadata import Upload
from autograder.gradescope.places import Places
from autograder.home import repository
from autograder.hw1.checks import CHECKS
from autograder.keeping.standing import Stand
from autograder.late import KEYS, KNOWN, MARKED, Allowance, Lateness, Rules, rules_of
from autograder.outcome import Outcome, Status
from autograder.render.gradescope import Page
from autograder.report import Decided, Written
from autograder.rubric import Gradescope, Limits, Recipe, read_rubric
from autograder.submission import Alike, Claimed

DOCS = repository() / "docs"
RUBRIC = read_rubric()
TYPE = r"(?:string|number|boolean|object|list|null)"
ROW = re.compile(rf"^\| `([^`]+)` \| ({TYPE}(?: or {TYPE})*) \|", re.MULTILINE)
KINDS = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "list"}
COUNTED = {"pressed": 2, "threads": 1}
PLACE = Origin("hw1-1.ipynb", 3, 1)


def documented(name):
    """By field, the types that a page gives it."""
    rows = ROW.findall((DOCS / name).read_text(encoding="utf-8"))
    assert len(rows) == len(dict(rows)), "a field stands twice"
    return {field: set(types.split(" or ")) for field, types in rows}


def written(value, known, path=""):
    """The fields of a document with their types; those below a field that *known* ends at are left out."""
    kind = KINDS[type(value)] if value is not None else "null"
    ends = not any(other.startswith((f"{path}.", f"{path}[")) for other in known) if path in known else False
    if path in known or kind not in ("object", "list"):
        yield path, kind
    if ends:
        return
    if kind == "object":
        free = f"{path}.*" in known or f"{path}.*[]" in known
        for name, one in value.items():
            yield from written(one, known, f"{path}.{'*' if free else name}" if path else name)
    elif kind == "list":
        for one in value:
            yield from written(one, known, f"{path}[]")


def fields_of(known, *documents):
    """All fields of *documents*, as programs read them, with their types."""
    found = {}
    for document in documents:
        for path, kind in written(json.loads(json.dumps(document)), known):
            found.setdefault(path, set()).add(kind)
    return found


# report.json


FULL = Outcome(
    Status.FAILED,
    "Seen, not wanted.",
    "A hint.",
    "train-no-zero-grad",
    detail=("A layer.",),
    remarks=("A remark.",),
    table=(("fc1", "784-30", "784-31"),),
    flag="looks odd",
    figures={"accuracy": 0.9, "stand-in": 1},
)


def late(by="percent", **more):
    return rules_of({"due": "2026-03-31T23:59:00+09:00", by: 10, **more})


def full_reports():
    """Reports that hold every field, each in all of its types."""
    report = replace(
        report_of(outcomes={"1.2a": FULL}),
        remarks=("A remark.",),
        told=("A remark.",),
        written=(Written("1.2-Q4", "Yes.", ("Exp1: 98 %",), "report.pdf is there", "d1", ("Yes?",)),),
        claims=("report.pdf, page 1: 98 %",),
        fingerprint={"hw1": "0", "rubric": "ab", "seed": "secret", "isolation": "none", "differs": "so", **COUNTED},
        printed="epoch 1",
        places={"1.2a": PLACE},
        notes=((PLACE, "left out"),),
        late=Lateness(late(cap=50), 1_774_980_000, KNOWN, Allowance(86_400, 2)),
        decisions=(
            Decided("1.2a", 1.0, "right, on paper", "staff", "2026-11-28 17:30 UTC", FULL),
            Decided("bonus", 2.0, "found a mistake", "staff", "2026-11-28 17:30 UTC"),
        ),
        claimed=(Claimed("report.pdf, page 1", "accuracy", 0.98, "1.1", "it is 98 %"),),
        alike=(Alike("1.1", ("20260002",)), Alike("2.2a", ("20260003",), 0.9999)),
    )
    return report, replace(report, late=Lateness(late("points"), None, MARKED))


@pytest.fixture(scope="module")
def known_report():
    return documented("report-json.md")


def test_a_report_has_exactly_the_fields_of_its_page(known_report, grade_folder, solution, tmp_path):
    (tmp_path / "trainer.py").write_bytes((solution / "trainer.py").read_bytes())
    (tmp_path / "ablations.py").write_text("x = 1\n", encoding="utf-8")
    checks = tuple(check for check in CHECKS if check.id in ("files-trainer", "1.2.1", "1.2c"))
    graded = grade_folder(tmp_path, checks=checks).to_json()
    real = fields_of(known_report, graded)
    assert all(kinds <= known_report.get(path, set()) for path, kinds in real.items()), real
    found = fields_of(known_report, graded, *(one.to_json() for one in full_reports()))
    assert found == known_report


def test_what_stands_under_a_decision_is_an_outcome(known_report):
    of_line = {"id", "title", "part", "maximum"}
    names = {re.split(r"[.\[]", path.removeprefix("checks[]."))[0] for path in known_report if "checks[]." in path}
    assert set(FULL.to_json()) == names - of_line


def test_the_page_has_each_status():
    page = (DOCS / "report-json.md").read_text(encoding="utf-8")
    table = page[page.index("| status |") : page.index("## Written answers in full")]
    assert re.findall(r"^\| `([a-z ]+)`", table, re.MULTILINE) == [status.value for status in Status]


# results.json


def test_gradescopes_document_has_exactly_the_fields_of_its_page(tmp_path):
    known = documented("results-json.md")
    rubric = replace(RUBRIC, late=late())
    upload = Upload(created=datetime(2026, 4, 2, tzinfo=UTC), due=datetime(2026, 4, 1, tzinfo=UTC))
    board = {"name": "accuracy, %", "value": 98.1, "order": "desc"}
    desk = Desk(Places(tmp_path), rubric, upload, "secret", Page(leaderboard=(board,)))
    document = desk.document(replace(full_reports()[0], late=None))
    assert fields_of(known, document) == known


# class.json


def test_the_classs_figures_have_exactly_the_fields_of_their_page():
    known = documented("class-json.md")
    wrong = replace(FULL, flag="", detail=())
    reports = [
        report_of(
            f"2026{number:04}",
            {"1.2a": wrong, "1.2b": wrong if number % 2 else Outcome(Status.PASSED)},
            {"1.2-Q1": float(number % 3)},
        )
        for number in range(12)
    ]
    nobody = replace(report_of("20269999"), digest=absent("").digest)
    flagged = report_of("20269998", {"1.2c": replace(wrong, flag="looks odd")})
    stands = {"20260000": {"1.2a": {"train": Stand("ab", 1.5)}}}
    figures = class_figures([*reports, flagged, nobody], stands)
    assert fields_of(known, class_json(figures), class_json(class_figures([nobody]))) == known


# rubric.toml


PAGE = (DOCS / "rubric.md").read_text(encoding="utf-8")
EXAMPLES = "\n".join(re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def keys_of(title):
    """By key of a section's table, what stands in the column of defaults."""
    section = PAGE[PAGE.index(f"\n## {title}\n") + 4 :].partition("\n## ")[0]
    rows = (re.split(r"\s*\|\s*", row.strip("| ")) for row in section.splitlines() if row.startswith("| `"))
    return {row[0].strip("`"): row[-1] for row in rows}


def default_of(field):
    if field.default is MISSING:
        return "needed"
    value = field.default
    if isinstance(value, bool):
        return f"`{value}`".lower()
    if isinstance(value, str):
        return f'`"{value}"`'
    return "`[]`" if value == () else f"`{value:_}`"


@pytest.mark.parametrize(("name", "record"), [("limits", Limits), ("recipes", Recipe), ("gradescope", Gradescope)])
def test_each_table_of_the_rubric_has_its_keys_and_their_defaults(name, record):
    found = keys_of(f"[{name}]")
    assert list(found) == [field.name for field in fields(record)]
    for field in fields(record):
        assert found[field.name].partition(":")[0] == default_of(field), field.name


def test_lateness_has_its_keys_and_their_defaults():
    found = keys_of("[late]")
    assert sorted(found) == sorted(KEYS)
    rules = Rules(datetime.now(UTC), 10.0, "percent")
    assert (found["grace_minutes"], found["late_days"]) == (f"`{rules.grace_minutes:g}`", f"`{rules.late_days}`")
    assert (found["each"], found["cap"], rules.cap) == (f'`"{rules.each}"`', "none", math.inf)


def test_the_top_and_the_tables_of_the_page_are_those_of_the_file():
    text = (repository() / "autograder" / "hw1" / "rubric.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    tables = {name for heading in headings for name in re.findall(r"\[(\w+)\]", heading)}
    assert tables == {name for name, value in table.items() if isinstance(value, dict)} | {"late"}
    assert set(keys_of("At the top")) == {name for name, value in table.items() if not isinstance(value, dict)}
    assert list(keys_of("[handout]")) == list(table["handout"])


def test_the_examples_of_the_page_are_a_rubric_that_is_accepted(tmp_path):
    path = tmp_path / "rubric.toml"
    path.write_text(EXAMPLES, encoding="utf-8")
    rubric = read_rubric(path)
    assert rubric.late is not None
    assert (rubric.total, rubric.recipes["1.1"]["mnist"].floor) == (8, 0.98)
    assert rubric.limits == replace(RUBRIC.limits, bulk_members=200_000)
