"""``docs/cluster.md`` is true: its commands are run, and the grades are those of one machine, whatever breaks."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from test_commands import HW1, rows_of
from test_second_homework import HOMEWORK, RELU

from autograder.cluster.opening import SLURM, options_in
from autograder.home import repository
from tests.conftest import write_hand_in
from tests.notebooks import original_layout, own_layout

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
PAGE = (repository() / "docs" / "cluster.md").read_text(encoding="utf-8")
BLOCKS = [re.sub("(?m)^    ", "", text) for text in re.findall(r"(?m)(?:^    .*\n)+(?:\n(?:    .*\n)+)*", PAGE)]
BIN = Path(sys.executable).parent
MARK = "HW1_TEST_OF_CLUSTER"  # in the environment of all that a test starts


def commands(begin: str) -> list[str]:
    """The lines of the page that begin so, without comments."""
    lines = (line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines())
    return [line for line in lines if line.startswith(begin)]


class Machines:
    """What the page's commands start, on this machine: each is a process, ended when the test ends."""

    def __init__(self, folder: Path, stack: ExitStack):
        self.folder, self._stack = folder, stack
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.mark = f"{os.getpid()}-{self.port}"
        self.environment = {**os.environ, MARK: self.mark, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

    def start(self, line: str, *more: object, edits: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a line of the page, with the address and the sizes of this machine."""
        for old, new in {"10.0.0.1": "127.0.0.1", "8786": str(self.port), **(edits or {})}.items():
            line = line.replace(old, new)
        words = [*shlex.split(line), *map(str, more)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
        if words[0] == "dask":
            streams |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(words, cwd=self.folder, env=self.environment, **streams)
        self._stack.callback(self.end, process)
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        """End it and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def processes(self, word: str = "") -> dict[int, str]:
        """The processes of this test by number, each with its command; those with *word* in it."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if f"{MARK}={self.mark}".encode() in (path / "environ").read_bytes():
                    found[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return {number: text for number, text in found.items() if word in text}


@pytest.fixture
def machines(tmp_path):
    with ExitStack() as stack:
        made = Machines(tmp_path, stack)
        yield made


def until(happened, seconds=300):
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, happened
        time.sleep(0.05)
    return found


OPTIONS = ("--seed", "public", "--isolation", "none", "--train", "never")
OF_HW2 = {"hw1 grade": f"{HW1} --homework {HOMEWORK} grade"}


def class_of(folder, count, **edits):
    """A class of *count* hand-ins of the second homework, each with other files; *edits* by number."""
    for number in range(1, count + 1):
        place = folder / f"{20260000 + number}"
        place.mkdir(parents=True)
        for name in ("mlp.py", "attention.py", "answers.md"):
            text = (HOMEWORK / "solution" / name).read_text(encoding="utf-8")
            old, new = edits.get(f"n{number}", {}).get(name, ("", ""))
            assert old in text
            text = text.replace(old, new, 1) if old else text
            (place / name).write_text(text + f"# {number}\n" * name.endswith(".py"), encoding="utf-8")
    return folder


def outcomes(out):
    """By student, what came of each check, and by what observations."""
    found = {}
    for path in sorted(out.glob("*/report.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        found[path.parent.name] = [report["digest"], report["checks"], report["written"], report["remarks"]]
    return found


def grade_here(machines, out, *options):
    done = machines.start("hw1 grade hand-ins/ -o", out, *OPTIONS, *options, edits=OF_HW2)
    _, errors = done.communicate()
    assert done.returncode == 0, errors


def on_cluster(machines, number=0, *options):
    """Start the page's command that grades on a cluster."""
    line = next(one for one in commands("hw1 grade") if "--cluster tcp" in one)
    return machines.start(line, *OPTIONS, *options, edits=OF_HW2)


def scheduler_and_workers(machines, count=2, lines=None):
    """Start the page's scheduler and *count* machines with a worker."""
    scheduler_line, worker_line = lines or (commands("dask scheduler")[0], commands("dask worker")[0])
    scheduler = machines.start(scheduler_line)
    workers = [machines.start(worker_line, edits={"--nworkers 4": "--nworkers 1"}) for _ in range(count)]
    return scheduler, workers


# As the page says


def test_two_machines_by_hand(machines, tmp_path):
    class_of(tmp_path / "hand-ins", 6, n2={"mlp.py": RELU})
    grade_here(machines, "here")
    scheduler_and_workers(machines)
    process = on_cluster(machines)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "has no TLS" in errors
    assert re.search("of [12] workers: none", errors)
    assert outcomes(tmp_path / "out") == outcomes(tmp_path / "here")
    assert len(rows_of(tmp_path / "out")) == 1 + 6
    assert machines.processes("zygote") == {}  # nothing of the run is left on the workers

    again = on_cluster(machines)
    _, errors = again.communicate()
    assert errors.count("(as before)") == 6


def test_a_worker_with_several_threads_grades_as_well(machines, tmp_path):
    class_of(tmp_path / "hand-ins", 6, n2={"mlp.py": RELU})
    lines = [commands(f"dask {what}")[0] for what in ("scheduler", "worker")]
    scheduler_and_workers(machines, 1, [line.replace("--nthreads 1", "--nthreads 2") for line in lines])
    process = on_cluster(machines)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    grade_here(machines, "here")
    assert outcomes(tmp_path / "out") == outcomes(tmp_path / "here")


def test_with_tls_and_nobody_without_it(machines, tmp_path):
    class_of(tmp_path / "hand-ins", 1)
    (made,) = commands("openssl")
    assert machines.start(made).wait() == 0
    (table,) = [block for block in BLOCKS if "\n[tls]" in block]
    (tmp_path / "cluster.toml").write_text("[tls]\n" + table.partition("[tls]\n")[2])
    scheduler_and_workers(
        machines, 1, [one for what in ("scheduler", "worker") for one in commands(f"dask {what}")[-1:]]
    )
    (line,) = [one for one in commands("hw1 grade") if "--cluster tls" in one][:1]
    process = machines.start(line, *OPTIONS, edits=OF_HW2)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "has no TLS" not in errors
    (tmp_path / "cluster.toml").unlink()
    process = machines.start(line.replace("tls:", "tcp:"), *OPTIONS, edits=OF_HW2)
    _, errors = process.communicate()
    assert process.returncode == 2, errors
    assert "no Dask scheduler answers" in errors


SBATCH = """#!/bin/sh
# A queue of this machine: it keeps a copy of the script, as Slurm does, and runs it at once.
for script; do :; done
test "$script" = --test-only && exit 0
cp "$script" "$0.$$"
setsid sh "$0.$$" >/dev/null 2>&1 &
echo "Submitted batch job $!"
"""


def test_slurm(machines, tmp_path):
    (table,) = [block for block in BLOCKS if block.startswith("[slurm]")]
    (tmp_path / "cluster.toml").write_text(table)
    assert set(options_in(tmp_path / "cluster.toml")["slurm"]) < set(SLURM)
    (tmp_path / "cluster.toml").write_text('[slurm]\njobs = 2\ncores = 1\nmemory = "2 GB"\ninterface = "lo"\n')
    for name, text in (("sbatch", SBATCH), ("scancel", '#!/bin/sh\nkill -9 -- "-$1"\n')):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    machines.environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{machines.environment['PATH']}"
    class_of(tmp_path / "hand-ins", 3, n2={"mlp.py": RELU})
    (line,) = [one for one in commands("hw1 grade") if "--cluster slurm" in one]
    process = machines.start(line, *OPTIONS, edits=OF_HW2)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "waiting for Slurm" in errors
    grade_here(machines, "here")
    assert outcomes(tmp_path / "out") == outcomes(tmp_path / "here")
    until(lambda: not machines.processes("dask_worker"))


def test_a_job_that_slurm_does_not_take_is_one_sentence(machines, tmp_path):
    (tmp_path / "cluster.toml").write_text('[slurm]\ncores = 1\nmemory = "2 GB"\ninterface = "lo"\n')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: Invalid account' >&2\nexit 1\n")
    (tmp_path / "bin" / "sbatch").chmod(0o755)
    machines.environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{machines.environment['PATH']}"
    class_of(tmp_path / "hand-ins", 1)
    (line,) = [one for one in commands("hw1 grade") if "--cluster slurm" in one]
    process = machines.start(line, *OPTIONS, edits=OF_HW2)
    _, errors = process.communicate()
    assert process.returncode == 2, errors
    assert errors.endswith("hw1: Slurm does not take the job: sbatch: error: Invalid account\n")
    assert "Traceback" not in errors


# When something breaks


def test_a_lost_scheduler_is_one_sentence_and_the_same_command_goes_on(machines, tmp_path):
    class_of(tmp_path / "hand-ins", 8)
    scheduler, workers = scheduler_and_workers(machines, 1)
    process = on_cluster(machines)
    until(lambda: list((tmp_path / "out").glob("*/report.json")))
    os.killpg(scheduler.pid, signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 3, errors
    assert errors.splitlines()[-1].startswith("hw1: the kit failed, not you: the scheduler tcp://127.0.0.1")
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    finished = {row["student"] for row in rows_of(tmp_path / "out") if row["student"].startswith("2026")}
    assert 0 < len(finished) < 8
    for worker in workers:
        machines.end(worker)
    scheduler_and_workers(machines, 1)
    process = on_cluster(machines)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert errors.count("(as before)") == len(finished)
    grade_here(machines, "here")
    assert outcomes(tmp_path / "out") == outcomes(tmp_path / "here")


KILLS = """
import os
def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
os.kill(parent(os.getppid()), 9)

"""


def test_a_hand_in_whose_workers_all_die_is_the_kits_fault(machines, tmp_path):
    class_of(tmp_path / "hand-ins", 3, n2={"attention.py": ("class ", f"{KILLS}class ")})
    line = next(one for one in commands("hw1 grade") if "--cluster local" in one)
    process = machines.start(line, *OPTIONS, "--jobs", 2, edits=OF_HW2)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    report = json.loads((tmp_path / "out" / "20260002" / "report.json").read_text())
    assert any("were lost, one after the other" in remark for remark in report["remarks"])
    assert (report["complete"], report["points"]["lost"]) == (False, 0)
    assert json.loads((tmp_path / "out" / "20260001" / "report.json").read_text())["complete"]


@pytest.mark.parametrize("where", ["local", "by hand"])
def test_ctrl_c_drops_what_is_under_way_and_leaves_no_process_behind(machines, tmp_path, where):
    loop = {"attention.py": ("class ", "while True: pass\n\n\nclass ")}
    class_of(tmp_path / "hand-ins", 6, n2=loop, n3=loop, n4=loop, n5=loop)
    if where == "local":
        line = next(one for one in commands("hw1 grade") if "--cluster local" in one)
        process = machines.start(line, *OPTIONS, "--jobs", 2, edits=OF_HW2)
    else:
        scheduler_and_workers(machines)
        process = on_cluster(machines)
    until(lambda: list((tmp_path / "out").glob("*/report.json")))
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert errors.endswith("hw1: stopped; what was finished is kept\n")
    assert "Traceback" not in errors
    assert rows_of(tmp_path / "out")
    until(lambda: not machines.processes("zygote" if where == "by hand" else ""), 60)


# Outcome for outcome

BEFORE = "import torch\n"
SLIPS = {  # by name, what stands before the first import of a module
    "hangs": ("mnist.py", "while True:\n    pass\n"),
    "sleeps": ("mnist.py", "import time\ntime.sleep(1000)\n"),
    "ends": ("trainer.py", "import os\nos._exit(3)\n"),
    "kills itself": ("mnist.py", "import ctypes\nctypes.string_at(0)\n"),
    "raises": ("ablations.py", "raise ValueError('\\udcff')\n"),
    "fills the memory": ("mnist.py", "hoard = [bytearray(1 << 20) for _ in range(1 << 20)]\n"),
    "prints": ("mnist.py", "print('x' * 100_000)\n"),
    "no Python": ("trainer.py", "class:\n"),
    "lacks a package": ("ablations.py", "import no_such_package\n"),
    "writes": ("mnist.py", "open('/etc/passwd', 'a')\n"),
}
EDITS = {
    "no zero_grad": ("trainer.py", "self.optimizer.zero_grad()", "pass"),
    "softmax": ("mnist.py", "return self.fc2(x)", "return torch.softmax(self.fc2(x), 1)"),
    "one class less": ("ablations.py", "10)", "9)"),
}


def mixed(folder, solution):
    """Forty hand-ins of the first homework, two of each kind, each with other bytes."""
    small = {name: (solution / name).read_text() for name in ("mnist.py", "trainer.py", "ablations.py", "answers.md")}
    handout = solution.parent / "assignment"
    kinds = {"right": small, "whole": {**small, "vgg.py": (solution / "vgg.py").read_text()}}
    for kind, (file, begin) in SLIPS.items():
        assert BEFORE in small[file]
        kinds[kind] = {**small, file: small[file].replace(BEFORE, begin + BEFORE, 1)}
    for kind, (file, old, new) in EDITS.items():
        assert old in small[file]
        kinds[kind] = {**small, file: small[file].replace(old, new)}
    kinds["answers alone"] = {"answers.md": small["answers.md"]}
    kinds["handout"] = {name: (handout / name).read_text() for name in small}
    kinds["the original's notebooks"] = {name: data.decode() for name, data in original_layout(solution).items()}
    kinds["our notebook"] = {"hw1-1.ipynb": own_layout({"mnist": small["mnist.py"]}, [("Q1", "It adds up.")]).decode()}
    kinds["a pdf, and a checkpoint that is none"] = {
        "mnist.py": small["mnist.py"],
        "report.pdf": "%PDF-1.4 nothing",
        "checkpoints/1.1.safetensors": "nothing",
    }
    for number in range(40):
        files = list(kinds.values())[number % len(kinds)]
        place = write_hand_in(folder / f"{20260001 + number}", files)
        for path in place.glob("*.py"):
            path.write_text(f"{path.read_text()}# {number}\n")
        if number % 3 == 0:
            shutil.make_archive(str(place), "zip", place)
            shutil.rmtree(place)
    assert len(kinds) == 20


def test_forty_mixed_hand_ins_with_a_worker_killed_on_the_way(machines, tmp_path, solution):
    folder = tmp_path / "hand-ins"
    mixed(folder, solution)
    assert len(list(folder.iterdir())) == 40
    options = ("--seed", "public", "--train", "never", "--jobs", "2", "--isolation", "strong")
    local = machines.start("hw1 grade hand-ins/ -o here", *options)
    _, errors = local.communicate()
    assert local.returncode == 0, errors
    line = next(one for one in commands("hw1 grade") if "--cluster local" in one)
    process = machines.start(line, *options)
    until(lambda: len(list((tmp_path / "out").glob("*/report.json"))) > 3)
    os.kill(min(machines.processes("spawn_main")), signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    here, there = outcomes(tmp_path / "here"), outcomes(tmp_path / "out")
    assert len(here) == 40
    assert there.keys() == here.keys()
    assert {one for one in here if here[one] != there[one]} == set()
    assert (tmp_path / "out" / "grades.csv").read_bytes() == (tmp_path / "here" / "grades.csv").read_bytes()
    pages = [
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*.feedback.*")}
        for top in (tmp_path / "here", tmp_path / "out")
    ]
    assert pages[0] == pages[1] != {}
    until(lambda: not machines.processes(), 60)
