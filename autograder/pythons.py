"""What came into Python's library after 3.11, the oldest that the kit runs on: a hand-in that uses it is only early."""

from __future__ import annotations

import re
import sys

HERE = sys.version_info[1]  # the grader's minor version, which is its workers', too

# The minor version of 3 that has it first, from the type stubs of the standard library; what no homework would use is
# left out.
MODULES = {
    "annotationlib": 14,
    "compression": 14,
    "concurrent.interpreters": 14,
    "dbm.sqlite3": 13,
    "math.integer": 15,
    "pathlib.types": 14,
    "profiling": 15,
    "string.templatelib": 14,
}
_NAMES = {
    12: {
        "calendar": "Day Month",
        "collections.abc": "Buffer",
        "csv": "QUOTE_NOTNULL QUOTE_STRINGS",
        "inspect": "BufferFlags getasyncgenlocals getasyncgenstate markcoroutinefunction",
        "itertools": "batched",
        "logging": "getHandlerByName getHandlerNames",
        "math": "sumprod",
        "random": "binomialvariate",
        "sys": "activate_stack_trampoline last_exc monitoring",
        "threading": "setprofile_all_threads settrace_all_threads",
        "types": "get_original_bases",
        "typing": "TypeAliasType override",
    },
    13: {
        "base64": "z85decode z85encode",
        "copy": "replace",
        "enum": "EnumDict",
        "glob": "translate",
        "math": "fma",
        "mimetypes": "guess_file_type",
        "os": "process_cpu_count",
        "pathlib": "UnsupportedOperation",
        "queue": "ShutDown",
        "re": "PatternError",
        "statistics": "kde kde_random",
        "types": "CapsuleType",
        "typing": "NoDefault ReadOnly TypeIs get_protocol_members is_protocol",
        "warnings": "deprecated",
    },
    14: {
        "concurrent.futures": "InterpreterPoolExecutor",
        "functools": "Placeholder",
        "inspect": "ispackage",
        "io": "Reader Writer",
        "operator": "is_none is_not_none",
        "os": "readinto reload_environ",
        "typing": "evaluate_forward_ref",
        "uuid": "uuid6 uuid7 uuid8",
    },
    15: {
        "math": "fmax fmin isnormal issubnormal signbit",
        "re": "prefixmatch",
        "typing": "NoExtraItems TypeForm disjoint_base",
    },
}
NAMES = {f"{of}.{name}": minor for minor, by in _NAMES.items() for of, names in by.items() for name in names.split()}
# What Python says where one of them is missing: the module, the name.
MISSED = (
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<of>[\w.]+)'"),
    re.compile(r"module '(?P<of>[\w.]+)' has no attribute '(?P<name>\w+)'"),
)
NO_MODULE = re.compile(r"No module named '([\w.]+)'")


def newer_than(named: str) -> str:
    """A sentence for those who run a newer Python than the course's, which is *named*; empty for others."""
    if not named or int(named.partition(".")[2]) >= HERE:
        return ""
    return f"you run Python 3.{HERE}, but the course grades with {named}: what needs a newer Python is not graded there"


def missed(message: str) -> tuple[str, int] | None:
    """The module or name that *message* says is missing, if a newer Python has it, and since when."""
    for one in MISSED:
        if (found := one.match(message)) is not None:
            return _newer(f"{found['of']}.{found['name']}", NAMES)
    found = NO_MODULE.match(message)
    return _newer(found[1], MODULES) if found is not None else None


def since(module: str) -> int:
    """The minor version of the first Python that has *module*, if this one is older, or 0."""
    minor = MODULES.get(module, 0)
    return minor if minor > HERE else 0


def _newer(name: str, known: dict[str, int]) -> tuple[str, int] | None:
    minor = known.get(name, 0)
    return (name, minor) if minor > HERE else None
