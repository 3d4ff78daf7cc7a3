"""The pages of a report, for people: drawn and read in a sandbox, of what was graded, whatever the file is."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from autograder.cohort.journal import Journal
from autograder.cohort.run import origin_of
from autograder.errors import MisuseError
from autograder.hw1.checks import CHECKS
from autograder.ingest.finding import find_hand_ins
from autograder.ingest.probes.paper import MOST_PIXELS, MOST_SIDE, scale_of
from autograder.ingest.reading import read_hand_in, read_submission
from autograder.report import make_report
from autograder.review import drawing
from autograder.review import papers as module
from autograder.review.papers import PaperPage, Papers
from autograder.rubric import read_rubric
from autograder.sandbox.layers import kernel
from tests.conftest import write_hand_in
from tests.pdfs import endless, pages_of, said, slow, written

RUBRIC = read_rubric()
confined = pytest.mark.skipif(kernel.architecture() is None, reason="pages are drawn where a worker can be confined")


@dataclass
class Class:
    """A class whose journal knows where its hand-ins lie."""

    folder: Path
    journal: Journal
    papers: Papers
    students: list[str] = field(default_factory=list)

    def graded(self, files: dict, student: str = "") -> tuple[str, Path]:
        """A folder that was handed in; the student and where it lies."""
        student = student or f"2026{1000 + len(self.students)}"
        place = write_hand_in(self.folder / student, {"mnist.py": "", **files})
        self.note(student, read_submission(place, RUBRIC.limits))
        return student, place

    def note(self, student: str, one) -> None:
        """Note in the journal that it was graded."""
        self.students.append(student)
        body = make_report(student, one.digest, CHECKS, {}, RUBRIC, (), {}).to_json()
        self.journal.write(student, one.digest, "", origin_of(one), body)

    def shown(self, data: bytes) -> tuple[list[PaperPage], str, str]:
        """What is shown of a hand-in with this report."""
        student, _ = self.graded({"report.pdf": data})
        return (student, *self.papers.pages(student))

    def size(self, student: str, number: int = 1) -> tuple[int, int]:
        """Width and height of a page's picture."""
        with Image.open(io.BytesIO(self.papers.picture(student, number))) as picture:
            assert (picture.format, picture.mode) == ("PNG", "RGB")
            return picture.size


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    with Journal(folder / "journal.sqlite") as journal:
        journal.begin({}, {})
        papers = Papers(journal, RUBRIC)
        yield Class(folder / "hand-ins", journal, papers)
        papers.close()


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(written("a secret"))))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# What is shown


@confined
def test_the_pages_of_a_report_are_shown_as_text_and_as_pictures(taught):
    student, pages, why = taught.shown(written("Results: 98.2 %\nof the digits", "Discussion"))
    assert pages == [
        PaperPage("report.pdf", 1, "Results: 98.2 %\nof the digits"),
        PaperPage("report.pdf", 2, "Discussion"),
    ]
    assert why == ""
    assert taught.size(student) == taught.size(student, 2) == (910, 1287)  # A4 at 110 dots an inch
    with Image.open(io.BytesIO(taught.papers.picture(student, 1))) as picture:
        assert picture.getpixel((2, 2)) == (255, 255, 255)
        assert picture.convert("L").getextrema()[0] < 100  # there is ink


@confined
def test_colours_are_not_exchanged(taught):
    student, *_ = taught.shown(pages_of([b"1 0 0 rg 0 0 1000 1000 re f"]))
    with Image.open(io.BytesIO(taught.papers.picture(student, 1))) as picture:
        assert picture.getpixel((50, 50)) == (255, 0, 0)


def test_pages_are_counted_across_papers_the_report_first(taught):
    files = {"a.pdf": written("A"), "report.pdf": written("one", "two"), "answers.txt": "## Q1\n\nHere\u202e.\x1b[31m"}
    student, _ = taught.graded(files)
    pages, why = taught.papers.pages(student)
    assert [(page.document, page.number, page.text) for page in pages] == [
        ("report.pdf", 1, "one"),
        ("report.pdf", 2, "two"),
        ("a.pdf", 3, "A"),
        ("answers.txt", 4, "## Q1\n\nHere.[31m"),
    ]
    assert why == ""
    with pytest.raises(MisuseError, match=r"^Page 4 \(answers.txt\) has no picture: it is text, and shown as that\.$"):
        taught.papers.picture(student, 4)


