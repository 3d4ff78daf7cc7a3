"""Downloads of learning management systems: the right id and one row for each student, packed and unpacked."""

from __future__ import annotations

import csv
import io
import os
import re
import tarfile
import tempfile
import time
import unicodedata
import zipfile
from pathlib import Path

import pytest

from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal
from autograder.cohort.run import grade_all
from autograder.errors import MisuseError
from autograder.ingest.gradescope import read_metadata
from autograder.ingest.layouts import first_name, part_of
from autograder.ingest.names import notebook_number
from autograder.kit import Kit
from autograder.rubric import read_rubric, rubric_file
from autograder.staff.start import collect

RUBRIC = read_rubric()
SOURCE, NOTEBOOK, PDF = b"x = 1\n", b"{}", b"%PDF-1.4"
COUNT = 30
IDS = [f"2026{number:04}" for number in range(1, COUNT + 1)]
WORDS = (
    "Student A",
    "학생 가나",
    "طالب ألف",
    "O'Student, B.",
    "Stu\u0308dent Ö",
    "学生 一",
    "Student 👩\u200d💻",
    "Schüler-Lehmann C",
    "студент Я",
    "สมาชิก ก",
)
NAMES = [f"{word} {number}" for number, word in enumerate(WORDS * 3)]
LAYOUTS = ("moodle", "moodle-old", "moodle-flat", "canvas", "canvas-loose", "gradescope", "archives", "folders")


