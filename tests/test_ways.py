"""`hw1 grade --train auto|always|never` on whole hand-ins: the verdict, and the way it was settled."""

import shutil
from dataclasses import replace

import pytest
from memorisers import MEMORISERS

from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal
from autograder.cohort.run import grade_all
from autograder.deep_learning.data import embedded_digits
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.rubric import read_rubric
from autograder.student.training.run import Wanted, train
from autograder.student.training.screen import TrainingScreen

RUBRIC = read_rubric()
QUICK = replace(RUBRIC, ways={**RUBRIC.ways, "2.2a": ("proven", "verified")})  # VGG-19 trains for minutes
WEAK = "from torch import nn\n\n\nclass MNIST_Net(nn.Sequential):\n    def __init__(self):\n"
WEAK += "        super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"


@pytest.fixture(scope="module")
def hand_ins(launcher, solution, tmp_path_factory):
    """Folders by student: the solution, a weak network, a memoriser, a network of one's own with its checkpoint."""
    root = tmp_path_factory.mktemp("class")
    own = (solution / "mnist.py").read_text().replace("nn.Linear(256, 10)", "nn.Linear(200, 10)")
    files = {
        "20260001": {},
        "20260002": {"mnist.py": WEAK.encode()},
        "20260003": MEMORISERS["hashes, renamed"].files(embedded_digits()),
        "20260004": {"mnist.py": own.replace("16 * 7 * 7, 256", "16 * 7 * 7, 200").encode()},
        "20260005": {},
    }
    for student, changed in files.items():
        folder = root / student
        folder.mkdir()
        for path in solution.glob("*.*"):
            shutil.copyfile(path, folder / path.name)
        for name, data in changed.items():
            (folder / name).write_bytes(data)
    kit = Kit(launcher=launcher, scratch=tmp_path_factory.mktemp("scratch"), device="cpu")
    train(kit, Wanted(root / "20260004", "1.1"), TrainingScreen())
    shutil.copytree(root / "20260004" / "checkpoints", root / "20260005" / "checkpoints")
    (root / "20260005" / "mnist.py").unlink()  # a checkpoint and no network
    return root


WANTED = {
    "always": {
        "20260001": (Status.PASSED, "Trained: "),
        "20260002": (Status.FAILED, "Trained: "),
        "20260003": (Status.UNSETTLED, "Not settled: the answers look remembered"),
        "20260004": (Status.PASSED, "Trained: "),
    },
    "auto": {
        "20260001": (Status.PASSED, "Proven, nothing was trained"),
        "20260002": (Status.FAILED, "Trained: "),
        "20260003": (Status.UNSETTLED, "Not settled: the answers look remembered"),
        "20260004": (Status.PASSED, "Verified: "),
    },
    "never": {
        "20260001": (Status.PASSED, "Proven, nothing was trained"),
        "20260002": (Status.UNSETTLED, "Not settled: it is not trained here"),
        "20260003": (Status.UNSETTLED, "Not settled: it is not trained here"),
        "20260004": (Status.PASSED, "Verified: "),
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WANTED)
def test_each_hand_in_is_settled_the_right_way_and_the_report_names_it(way, hand_ins, launcher, recording, tmp_path):
    (tmp_path / "scratch").mkdir()
    options = {"launcher": launcher, "scratch": tmp_path / "scratch", "device": "cpu", "train": way}
    kit = Kit(QUICK, recorded=lambda: recording, **options)
    submissions = [read_submission(folder, QUICK.limits) for folder in sorted(hand_ins.iterdir())]
    folder = ReportFolder(tmp_path, QUICK)
    with Journal(tmp_path / "journal.sqlite") as journal:
        found = {report.student: report for report, _ in grade_all(submissions, kit, folder, journal, 2)}
    for student, (status, words) in WANTED[way].items():
        (line,) = (line for line in found[student].lines if line.id == "1.1-accuracy")
        assert line.outcome.status is status, (student, line.outcome)
        assert (line.outcome.reason or line.outcome.remarks[0]).startswith(words), (student, line.outcome)
        assert line.outcome.points == (line.points if status is Status.PASSED else 0)
    (line,) = (line for line in found["20260005"].lines if line.id == "1.1-accuracy")
    assert line.outcome.status is Status.FAILED
    assert line.outcome.reason.startswith("mnist.py is missing")
    copied = "checkpoints/1.1.safetensors is byte for byte the same as that of"
    assert any(copied in remark for remark in found["20260004"].remarks)
    flagged = [remark for remark in found["20260003"].remarks if "looks remembered" in remark]
    assert bool(flagged) is (way != "never")
