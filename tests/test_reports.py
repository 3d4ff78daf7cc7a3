"""A report.pdf: its figures are listed for people, whatever it is nothing breaks, and nothing of it is credited."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from autograder import reports
from autograder.evidence import Stopped
from autograder.kit import Kit
from autograder.reports import with_reports
from autograder.rubric import read_rubric
from autograder.submission import read_submission
from tests.conftest import write_hand_in


def page_of(text: str) -> bytes:
    """A PDF with one page of text."""
    content = b"BT /F1 12 Tf 50 700 Td (" + text.encode("latin-1") + b") Tj ET"
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
    assert read(page_of("x")).remarks == (f"report.pdf was not read: it takes more than {reports.SECONDS:g} s",)


def test_one_that_ends_its_worker_is_damaged(read, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.session.Session.observe", lambda *_: Stopped("died", "signal SIGSEGV"))
    assert "damaged" in read(page_of("x")).remarks[0]