def packed(student: str, top: str = "hw1/") -> bytes:
    """A student's own tar.gz, with what a mac adds."""
    out = io.BytesIO()
    files = (
        ("vgg.py", SOURCE),
        ("hw1-1(assn).ipynb", NOTEBOOK),
        ("help.txt", b""),
        (f"{student}.pdf", PDF),
        ("._x", b"m"),
    )
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files:
            info = tarfile.TarInfo(top + name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def metadata(rows, created="2026-03-01 12:00:{:02}.000000000 Z") -> bytes:
    """Gradescope's file for (folder's number, name, id)."""
    lines = ["---"]
    for number, name, student in rows:
        lines += [
            f"submission_{number}:",
            "  :submitters:",
            f"  - :name: {quoted(name)}",
            f"    :sid: '{student}'",
            f"    :email: s{student}@example.org",
            f"  :created_at: {created.format(number % 60)}",
            "  :score: 0.0",
            "  :history: []",
        ]
    return "\n".join(lines).encode()


def download(layout: str) -> dict[str, bytes]:
    """The files of a download with 30 hand-ins, by path."""
    files: dict[str, bytes] = {"__MACOSX/._x": b"m"}
    for number, (student, name) in enumerate(zip(IDS, NAMES, strict=True)):
        person = f"{name.replace('/', '')}_{1_000_000 + number}_assignsubmission_file"
        squashed = "".join(c for c in name.lower() if c.isalnum())
        canvas = f"{squashed}_{'LATE_' if number % 3 else ''}{500_000 + number}_{7_000_000 + number}_"
        match layout:
            case "moodle":
                files[f"{person}/hw1-{student}.tar.gz"] = packed(student)
            case "moodle-old":
                files[f"{person}_/hw1-{student}.tar.gz"] = packed(student, "")
            case "moodle-flat":
                files[f"{person}_hw1-{student}.tar.gz"] = packed(student)
            case "canvas":
                files[f"{canvas}hw1-{student}{'-2' if number % 2 else ''}.tar.gz"] = packed(student)
            case "canvas-loose":
                files |= {f"{canvas}vgg.py": SOURCE, f"{canvas}hw1-1-1.ipynb": NOTEBOOK, f"{canvas}{student}.pdf": PDF}
                files[f"{canvas}help.txt"] = b"nobody"
            case "gradescope":
                base = f"assignment_77_export/submission_{900_000 + number}"
                files |= {f"{base}/vgg.py": SOURCE, f"{base}/hw1-1.ipynb": NOTEBOOK, f"{base}/x/{student}.pdf": PDF}
                files[f"{base}/help.txt"] = b""
            case "archives":
                files[f"hw1-{student}.zip"] = zipped(
                    {"a/vgg.py": SOURCE, "a/hw1-1.ipynb": NOTEBOOK, "a/x.pdf": PDF, "a/help.txt": b""}
                )
            case "folders":
                files[f"hand-ins/hw1_{student} {name[0]}/hw1-{student}.tar.gz"] = packed(student)
    if layout == "gradescope":
        rows = [(900_000 + n, name, student) for n, (student, name) in enumerate(zip(IDS, NAMES, strict=True))]
        files["assignment_77_export/submission_metadata.yml"] = metadata(rows)
    return files


@pytest.fixture
def place(tmp_path):
    """Writes a download as a zip or as a folder; its path."""

    def place(files: dict[str, bytes], kind: str = "folder", name: str = "download"):
        if kind == "zip":
            path = tmp_path / f"{name}.zip"
            path.write_bytes(zipped(files))
            return path
        for each, data in files.items():
            path = tmp_path / name / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return tmp_path / name

    return place


@pytest.fixture
def taken(tmp_path):
    """Collects what is in paths, with the roster whose text is given; copies are kept of documents alone."""

    def taken(*paths, roster: str | bytes | None = None):
        scratch = Path(tempfile.mkdtemp(dir=tmp_path))
        where = None
        if roster is not None:
            where = tmp_path / "roster.csv"
            where.write_bytes(roster.encode() if isinstance(roster, str) else roster)
        submissions, remarks = collect(list(paths), RUBRIC, tmp_path / "out", scratch, where)
        kept = [path for one in submissions for path in one.documents.values()]
        copies = [path for path in scratch.rglob("*") if path.is_file()]
        assert set(copies) <= set(kept)
        return submissions, remarks

    return taken


@pytest.mark.parametrize("kind", ["zip", "folder"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_download_gives_each_student_one_hand_in_under_the_right_id(layout, kind, place, taken):
    submissions, remarks = taken(place(download(layout), kind))
    loose = layout == "canvas-loose"
    assert [one.id for one in submissions] == IDS
    assert all(one.files == {"vgg.py": SOURCE} for one in submissions)
    names = [{re.sub("hw1-1.*ipynb", "1", name) for name in one.documents} for one in submissions]
    assert names == [{"1", "report.pdf", "help.txt"}] * COUNT
    assert [one.flags for one in submissions] == [()] * COUNT
    assert all("counts as report.pdf" in one.remarks[-1] and len(one.remarks) == 1 for one in submissions), loose
    assert len(remarks) == (kind == "zip")


@pytest.mark.parametrize("layout", ["moodle", "moodle-flat", "canvas", "canvas-loose"])
def test_a_roster_tells_whose_it_is_where_no_file_is_called_by_an_id(layout, place, taken):
    files = {
        re.sub(r"hw1-2026\d{4}|(?<=_)2026\d{4}(?=.pdf)", "mine", name): data for name, data in download(layout).items()
    }
    by_name = "".join(f'{student},"{name}"\n' for student, name in zip(IDS, NAMES, strict=True))
    assert [one.id for one in taken(place(files), roster=f"Student ID,Name\n{by_name}")[0]] == IDS
    by_number = "".join(f"{student};{500_000 + n};{1_000_000 + n}\n" for n, student in enumerate(IDS))
    assert [one.id for one in taken(place(files), roster=f"sid;canvas_id;moodle_id\n{by_number}")[0]] == IDS
    unknown, _ = taken(place(files))
    assert len({one.id for one in unknown}) == COUNT
    assert not set(IDS) & {one.id for one in unknown}


def test_names_are_found_in_any_order_accents_and_case(place, taken):
    files = {
        "Änn, B'eta_11_assignsubmission_file_/hw1.tar.gz": packed("1"),
        f"{unicodedata.normalize('NFD', 'Öl Student')}_12_assignsubmission_file_/hw1.tar.gz": packed("2"),
        "twin student_13_assignsubmission_file_/hw1.tar.gz": packed("3"),
    }
    roster = "id\tFirst name\tLast name\n1\tB’eta\tÄnn\n2\tstudent\tÖL\n3\tTwin\tStudent\n4\tStudent\tTwin\n"
    submissions, remarks = taken(place(files), roster=roster)
    assert [(one.id, one.absent) for one in submissions][:4] == [("1", False), ("2", False), ("3", True), ("4", True)]
    assert submissions[4].id.startswith("twin_student_13-")
    assert any("not on the roster" in remark for remark in remarks)


def test_what_the_download_says_is_trusted_before_the_name_of_a_file(place, taken):
    files = {"Student A_11_assignsubmission_file_/hw1-20260002.zip": zipped({"vgg.py": b"a"})}
    files["Student B_12_assignsubmission_file_/hw1-20260002.zip"] = zipped({"vgg.py": b"b"})
    submissions, remarks = taken(place(files), roster="id,name\n20260001,Student A\n20260002,Student B\n")
    assert [(one.id, one.files["vgg.py"]) for one in submissions] == [("20260001", b"a"), ("20260002", b"b")]
    assert remarks == ["named after 20260002, but handed in by 20260001"]


@pytest.mark.parametrize("roster", [None, "id\n20260002\n20260003\n"])
def test_two_people_never_become_one_by_what_they_call_a_file(roster, place, taken):
    files = {"Student A_11_assignsubmission_file_/hw1-20260002.zip": zipped({"vgg.py": b"a"})}
    files["Student B_12_assignsubmission_file_/hw1-20260002.zip"] = zipped({"vgg.py": b"b"})
    submissions, remarks = taken(place(files), roster=roster)
    here = [one for one in submissions if not one.absent]
    assert [one.id for one in here] == ["20260002-moodle-11", "20260002-moodle-12"]
    assert all("2 people's hand-ins are named 20260002" in one.flags[0] for one in here)
    assert "reports call that of Student A 20260002-moodle-11" in " ".join(remarks)
    assert [one.id for one in submissions if one.absent] == ([] if roster is None else ["20260003"])


def test_all_that_one_person_hands_in_is_one_hand_in(place, taken):
    files = {
        "studenta_11_501_hw1.zip": zipped({"vgg.py": b"first"}),
        "studenta_11_502_hw1-20260001-1.zip": zipped({"vgg.py": b"second"}),
        "studenta_LATE_11_503_hw1-20260001-10.zip": zipped({"vgg.py": b"third"}),
        "studentb_12_504_vgg.py": b"first",
        "studentb_12_505_vgg-2.py": b"second",
        "studentb_12_506_20260002.pdf": PDF,
        "studentb_12_507_picture.png": b"",
    }
    folder = place(files)
    os.utime(folder / "studenta_11_501_hw1.zip", (4e9, 4e9))
    submissions, remarks = taken(folder)
    assert [(one.id, one.files["vgg.py"]) for one in submissions] == [("20260001", b"third"), ("20260002", b"second")]
    assert [remark for remark in remarks if "is newer and counts" in remark and remark.startswith("20260001")]
    assert any(
        "studentb_12_504_vgg.py is older than studentb_12_505_vgg-2.py" in remark for remark in submissions[1].remarks
    )
    assert "not used, because the homework has no files of these names: picture.png" in submissions[1].remarks


def test_the_newest_by_gradescopes_time_counts_and_the_other_is_listed(place, taken):
    data = metadata([(7, "A", "20260001")], "2026-03-01 12:00:07.5 Z") + b"\n"
    data += metadata([(9, "A", "20260001")], "2026-03-01 12:00:09 +09:00").partition(b"\n")[2] + b"\n"
    data += metadata([(8, "B", "20260002")]).partition(b"\n")[2]
    files = {f"submission_{n}/vgg.py": str(n).encode() for n in (7, 8, 9)}
    submissions, remarks = taken(place(files | {"submission_metadata.yml": data}))
    assert [(one.id, one.files["vgg.py"]) for one in submissions] == [("20260001", b"7"), ("20260002", b"8")]
    assert len(remarks) == 1
    assert "submission_7 is newer and counts" in remarks[0]


def test_a_group_is_one_row_each_and_what_has_no_other_half_is_said(place, taken):
    data = b"""---
submission_1:
  :submitters:
  - :name: Student A
    :sid: '20260001'
  - :name: Student B
    :sid:
    :email: b@example.org
  :created_at: 2026-03-01 12:00:00 Z
submission_3:
  :submitters: []
submission_4:
  :submitters:
"""
    files = {f"submission_{n}/vgg.py": SOURCE for n in (1, 2, 3)}
    place(files | {"submission_metadata.yml": data})
    submissions, remarks = taken(place({}), roster="id,email\n20260001,\n20260002,B@example.org\n")
    assert [one.id for one in submissions] == ["20260001", "20260002", "submission_2", "submission_3"]
    assert submissions[0].flags == ("handed in together with Student B",)
    assert submissions[3].flags[0] == "submission_metadata.yml does not say who handed it in"
    assert any("submission_2: submission_metadata.yml does not name it" in remark for remark in remarks)
    assert "submission_metadata.yml names submission_4, which is missing" in remarks


def test_gradescopes_file_is_read_as_ruby_writes_it():
    text = """---
submission_1: &7
  :submitters:
  - :name: |-
      Student
      :sid: '999'
      - :sid: '998'
    :sid: &1 20260001
    :email: "a\\u00e9\\x41\\e[31m\\"@example.org"
  - :name: 'a
      :sid: 997'
    :sid: *1
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-03-01 12:00:00.123 Z
    zone: *2
  :history:
  - :id: 5
    :created_at: 2020-01-01 00:00:00 Z
    :submitters:
    - :sid: '996'
"submission_2":
  :submitters:
    - :sid: ~
      :name: ''
  :created_at: yesterday
"""
    found = read_metadata(text.encode())
    assert [(one.sid, one.name) for one in found["submission_1"].people] == [("20260001", ""), ("20260001", "")]
    assert found["submission_1"].people[0].email == 'aéA\x1b[31m"@example.org'
    assert found["submission_1"].created == 1772366400
    assert (found["submission_2"].people[0].sid, found["submission_2"].created) == ("", None)


@pytest.mark.parametrize(
    "data",
    [
        b"a: &a [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
        b"submission_1:\n  :submitters:\n" + b"  - :sid: &a *a\n" * 200_000,
        b"submission_1: " + b"[" * 3_000_000,
        b"submission_1:\n  :submitters:\n  - :name: " + b"'" * 3_000_000,
        b"submission_1:\n" + b" " * 3_000_000 + b"x",
        b"!!python/object/apply:os.system ['true']\n" * 1000,
        b"\xff\xfe\x00" * 1000,
        b"",
    ],
)
def test_a_hostile_metadata_file_costs_little_and_harms_nobody(data, place, taken):
    began = time.monotonic()
    submissions, _ = taken(place({"submission_metadata.yml": data, "submission_1/vgg.py": SOURCE}))
    assert time.monotonic() - began < 5
    assert 1 <= len(submissions) <= 50
    assert submissions[0].files == {"vgg.py": SOURCE}


def test_a_number_that_may_be_another_id_is_said(place, taken):
    files = {
        f"{name}/vgg.py": SOURCE for name in ("20260001_20261124", "hw1-20260002-20260002", "1234567890123-20260003")
    }
    submissions, _ = taken(place(files))
    assert [one.id for one in submissions] == ["20260001", "20260002", "20260003"]
    assert submissions[0].remarks == (
        "its name has several numbers that may be ids (20260001, 20261124); 20260001 was taken",
    )
    assert submissions[1].remarks == ()
    by_roster, _ = taken(place({}), roster="id\n20261124\n")
    assert [one.id for one in by_roster] == ["20260002", "20260003", "20261124"]


def test_an_archive_in_a_folder_is_opened_with_what_lies_beside_it_and_so_is_one_in_an_archive(place, taken):
    inner = zipped({"top/vgg.py": SOURCE, "top/hw1-2.ipynb": NOTEBOOK})
    files = {
        "20260001/hw1-20260001.zip": inner,
        "20260001/my report.pdf": PDF,
        "20260001/.DS_Store": b"m",
        "20260002.zip": zipped({"hw1-20260002.zip": inner}),
        "20260003/hw1.zip": zipped({"hw1-20260003.zip": inner}),
        "20260004/hw1.zip": b"no zip",
        "20260005/vgg.py": SOURCE,
        "20260005/old.zip": inner,
        "20260006/one.zip": inner,
        "20260006/two.zip": zipped({"vgg.py": b"x = 2\n"}),
    }
    folder = place(files)
    os.utime(folder / "20260006" / "one.zip", (100, 100))
    one, two, three, four, five, six = taken(folder)[0]
    assert one.files == {"vgg.py": SOURCE}
    assert sorted(one.documents) == ["hw1-2.ipynb", "report.pdf"]
    assert one.remarks == ("my report.pdf is the only PDF and counts as report.pdf",)
    assert (two.files, sorted(two.documents), two.remarks) == ({"vgg.py": SOURCE}, ["hw1-2.ipynb"], ())
    assert (three.files, sorted(three.documents), three.remarks) == ({"vgg.py": SOURCE}, ["hw1-2.ipynb"], ())
    assert "the archive hw1.zip is neither a zip nor a tar" in four.remarks[0]
    assert four.open_reason("vgg.py") == four.remarks[0]
    assert (five.files, five.remarks) == ({"vgg.py": SOURCE}, ())  # the other parts may be in old.zip
    assert (six.files, sorted(six.documents)) == ({}, ["one.zip/top/hw1-2.ipynb"])
    assert six.open_reason("vgg.py").startswith("vgg.py and one.zip/top/vgg.py differ")


def test_a_download_is_as_deep_as_its_unpacked_folder(place, taken):
    inner = zipped({"vgg.py": SOURCE})
    files = {
        "A_1_assignsubmission_file_/hw1-20260001.zip": inner,
        "B_2_assignsubmission_file_/hw1-20260002.zip": zipped({"more/hw1.zip": inner, "x.zip": inner}),
        "B_2_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
    }
    for kind in ("zip", "folder"):
        submissions, _ = taken(place(files, kind))
        assert [sorted(one.files) for one in submissions] == [["vgg.py"], ["vgg.py"]]
        assert [len(one.remarks) for one in submissions] == [0, 1]
        assert submissions[1].remarks[0].startswith("a text was typed in instead of files")


def test_each_hand_in_of_a_download_has_limits_of_its_own(place, taken):
    bomb = zipped({"vgg.py": SOURCE, "checkpoints/1.1.safetensors": b"\0" * 30_000_000})
    files = {
        "A_1_assignsubmission_file_/hw1-20260001.zip": bomb,
        "B_2_assignsubmission_file_/20260002.zip": b"\0" * 20_000_000,
    }
    files |= {f"C_{n}_assignsubmission_file_/hw1-202600{n}.zip": zipped({"vgg.py": SOURCE}) for n in range(10, 15)}
    submissions, _ = taken(place(files, "zip"))
    assert [len(one.files) for one in submissions] == [1, 0, 1, 1, 1, 1, 1]
    assert "expands to more than 100 times its size" in " ".join(submissions[0].remarks)
    assert "expands to more than 100 times its size" in " ".join(submissions[1].remarks)


def test_a_students_zip_that_looks_like_a_download_is_one_hand_in(place, taken, tmp_path):
    forged = zipped({"B_2_assignsubmission_file_/hw1-20260002.zip": zipped({"vgg.py": b"forged"})})
    folder = place({"hw1-20260001.zip": forged, "hw1-20260002.zip": zipped({"vgg.py": SOURCE})})
    for paths in ([folder], sorted(folder.iterdir())):
        submissions, remarks = taken(*paths)
        assert [(one.id, one.files.get("vgg.py")) for one in submissions] == [
            ("20260001", b"forged"),
            ("20260002", SOURCE),
        ]
        assert remarks == []


def test_one_zip_of_one_student_is_no_download(place, taken):
    for name, files in {
        "hw1": {"hw1/vgg.py": SOURCE, "hw1/hw1-1.ipynb": NOTEBOOK},
        "mine": {"hw1-1.ipynb": NOTEBOOK, "report.pdf": PDF, "help.txt": b""},
        "parts": {"one/mnist.py": SOURCE, "two/hw1-2.ipynb": NOTEBOOK},
        "20260001-late": {"hw1-20260002/vgg.py": SOURCE, "hw1-20260003/trainer.py": SOURCE},
    }.items():
        submissions, remarks = taken(place(files, "zip", name))
        assert [one.id for one in submissions] == [name.removesuffix("-late")]
        assert remarks == []


def test_a_folder_of_one_students_notebooks_or_archive_is_one_hand_in(place, taken):
    notebooks = place({"hw1-1.ipynb": NOTEBOOK, "plots/x.py": SOURCE}, name="20260001")
    archive = place({"hw1.zip": zipped({"vgg.py": SOURCE}), "report.pdf": PDF}, name="20260002")
    submissions, remarks = taken(notebooks, archive)
    assert [(one.id, sorted(one.documents)) for one in submissions] == [
        ("20260001", ["hw1-1.ipynb"]),
        ("20260002", ["report.pdf"]),
    ]
    assert remarks == []
    template = place({"hw1-1.ipynb": NOTEBOOK, "20260003/vgg.py": SOURCE, "20260004.zip": b""}, name="all")
    assert [one.id for one in taken(template)[0]] == ["20260003", "20260004"]


def test_an_id_in_a_moodle_folder_is_taken_from_what_lies_in_it(place, taken):
    files = {"Student A_123456_assignsubmission_file_/hw1-20260001/vgg.py": SOURCE}
    files |= {"20260002 B_234567_assignsubmission_file_/vgg.py": SOURCE, "C_3_assignsubmission_file_/vgg.py": SOURCE}
    assert [one.id for one in taken(place(files))[0]] == ["20260001", "20260002", "C_3"]


def test_a_canvas_download_with_other_files_in_it_is_one(place, taken):
    files = {"a_1_2_text.html": b"", "a_1_3_20260001.pdf": PDF, "b_2_4_hw1-20260002.zip": zipped({"vgg.py": SOURCE})}
    for kind in ("zip", "folder"):
        submissions, _ = taken(place(files, kind))
        assert [one.id for one in submissions] == ["20260001", "20260002"]
        assert "not used, because the homework has no files of these names: text.html" in submissions[0].remarks


def test_a_download_may_hold_thousands(place, taken):
    files = {f"S_{n}_assignsubmission_file_/hw1-2026{n:05}/{m}.py": SOURCE for n in range(2000) for m in "abcdefgh"}
    path = place(files, "zip")
    began = time.monotonic()
    submissions, _ = taken(path)
    assert time.monotonic() - began < 30
    assert len({one.id for one in submissions}) == 2000


def test_notebooks_and_a_report_count_wherever_they_lie(place, taken):
    files = {
        "code/vgg.py": SOURCE,
        "notebooks/hw1-1.ipynb": NOTEBOOK,
        "final.pdf": PDF,
        "help.txt": b"",
        "HELP.TXT": b"",
    }
    (one,), _ = taken(place({f"20260001/{name}": data for name, data in files.items()}))
    assert sorted(one.files) == ["vgg.py"]
    assert sorted(one.documents) == ["HELP.TXT", "help.txt", "notebooks/hw1-1.ipynb", "report.pdf"]
    assert one.remarks == ("final.pdf is the only PDF and counts as report.pdf",)
    files = {"top/hw1-1.ipynb": NOTEBOOK, "top/.ipynb_checkpoints/hw1-1-checkpoint.ipynb": NOTEBOOK, "top/a.pdf": PDF}
    (_, two), _ = taken(place({f"20260002/{name}": data for name, data in (files | {"top/b.pdf": PDF}).items()}))
    assert sorted(two.documents) == ["a.pdf", "b.pdf", "hw1-1.ipynb"]


def test_a_name_that_says_twice_whose_it_is_is_said(place, taken):
    name = "A_1_assignsubmission_file_B_2_assignsubmission_file_hw1-20260001.zip"
    submissions, _ = taken(place({name: zipped({"vgg.py": SOURCE}), "C_3_assignsubmission_file_x.zip": b""}))
    assert submissions[0].id == "20260001"
    assert submissions[0].remarks == ("its name names two people; the first one was taken",)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("hw1-1.ipynb", 1),
        ("hw1-2.ipynb", 2),
        ("hw1-1(assn).ipynb", 1),
        ("hw1_1.ipynb", 1),
        ("HW1-1.IPYNB", 1),
        ("hw1-1 (2).ipynb", 1),
        ("hw1-2 (1).ipynb", 2),
        ("20260001_hw1-2.ipynb", 2),
        ("Copy of hw1-1.ipynb", 1),
        ("hw1-2-20260001.ipynb", 2),
        ("ｈｗ１－２.ipynb", 2),
        ("학생_hw1-1_final.ipynb", 1),
        ("hw1-1.py", None),
        ("hw1-10.ipynb", None),
        ("hw1-20260001.ipynb", None),
        ("hw1.ipynb", None),
        ("hw1(1).ipynb", None),
        ("hw2-1.ipynb", None),
        ("notes.ipynb", None),
        ("hw1-1.ipynb" * 100_000, None),  # no system has such a name
    ],
)
def test_a_notebook_is_known_by_its_name(name, number):
    assert notebook_number(name) == number


@pytest.mark.parametrize(
    ("name", "first", "version"),
    [
        ("hw1-20260001.tar.gz", "hw1-20260001.tar.gz", 0),
        ("hw1-20260001-3.tar.gz", "hw1-20260001.tar.gz", 3),
        ("HW1-1.ZIP", "HW1.ZIP", 1),
        ("vgg-1.py", "vgg.py", 1),
        ("block-1.py", "block-1.py", 0),
        ("hw1-1.ipynb", "hw1-1.ipynb", 0),
        ("hw1-1-12.ipynb", "hw1-1.ipynb", 12),
        ("report-2.pdf", "report.pdf", 2),
        ("part-2.pdf", "part-2.pdf", 0),
    ],
)
def test_canvas_number_is_taken_off(name, first, version):
    assert first_name(name) == (first, version)


def test_names_that_no_system_made_are_none():
    for name in (
        "20260001",
        "a_b_c.zip",
        "a_1_2",
        "_assignsubmission_file_",
        "A_x_assignsubmission_file_",
    ):
        assert part_of(name, False) is None
    assert part_of("a" * 200_000 + "_1_assignsubmission_file_", True) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,email\nA,a@example.org\n", "line 1: no column has student ids"),
        ("id,name\n1,A\n,B\n", "line 3: the student id is missing"),
        ("id,name\n1,A\n\n1,B\n", "line 4: the id 1 is also in line 2"),
        ("id,canvas_id\n1,5\n2,5\n", "line 3: the canvas number 5 is also in line 2"),
        ("id,email\n1,a@example.org\n2,A@example.org\n", "line 3: the email a@example.org is also in line 2"),
        ("id,name\n1,A,B\n", "line 2: there are more cells than headers"),
        ('id,name\n1,"A\n', "line 2: unexpected end of data"),
        (b"id,name\n1,\xff\n", "line 2: it is not UTF-8"),
        ("id,name\n", "names no student"),
        ("", "no column has student ids"),
    ],
)
def test_a_wrong_roster_is_misuse_and_the_line_is_named(text, said, place, taken):
    with pytest.raises(MisuseError, match=re.escape(said)):
        taken(place({"20260001/vgg.py": SOURCE}), roster=text)


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n20260001,A\n20260002,B\n",
        "\ufeffName;Student ID\r\nA;20260001\r\n;20260002\r\n",
        "sep=\t\nStudent_Number\tNotes\n20260001\t\n20260002\n",
        'Student,ID,SIS User ID,Section\n"    Points Possible",,,\n"A, B",5,20260001,x\n"C, D",6,20260002,x\n',
        "First Name,Last Name,SID,Email\nA,B,20260001,a@example.org\nC,D,20260002,\n",
        "학번,이름\n20260001,가\n20260002,나\n",
        "Identifier,Full name,ID number\nParticipant 1,A,20260001\nParticipant 2,B,20260002\n",
    ],
)
def test_rosters_of_many_makers_are_read(text, place, taken):
    submissions, remarks = taken(place({"hw1-20260001/vgg.py": SOURCE, "guest/vgg.py": SOURCE}), roster=text)
    assert [(one.id, one.absent) for one in submissions] == [("20260001", False), ("20260002", True), ("guest", False)]
    assert submissions[1].remarks == ("no hand-in",)
    assert submissions[2].flags == ("guest is not on the roster",)
    assert remarks == ["guest is not on the roster", "1 of 2 students on the roster handed in nothing"]