def test_a_paper_that_nothing_reads_is_named(taught):
    student, _ = taught.graded({"보고서.hwp": b"HWP"})
    assert taught.papers.pages(student) == (
        [],
        "보고서.hwp can't be shown: open it with the program that it was written with.",
    )


def test_a_text_that_is_no_answer_s_size_is_not_read(taught):
    student, _ = taught.graded({"answers.txt": b"x" * 1_000_001})
    assert taught.papers.pages(student) == ([], "Answers.txt can't be shown: it is too large.")


def test_without_a_paper_there_is_a_sentence(taught):
    student, _ = taught.graded({})
    assert taught.papers.pages(student) == ([], "The hand-in has no report, and no other paper.")
    with pytest.raises(MisuseError, match=f"^{student} has no page 1\\.$"):
        taught.papers.picture(student, 1)


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_page_that_is_not_there(taught, number):
    student, *_ = taught.shown(written("one", "two"))
    with pytest.raises(MisuseError, match=f"has no page {number}\\."):
        taught.papers.picture(student, number)


def test_more_papers_than_anyone_reads(taught, monkeypatch):
    monkeypatch.setattr(module, "MOST_PAPERS", 2)
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    student, _ = taught.graded({f"{name}.pdf": written("one", "two") for name in "abc"})
    pages, why = taught.papers.pages(student)
    assert [page.document for page in pages] == ["a.pdf", "a.pdf", "b.pdf"]
    assert why == "Of b.pdf 1 of 2 pages are shown. 1 more papers are not shown."


# Where it lies


def test_nobody_is_shown_whom_the_journal_does_not_know(taught):
    assert taught.papers.pages("20269999") == ([], "There is no report of 20269999.")
    with pytest.raises(MisuseError, match="no report of 20269999"):
        taught.papers.picture("20269999", 1)


def test_a_hand_in_of_unknown_origin(taught):
    taught.note("20268888", SimpleNamespace(digest="d", origin=""))
    assert taught.papers.pages("20268888") == ([], "It is not known where the hand-in of 20268888 lies.")


@pytest.mark.parametrize("seen", [False, True], ids=["not yet looked at", "looked at before"])
def test_a_report_that_has_changed_since_is_not_shown(taught, seen):
    student, place = taught.graded({"report.pdf": written("graded")})
    if seen:
        assert taught.papers.pages(student)[0][0].text == "graded"
    (place / "report.pdf").write_bytes(written("another one"))
    pages, why = taught.papers.pages(student)
    assert pages == []
    assert why == (
        f"The hand-in of {student} has changed since it was graded ({place}): grade it again to see its pages."
    )
    with pytest.raises(MisuseError, match="has changed"):
        taught.papers.picture(student, 1)
    (place / "report.pdf").write_bytes(written("graded"))
    assert taught.papers.pages(student)[0][0].text == "graded"


def test_a_hand_in_that_is_gone_is_not_shown(taught):
    student, place = taught.graded({"report.pdf": written("graded")})
    place.rename(place.with_name("elsewhere"))
    pages, why = taught.papers.pages(student)
    place.with_name("elsewhere").rename(place)
    assert pages == []
    assert why == f"The hand-in of {student} is no longer where it was ({place}): put it back to see its pages."
    assert taught.papers.pages(student)[0][0].text == "graded"


def packed(files: dict) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


CHECKPOINT = b"\x02\0\0\0\0\0\0\0{}"


def noted_below(taught, path: Path) -> list[str]:
    """The students of all hand-ins below *path*, as `hw1 grade` finds them."""
    with ExitStack() as opened:
        found = find_hand_ins([path], RUBRIC.limits, opened, RUBRIC.student_id).hand_ins
        students = [f"{path.stem}-{number}" for number in range(len(found))]
        for student, one in zip(students, found, strict=True):
            taught.note(student, read_hand_in(one, student, RUBRIC.limits))
    return students


def test_pages_in_an_archive_and_nothing_of_its_checkpoints_stays_on_the_disk(taught, tmp_path):
    files = {"mnist.py": "", "report.pdf": written("packed"), "checkpoints/1.1.safetensors": CHECKPOINT}
    (tmp_path / "20260001.zip").write_bytes(packed(files))
    one = read_submission(tmp_path / "20260001.zip", RUBRIC.limits)
    taught.note("20260001", one)
    assert [page.text for page in taught.papers.pages("20260001")[0]] == ["packed"]
    kept = [path.suffix for path in taught.papers._drawing.kit.scratch.rglob("*") if path.is_file()]
    assert ".pdf" in kept
    assert ".safetensors" not in kept


