"""A report.pdf: its figures are listed for people, whatever it is nothing breaks, and nothing of it is credited."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from autograder.evidence import Stopped
from autograder.homework import in_force
from autograder.ingest import pdfs
from autograder.ingest.pdfs import with_reports
from autograder.ingest.probes.pdf import candidates
from autograder.ingest.probes.questions import asked_in
from autograder.ingest.probes.units import figures_of
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.rubric import read_rubric
from tests.conftest import write_hand_in


def page_of(text: str) -> bytes:
    """A PDF with one page of text."""
    lines = text.replace("(", r"\(").replace(")", r"\)").encode("latin-1").split(b"\n")
    content = b"BT /F1 12 Tf 50 700 Td 14 TL " + b" T* ".join(b"(" + line + b") Tj" for line in lines) + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def blank(pages: int, password: str | None = None) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    return written(writer)


@pytest.fixture
def read(launcher, tmp_path):
    """A hand-in with these bytes as its report, after it was read."""
    kit = Kit(isolation="best", launcher=launcher)

    def run(data: bytes, name: str = "report.pdf"):
        folder = write_hand_in(tmp_path / "20260001", {"mnist.py": "", name: data})
        return with_reports(read_submission(folder, read_rubric().limits), kit)

    yield run
    for path in kit.scratch.iterdir():
        path.unlink()
    kit.scratch.rmdir()


def test_accuracies_and_parameter_counts_are_listed_with_page_and_words(read):
    found = read(page_of("Experiment 7 reached 96.4 % with 23,920 parameters, in 2026."))
    assert len(found.claims) == 2
    assert all(claim.startswith("report.pdf, page 1: ") for claim in found.claims)
    assert "96.4 %" in found.claims[0]
    assert found.remarks == ()


def test_pages_are_told_apart(read):
    writer = PdfWriter()
    for text in ("none here", "98.8 % at last"):
        writer.append(PdfReader(io.BytesIO(page_of(text))))
    assert read(written(writer)).claims[0].startswith("report.pdf, page 2: ")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a PDF"),
        (b"PK is no zip", "not a PDF"),
        (b"%PDF-1.7\n" + b"garbage " * 100, "damaged"),
        (page_of("cut off")[:200], "damaged"),
        (blank(1, "a password"), "encrypted"),
        (blank(300), "the first 100 of 300 pages"),
    ],
    ids=["empty", "zip", "garbage", "cut", "encrypted", "long"],
)
def test_what_can_not_be_read_is_said(read, data, words):
    found = read(data)
    assert found.claims == ()
    assert any(words in remark for remark in found.remarks)


def test_one_that_is_encrypted_without_a_password_is_read(read):
    assert read(blank(1, "")).remarks == ()


def test_one_that_takes_too_long_is_said(read, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.session.Session.observe", lambda *_: Stopped("time", "60 s"))
    assert read(page_of("x")).remarks == (f"report.pdf was not read: it takes more than {pdfs.SECONDS:g} s",)


def test_one_that_ends_its_worker_is_damaged(read, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.session.Session.observe", lambda *_: Stopped("died", "signal SIGSEGV"))
    assert "damaged" in read(page_of("x")).remarks[0]


REPORT = """Homework 1
1.1 MNIST
1.1-motivation
Two convolutions see more than one.
1.2 Experiments
Q1. They add up, so that the
steps grow.
Question 2: Batch norm must use its averages.
1.2 Q3
The tables of modules are made there.
Problem 4
It learns faster with a ReLU.
A5) The gradients vanish in it.
Part 2.2
Both networks were trained for four epochs.
2.2 Comparison of the confusion matrices
Cats and dogs stay."""


def test_what_stands_under_a_heading_like_the_questions_is_a_candidate_with_its_place(read):
    found = read(page_of(REPORT)).candidates
    words = {item: " ".join(texts[0].split()) for item, texts in found.items()}
    assert words == {
        "E1": "report.pdf, page 1: Two convolutions see more than one.",
        "E2": "report.pdf, page 1: 1.1-motivation Two convolutions see more than one.",
        "Q1": "report.pdf, page 1: They add up, so that the steps grow.",
        "Q2": "report.pdf, page 1: Batch norm must use its averages.",
        "Q3": "report.pdf, page 1: The tables of modules are made there.",
        "Q4": "report.pdf, page 1: It learns faster with a ReLU.",
        "Q5": "report.pdf, page 1: The gradients vanish in it.",
        "E3": "report.pdf, page 1: Both networks were trained for four epochs. "
        "2.2 Comparison of the confusion matrices Cats and dogs stay.",
        "E4": "report.pdf, page 1: Cats and dogs stay.",
    }


def test_of_many_places_the_longest_are_candidates_and_none_is_endless():
    pages = ["Contents\nQ1 ..... 2\nQ2 ..... 2", "Q1.\n" + "They add up. " * 1000, "Q1.\nThe same again."]
    found = candidates(pages, asked_in(in_force().told))
    assert [(item, page) for item, page, _ in found] == [("Q1", 2), ("Q1", 3)]
    assert len(found[0][2]) == 6_000
    assert len(candidates(["Q1.\nThey add up, again."] * 100, asked_in(in_force().told))) == 3


def test_a_text_that_mentions_questions_has_no_candidates(read):
    assert read(page_of("As Q1 shows, the gradients add up.\nA good network is 1.2 times faster.")).candidates == {}


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("It reached 98.1 % on the test set.", ["98.1 %"]),
        ("An accuracy of 98.1 percent, with 23,860 parameters.", ["98.1 percent", "23,860"]),
        ("Parameters: 204826; the accuracy is 97%.", ["204826", "97%"]),
        ("The network 784-30-10 reached 96.4 %.", ["96.4 %"]),
        ("There are 60,000 images in 10 classes, in 2026.", []),
        ("7  784-30-10, batch norm  Adam  23,920  96.4 %  96.1 \xb1 0.2 %", []),
        ("  1.2.1: Exp1: 784-30-10, sigmoid  1/1", []),
        ("2.1c-count: VGG19: the parameters that it uses, 20,365,002 in all  4/4", []),
        ("93.8 % with a standard deviation of 1.23 over 50 seeds", []),
        ("1,024 parameters, wanted 20,365,002", ["1,024"]),
        ("| 1 | 784-30-10, sigmoid | SGD | 23,860 | 54.1 % |", []),
    ],
)
def test_a_claim_is_a_figure_with_its_unit_and_none_of_the_kits_own(text, figures):
    assert [figure for figure, _ in figures_of(text, in_force().printed)] == figures