def test_a_roster_that_is_not_there_is_misuse(place, tmp_path):
    with pytest.raises(MisuseError, match="can't be read"):
        collect([place({"20260001/vgg.py": SOURCE})], RUBRIC, tmp_path / "out", tmp_path, tmp_path / "none.csv")


def test_grades_have_one_row_each_and_who_handed_in_nothing_has_zeros(place, taken, tmp_path, launcher, recording):
    files = {
        f"{n}_{k}_assignsubmission_file_/hw1-2026000{k}.tar.gz": packed(str(k)) for k, n in enumerate(WORDS[:2], 1)
    }
    roster = "id\n20260001\n20260002\n20260003\n"
    kit = Kit(train="never", recorded=lambda: recording, launcher=launcher, scratch=tmp_path)
    folder = ReportFolder(tmp_path / "out", kit.rubric)
    submissions, _ = taken(place(files, "zip"), roster=roster)
    with Journal(tmp_path / "out/journal.sqlite") as journal:
        reports = [report for report, _ in grade_all(submissions, kit, folder, journal, 2)]
    rows = list(csv.DictReader(folder.write_grades(reports).read_text(encoding="utf-8").splitlines()))
    assert [row["student"] for row in rows] == ["maximum", "20260001", "20260002", "20260003"]
    assert {rows[3][check] for check in (*RUBRIC.points, *RUBRIC.by_hand)} == {"0"}
    assert (rows[3]["earned"], rows[3]["lost"], rows[3]["remarks"]) == ("0", "100", "no hand-in")
    assert "No hand-in." in (tmp_path / "out" / "20260003" / "feedback.txt").read_text(encoding="utf-8")
    assert submissions[2].digest != submissions[0].digest


