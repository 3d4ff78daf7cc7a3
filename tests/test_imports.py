"""Imports point one way, torch stays in the worker, and nothing is ever unpickled or evaluated."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.home import PACKAGE

ROOT = PACKAGE.parent
FILES = [*sorted(PACKAGE.rglob("*.py")), PACKAGE.parent / "cli.py"]
NUMERIC = {"torch", "torchvision"}


def name_of(path: Path) -> str:
    """``autograder.hw1.vgg``."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports_of(node: ast.AST, for_types: bool = False) -> set[str]:
    """Everything that is imported below *node*, at run time only unless *for_types*."""
    found: set[str] = set()
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module), level=0, names=names):
                found |= {module} | {f"{module}.{alias.name}" for alias in names}
            case ast.ImportFrom():
                raise AssertionError("a relative import")
            case _ if is_for_types(child) and not for_types:
                found |= set().union(*(imports_of(ast.Module([other], []), for_types) for other in child.orelse), set())
            case _:
                found |= imports_of(child, for_types)
    return found


TREES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
IMPORTS = {name: imports_of(tree) for name, tree in TREES.items()}
MODULES = sorted(TREES)


def below(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_the_whole_kit_is_read():
    assert {"autograder.grade", "autograder.hw1.vgg", "autograder.deep_learning.probes.usage", "cli"} <= set(MODULES)


# CONTRIBUTING.md's own list, from the lowest floor to the highest.
LISTED = re.search(r"```imports\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
FLOORS = [line.split() for line in LISTED[1].splitlines()]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FOR_STAFF = ("autograder.hw1.mistakes", "autograder.hw1.staff")
BY_NAME_ALONE = "hw1"  # the homework is found by its name: nobody imports it


def room_of(name: str) -> str:
    """The folder or the file of the package, or ``cli``."""
    return name.split(".")[1] if below(name, "autograder") and "." in name else name


def test_each_module_stands_on_a_floor():
    rooms = {room_of(name) for name in MODULES} - {"autograder", BY_NAME_ALONE}
    assert rooms == set(FLOOR)


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down_type_imports_included(name):
    room = room_of(name)
    imported = {room_of(one) for one in imports_of(TREES[name], for_types=True) if below(one, "autograder")}
    others = imported - {room, "autograder"}
    if room == BY_NAME_ALONE:
        floor = FLOOR["staff"] + 1 if below(name, *FOR_STAFF) else FLOOR["observing"]
    else:
        floor = FLOOR.get(room, 0)
        assert BY_NAME_ALONE not in others
    wrong = {one for one in others if one != room and (FLOOR.get(one, len(FLOORS)) >= floor)}
    assert not {one for one in wrong if one in FLOOR}, name


# What runs in a worker beside the submission's code, and nowhere else.
BESIDE = (*(f"autograder.{name}.probes" for name in ("ingest", "deep_learning", "hw1")), "autograder.sandbox.torch")

PARENTS = {name.rpartition(".")[0] for name in BESIDE}


def test_probes_import_nothing_of_the_kit_but_probes():
    for name in MODULES:
        if below(name, *BESIDE):
            ours = {imported for imported in IMPORTS[name] if below(imported, "autograder")}
            assert all(below(imported, *BESIDE) or imported in PARENTS for imported in ours), name


# What may only run in a process of its own, by module: these alone unpickle, and nobody calls them from outside.
APART = {"autograder.deep_learning.data.weights": "_convert"}


def tree_without(name: str, *functions: str | None) -> ast.Module:
    """The module without these functions of its top level."""
    kept = [n for n in TREES[name].body if not (isinstance(n, ast.FunctionDef) and n.name in functions)]
    return ast.Module(kept, [])


def test_only_probes_and_the_warm_parent_import_torch():
    with_torch = {
        name for name in MODULES if any(below(i, *NUMERIC) for i in imports_of(tree_without(name, APART.get(name))))
    }
    inside = {name for name in with_torch if below(name, *BESIDE)}
    assert inside
    assert with_torch - inside == {"autograder.sandbox.zygote"}


def test_the_warm_parent_imports_torch_only_when_it_is_told_to():
    (warm,) = (
        node
        for node in TREES["autograder.sandbox.zygote"].body
        if isinstance(node, ast.FunctionDef) and node.name == "warm"
    )
    others = [node for node in TREES["autograder.sandbox.zygote"].body if node is not warm]
    assert any(below(imported, *NUMERIC) for imported in imports_of(warm))
    assert not any(below(imported, *NUMERIC) for node in others for imported in imports_of(ast.Module([node], [])))


STAFFS = ("autograder.staff", "autograder.hw1.mistakes", "autograder.hw1.staff")


def test_only_staff_modules_and_their_commands_import_the_mistakes_and_staff():
    for name in MODULES:
        wanted = {i for i in IMPORTS[name] if below(i, *STAFFS)}
        if wanted:
            assert below(name, *STAFFS, "cli"), name


def test_nobody_imports_the_handout_or_the_solution():
    students = ("assignment", "solution", "mnist", "ablations", "trainer", "vgg")
    for name, tree in TREES.items():
        assert not any(below(imported, *students) for imported in imports_of(tree, for_types=True)), name


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_unpickled_or_evaluated(name):
    tree = tree_without(name, APART.get(name))
    imported = imports_of(tree, for_types=True)
    assert not any(below(i, "pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib") for i in imported)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called)):
                assert called not in ("eval", "exec", "compile", "__import__"), f"{name}, line {node.lineno}"
            case ast.Attribute(value=ast.Name(id="torch"), attr=called):
                assert called not in ("load", "save"), f"{name}, line {node.lineno}"
            case ast.keyword(arg="allow_pickle", value=value):
                assert isinstance(value, ast.Constant), name
                assert value.value is False, name


@pytest.mark.parametrize(("name", "function"), APART.items())
def test_what_unpickles_is_called_only_where_its_module_is_the_main_one(name, function):
    for other, tree in TREES.items():
        named = [node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute | ast.alias)]
        uses = [n for n in named if function in (getattr(n, "id", ""), getattr(n, "attr", ""), getattr(n, "name", ""))]
        if other != name:
            assert not uses, other
            continue
        (main,) = (n for n in tree.body if isinstance(n, ast.If) and "__main__" in ast.unparse(n.test))
        assert [node for node in ast.walk(main) if node in uses] == uses


def test_grading_is_imported_without_torch_numpy_or_a_plotting_library():
    code = (
        "import sys, autograder.grade, autograder.cohort.run, autograder.kit, autograder.student.check\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "autograder" in loaded
    assert not loaded & {"torch", "torchvision", "numpy", "sklearn", "matplotlib", "pandas"}


def test_the_straight_line_is_one_screen_and_brings_few_modules_along():
    tree = ast.parse((PACKAGE / "grade.py").read_text(encoding="utf-8"))
    docs = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    lines = (PACKAGE / "grade.py").read_text(encoding="utf-8").splitlines()
    assert len([n for n, text in enumerate(lines, 1) if text.strip() and n not in docs]) <= 80
    code = "import sys, autograder.grade\nprint(sum(name.startswith('autograder.') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 40