def test_pages_in_a_class_s_download(taught, tmp_path):
    names = [f"kim{n}_{n}_{n}_report.pdf" for n in (1234, 5678)]  # as Canvas has them
    (tmp_path / "submissions.zip").write_bytes(packed({name: written(name) for name in names}))
    students = noted_below(taught, tmp_path / "submissions.zip")
    assert [taught.papers.pages(student)[0][0].text for student in students] == names


def test_what_lies_beside_a_folder_and_belongs_to_it_is_found_again(taught, tmp_path):
    folder = tmp_path / "class1"
    write_hand_in(folder / "20260001", {"mnist.py": ""})
    write_hand_in(folder / "20260002", {"mnist.py": "#"})
    (folder / "20260001_report.pdf").write_bytes(written("beside"))
    first, _ = noted_below(taught, folder)
    assert [page.text for page in taught.papers.pages(first)[0]] == ["beside"]


def test_unpacked_hand_ins_are_dropped_again(taught, tmp_path, monkeypatch):
    taught.papers._found.cache_clear()
    monkeypatch.setattr(taught.papers, "_found", lru_cache(2)(taught.papers._read))
    for number in range(4):
        path = tmp_path / f"{20267000 + number}.zip"
        path.write_bytes(packed({"mnist.py": "", "report.pdf": written(f"number {number}")}))
        taught.note(path.stem, read_submission(path, RUBRIC.limits))
        assert taught.papers.pages(path.stem)[0][0].text == f"number {number}"
    assert len(list(taught.papers._drawing.kit.scratch.glob("papers-*"))) == 2
    assert taught.papers.pages("20267000")[0][0].text == "number 0"


# Hostile files


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x89PNG nothing", "it is not a PDF"),
        (b"", "it is not a PDF"),
        (b"%PDF-1.4", "it is damaged ("),
        (written("cut off")[:300], "it is damaged ("),
        (encrypted("pass"), "it is encrypted"),
    ],
    ids=["another format", "empty", "a beginning", "truncated", "encrypted"],
)
def test_what_is_no_pdf_that_can_be_read(taught, data, why):
    student, pages, sentence = taught.shown(data)
    assert pages == []
    assert sentence.startswith(f"Report.pdf can't be shown: {why}")
    with pytest.raises(MisuseError, match="has no page 1"):
        taught.papers.picture(student, 1)


def test_encrypted_without_a_password_to_open_it_is_shown(taught):
    assert [page.text for page in taught.shown(encrypted(""))[1]] == ["a secret"]


@confined
def test_ten_thousand_pages(taught):
    student, pages, why = taught.shown(pages_of([said("first"), *[b""] * 9_999]))
    assert (len(pages), pages[0].text, why) == (100, "first", "Of report.pdf 100 of 10,000 pages are shown.")
    assert taught.size(student, 100) == (910, 1287)


@confined
@pytest.mark.parametrize(
    ("size", "pixels"),
    [((1e6, 1e6), (1566, 1566)), ((1e6, 0.01), (4999, 1)), ((0.01, 1e6), (1, 4999)), ((0, 0), (935, 1210))],
)
def test_a_page_of_any_size_has_a_picture_of_a_bounded_one(taught, size, pixels):
    student, *_ = taught.shown(written("large", size=size))
    assert taught.size(student) == pixels  # one without a size is a letter to PDFium


@pytest.mark.parametrize("width", [1e-6, 1, 595, 14_400, 1e6, 1e30, 1e38])
@pytest.mark.parametrize("height", [1e-6, 1, 842, 14_400, 1e6, 1e30, 1e38])
def test_no_scale_makes_a_picture_too_large(width, height):
    scale = scale_of(width, height)
    wide, high = (int(side * scale) + 1 for side in (width, height))
    assert max(wide, high) <= MOST_SIDE
    assert wide * high <= MOST_PIXELS
    assert scale <= 110 / 72