def test_a_damaged_download_and_a_locked_archive_in_one_are_said_and_nothing_raises(place, taken):
    files = {f"S_{n}_assignsubmission_file_/hw1-2026000{n}.zip": zipped({"vgg.py": SOURCE}) for n in range(1, 4)}
    path = place(files, "zip")
    whole = path.read_bytes()
    at = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"20260003"))
    path.write_bytes(whole[: at + 8] + b"\x01" + whole[at + 9 :])  # the bit that says: encrypted
    submissions, _ = taken(path)
    assert [len(one.files) for one in submissions] == [1, 1, 0]
    assert submissions[2].remarks == ("the archive hw1-20260003.zip is encrypted; it was not read",)
    path.write_bytes(whole[:200])
    (one,), remarks = taken(path)
    assert (one.files, remarks) == ({}, [])
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        assert taken(path)[0]


def test_the_rubric_says_what_an_id_looks_like(place, tmp_path):
    text = rubric_file().read_text(encoding="utf-8")
    pattern = r'student_id = "s([0-9]{3})x"'
    (tmp_path / "rubric.toml").write_text(re.sub("student_id = .*", lambda _: pattern, text), encoding="utf-8")
    folder = place({"s123x 20260001/vgg.py": SOURCE, "20260002/vgg.py": SOURCE})
    submissions, _ = collect([folder], read_rubric(tmp_path / "rubric.toml"), tmp_path / "out", tmp_path)
    assert [one.id for one in submissions] == ["123", "20260002"]
    (tmp_path / "rubric.toml").write_text(re.sub("student_id = .*", 'student_id = "("', text), encoding="utf-8")
    with pytest.raises(MisuseError, match="is not valid"):
        read_rubric(tmp_path / "rubric.toml")
