"""Attacks on files: the results, the grader's own code, hidden data, other hand-ins."""

from __future__ import annotations

from .attack import SAME, Attack

LATER = """
import atexit, weakref


def late(how):
    open("@CANARY@", "w").write(how)


class Late:
    def __del__(self):
        late("finaliser")


KEPT = Late()
atexit.register(late, "atexit")
weakref.finalize(KEPT, late, "weakref")
"""

ATTACKS = (
    Attack(
        "write_results",
        rows=(5, 9),
        does="writes results.json before the grader does",
        stopped_by="landlock",
        act="""
        for path in ("@REPLACED@", "@RESULTS@"):
            try:
                with open(path, "w") as file:
                    file.write('{"score": 100}')
            except OSError as error:
                say("REFUSED", error)
            else:
                return path
        """,
        quick=True,
    ),
    Attack(
        "write_results_late",
        rows=(9,),
        does="leaves finalisers and an atexit handler that write at the end",
        stopped_by="kill",
        before=LATER,
        without=SAME,
    ),
    Attack(
        "write_outside",
        rows=(7,),
        does="writes into a folder in which everybody may",
        stopped_by="landlock",
        act="""
        open("@CANARY@", "w").write("here")
        return "@CANARY@"
        """,
        quick=True,
    ),
    Attack(
        "replace_results",
        rows=(5, 6),
        does="puts a file of its own in the place of results.json",
        stopped_by="landlock",
        act="""
        open("mine", "w").write('{"score": 100}')
        os.replace("mine", "@REPLACED@")
        return "@REPLACED@"
        """,
    ),
    Attack(
        "remove_results",
        rows=(6,),
        does="deletes and truncates results",
        stopped_by="landlock",
        act="""
        for do in (os.unlink, lambda path: os.truncate(path, 0), lambda path: os.rename(path, path + "~")):
            try:
                do("@REPLACED@")
                return "@REPLACED@"
            except OSError as error:
                say("REFUSED", error)
        """,
    ),
    Attack(
        "chmod_results",
        rows=(6,),
        does="takes the grader's right to write its results, of the file and of its folder",
        stopped_by="seccomp",
        act="""
        got = []
        for path, mode in (("@VICTIM@", 0o400), ("@RESULTS@", 0o400), (os.path.dirname("@RESULTS@"), 0o500)):
            try:
                os.chmod(path, mode)
                got.append(path)
            except OSError as error:
                say("REFUSED", error)
        return got
        """,
        quick=True,
    ),
    Attack(
        "edit_harness",
        rows=(7,),
        does="opens the grader's own code and the interpreter's for writing",
        stopped_by="landlock",
        act="""
        import json
        got = []
        for path in ("@KIT@/grade.py", "@KIT@/rubric.toml", json.__file__):
            try:
                os.close(os.open(path, os.O_RDWR))  # opened is enough; nothing is written
                got.append(path)
            except OSError as error:
                say("REFUSED", error)
        return got
        """,
        privileged=True,
    ),
    Attack(
        "read_hidden_files",
        rows=(13,),
        does="reads labels and results where they lie",
        stopped_by="landlock",
        act="""
        for path in ("@SECRET@", "@PRIVATE@", "@RESULTS@", "@VICTIM@"):
            try:
                say("REACHED", open(path).read())
            except OSError as error:
                say("REFUSED", error)
        """,
        quick=True,
    ),
    Attack(
        "read_by_other_names",
        rows=(13, 55),
        does="reads hidden files by other names for the same place",
        stopped_by="landlock",
        act="""
        up = os.path.relpath("/", os.getcwd())
        for root in ("/proc/self/root", "/proc/self/task/" + str(os.getpid()) + "/root", "/proc/thread-self/root", up):
            for path in ("@SECRET@", "@VICTIM@"):
                try:
                    say("REACHED", open(root + path).read())
                except OSError as error:
                    say("REFUSED", error)
        """,
    ),
    Attack(
        "read_other_hand_ins",
        rows=(13, 67),
        does="copies another student's hand-in",
        stopped_by="landlock",
        act="""
        return open("@OTHER@").read()
        """,
    ),
    Attack(
        "import_reference",
        rows=(3, 13),
        does="imports the solution and the recorded evidence from the repository",
        stopped_by="landlock",
        act="""
        import importlib.util, sys
        sys.path += [os.path.dirname("@KIT@"), "@SOLUTION@"]
        spec = importlib.util.spec_from_file_location("theirs", "@SOLUTION@/mnist.py")
        theirs = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(theirs)
        return theirs.MNIST_Net
        """,
        quick=True,
    ),
    Attack(
        "import_the_grader",
        rows=(3,),
        does="imports the kit, which knows rubric, evidence and mistakes",
        stopped_by="landlock",
        act="""
        import sys
        sys.path.insert(0, os.path.dirname("@KIT@"))
        try:
            from autograder.recording import load_recording
            return load_recording()
        except ImportError as error:
            say("REFUSED", error)
        """,
    ),
    Attack(
        "stat_hidden_files",
        rows=(14,),
        does="looks at size and time of a hidden file",
        stopped_by="uid",
        act="""
        return os.stat("@SECRET@").st_size
        """,
        stays_open=("root-bare", "user"),
        why="Landlock does not hide that a file exists: a worker that is the grader's own user may look at it",
    ),
    Attack(
        "list_hidden_files",
        rows=(13, 14),
        does="lists folders of hand-ins and of the machine",
        stopped_by="landlock",
        act="""
        got = []
        for path in ("@OPEN@", "@OPEN@/hand-ins", os.path.dirname("@KIT@"), "/", "/home", "/tmp", "/proc"):
            try:
                got.append(f"{path}: {len(os.listdir(path))}")
            except OSError as error:
                say("REFUSED", error)
        return got
        """,
    ),
    Attack(
        "link_hidden_files",
        rows=(55,),
        does="brings hidden files into its scratch folder by links",
        stopped_by="landlock",
        act="""
        for number, (do, path) in enumerate(((os.link, "@SECRET@"), (os.symlink, "@SECRET@"), (os.link, "@VICTIM@"))):
            try:
                do(path, f"linked{number}")
                say("REACHED", open(f"linked{number}").read())
            except OSError as error:
                say("REFUSED", error)
        """,
    ),
    Attack(
        "cross_submission_poison",
        rows=(67,),
        does="leaves files for the next hand-in's worker and for its own next one",
        stopped_by="landlock",
        act="""
        import site, tempfile
        here = os.path.dirname(os.path.realpath("."))  # the scratch folder of the session, which goes with it
        places = {*map(os.environ.get, ("MPLCONFIGDIR", "TMPDIR")), tempfile.gettempdir(), "@OPEN@", here}
        for place in filter(None, places):
            left = os.path.join(place, "@TOKEN@")
            try:
                if os.path.exists(left):
                    return f"found what was left in {place}"
                open(left, "w").write("poison")
                if not os.path.realpath(place).startswith(here):
                    return f"left something in {place}"
            except OSError as error:
                say("REFUSED", error)
        """,
        twice=True,
    ),
    Attack(
        "change_its_own_source",
        rows=(38, 55),
        does="rewrites the copy of its hand-in that the next worker imports",
        stopped_by="landlock",
        act="""
        path = os.path.join(os.path.dirname(__file__), "vgg.py")
        with open(path, "a") as file:
            file.write("# changed while it was graded\\n")
        return path
        """,
    ),
)