@confined
def test_a_page_that_takes_for_ever_is_given_up_and_its_text_stays(taught, monkeypatch):
    monkeypatch.setattr(drawing, "DRAWING", 0.3)
    student, pages, why = taught.shown(slow())
    assert ([page.text for page in pages], why) == (["slow"], "")
    for _ in range(2):  # the second time it is known
        with pytest.raises(MisuseError, match=r"^Page 1 \(report.pdf\) has no picture: it takes too long\.$"):
            taught.papers.picture(student, 1)
    assert taught.papers._drawn.cache_info().hits


def test_a_text_that_takes_for_ever_is_given_up(taught, monkeypatch):
    monkeypatch.setattr(drawing, "PDFIUM", "pdfium_that_nobody_has")
    monkeypatch.setattr(drawing, "READING", 0.05)
    _, pages, why = taught.shown(written("one word " * 100_000))
    assert (pages, why) == ([], "Report.pdf can't be shown: it takes too long.")


@confined
def test_what_ends_pdfium_ends_a_worker_and_nothing_else(taught, monkeypatch):
    monkeypatch.setattr(drawing, "MEMORY_MB", 64)
    student, pages, why = taught.shown(endless())
    assert ([page.text for page in pages], why) == (["slow"], "")  # pypdf has read it
    with pytest.raises(MisuseError, match=r"has no picture: it (takes too|is damaged: the program that reads it)"):
        taught.papers.picture(student, 1)
    monkeypatch.undo()
    student, *_ = taught.shown(written("another one"))
    assert taught.size(student) == (910, 1287)


@confined
def test_hidden_signs_of_a_page_s_text_are_left_out(taught):
    _, pages, _ = taught.shown(written("plain\\033[31m\\007 text"))
    assert all(sign.isprintable() or sign == "\n" for sign in pages[0].text)


# Without a renderer


def test_without_pdfium_there_are_texts_and_a_sentence(taught, monkeypatch):
    monkeypatch.setattr(drawing, "PDFIUM", "pdfium_that_nobody_has")
    student, pages, why = taught.shown(written("one", "two"))
    assert [page.text for page in pages] == ["one", "two"]
    assert why == "Pictures of pages need pypdfium2: pip install 'hw1[review]'."
    with pytest.raises(MisuseError, match="has no picture: pictures of pages need pypdfium2"):
        taught.papers.picture(student, 1)


def test_where_nothing_confines_it_pdfium_is_not_run(taught):
    student, _ = taught.graded({"report.pdf": written("one")})
    papers = Papers(taught.journal, RUBRIC, isolation="none")
    try:
        pages, why = papers.pages(student)
        assert [page.text for page in pages] == ["one"]
        assert why == (
            "This machine can't confine the program that draws pages (docs/security.md), so there is only their text."
        )
        with pytest.raises(MisuseError, match="can't confine"):
            papers.picture(student, 1)
    finally:
        papers.close()


# Threads and the end


@confined
def test_several_threads_ask_at_once(taught):
    students = [taught.shown(written(f"{n} a", f"{n} b"))[0] for n in range(2)]
    found: dict[tuple[str, int], bytes] = {}

    def ask(student: str, number: int) -> None:
        found[student, number] = taught.papers.picture(student, number)

    threads = [threading.Thread(target=ask, args=(s, n)) for s in students for n in (1, 2) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*found.values()}) == len(found) == 4


def running(scratch: Path) -> bool:
    """Whether a process works in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            found.append(str(process.readlink()))
    return any(str(scratch) in place for place in found)


@confined
def test_closing_ends_the_workers_even_one_that_draws(taught, monkeypatch):
    student, *_ = taught.shown(slow())
    papers = Papers(taught.journal, RUBRIC)
    papers.pages(student)
    scratch = papers._drawing.kit.scratch
    said_then: list[str] = []

    def ask() -> None:
        try:
            papers.picture(student, 1)
        except MisuseError as error:
            said_then.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while not running(scratch):
        time.sleep(0.02)
    papers.close()
    thread.join(60)
    assert not thread.is_alive()
    assert len(said_then) == 1
    assert not running(scratch)
    assert not scratch.exists() or not list(scratch.rglob("*.pdf"))
    assert papers.pages(student) == ([], "Pages are no longer shown.")
    with pytest.raises(MisuseError, match="no longer shown"):
        papers.picture(student, 1)
    papers.close()  # a second time does nothing


def test_nothing_is_started_before_somebody_looks(taught):
    papers = Papers(taught.journal, RUBRIC)
    assert papers._drawing._begun is None
    papers.close()
