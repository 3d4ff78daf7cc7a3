"""Which cluster: an address, ``slurm`` or ``local``, with the options in ``cluster.toml``."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autograder.cluster.client import Cluster
from autograder.cluster.ingredients import kit_packed
from autograder.errors import MisuseError
from autograder.kit import Kit

FILE = Path("cluster.toml")
SCHEMES = ("tcp://", "tls://")
RETRIES = 3  # times that a lost worker's hand-in goes to another one
ANSWER_SECONDS = 10
PORT = 8786  # where a scheduler listens if nothing is said
PATIENCE = {"local": 60.0, "slurm": 3600.0}  # seconds without a worker; a queue may be long
TLS = {"ca-file": "tls_ca_file", "cert": "tls_client_cert", "key": "tls_client_key"}  # as Dask's own options are called
TEXT, NUMBER, LINES = "a text", "a whole number", "a list of texts"
SLURM = {
    "jobs": NUMBER,
    "cores": NUMBER,
    "processes": NUMBER,
    "memory": TEXT,
    "walltime": TEXT,
    "queue": TEXT,
    "account": TEXT,
    "interface": TEXT,
    "python": TEXT,
    "local_directory": TEXT,
    "log_directory": TEXT,
    "job_extra_directives": LINES,
    "job_script_prologue": LINES,
    "worker_extra_args": LINES,
}
NEEDED = ("cores", "memory")
JOBS = 1
NO_TLS = "the cluster's scheduler has no TLS: whoever can reach its port can run code on its machines, and as you here"


@contextmanager
def opened(
    where: str, file: Path, kit: Kit, least: str, secrets: Mapping[str, Path], jobs: int, tell: Callable[[str], None]
) -> Iterator[Cluster]:
    """The cluster *where*, with workers that are ready for *kit*.

    Args:
        where: ``tcp://host:port``, ``tls://host:port``, ``slurm`` or ``local``.
        file: the options, like ``cluster.toml``.
        least: the isolation that each worker must reach; see ``cohort`` and ``sandbox.isolation``.
        secrets: what student code must not read.
        jobs: workers of a local cluster.
        tell: is told what staff should know.

    Raises:
        MisuseError: Dask is not installed, an option is wrong, nobody answers, or no worker can grade as this machine
            does.
    """
    options = require_cluster(where, file)
    with ExitStack() as stack:
        client, patience = _client(where, options, kit, jobs, stack)
        expected = {"local": jobs, "slurm": _slots(options["slurm"])}.get(where, 1)
        name = str(client.scheduler.address)
        if name.startswith("tcp://") and where != "local":
            tell(NO_TLS)
        ingredients = kit_packed(kit, least, secrets)
        about: dict[str, Any] = {"gpu": kit.device == "cuda", "local": where == "local", "patience": patience}
        about |= {"expected": expected}
        cluster = Cluster(client, name, ingredients, tell=tell, **about)
        stack.callback(cluster.close)
        _require_workers(cluster, where, tell)
        tell(f"isolation on {_counted(cluster)}")
        yield cluster


def require_cluster(where: str, file: Path) -> dict[str, dict[str, Any]]:
    """The options in *file*; before anything is read, what can be seen to be wrong is said.

    Raises:
        MisuseError: Dask is not installed, *where* is no cluster, or the file is not right.
    """
    if where not in PATIENCE and not where.startswith(SCHEMES):
        raise MisuseError(f"--cluster must be tcp://HOST:PORT, tls://HOST:PORT, slurm or local, not {where!r}")
    try:
        import distributed  # noqa: F401

        if where == "slurm":
            import dask_jobqueue  # noqa: F401
    except ImportError as error:
        raise MisuseError(f"--cluster needs Dask ({error}): pip install 'hw1[cluster]'") from error
    for name in ("asyncio", "distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it is said in sentences
    warnings.filterwarnings("ignore", "Sending large graph")  # a hand-in's checkpoints travel with it
    return options_in(file)


def options_in(file: Path) -> dict[str, dict[str, Any]]:
    """The tables ``slurm`` and ``tls`` in *file*; empty if there is no file of the usual name.

    Raises:
        MisuseError: it can't be read, or an option is unknown or of another kind.
    """
    if file == FILE and not file.exists():
        return {"slurm": {}, "tls": {}}
    try:
        found = tomllib.loads(file.read_bytes().decode())
    except (OSError, ValueError) as error:
        raise MisuseError(f"{file} can't be read: {error}") from error
    known = {"slurm": SLURM, "tls": dict.fromkeys(TLS, TEXT)}
    if others := sorted(set(found) - set(known)):
        raise MisuseError(f"{file} has {', '.join(others)}; it may have the tables [slurm] and [tls]")
    made = {name: found.get(name, {}) for name in known}
    for name, kinds in known.items():
        _require_options(file, name, made[name], kinds)
    return made


def slurm_cluster(options: Mapping[str, Any], tls: Mapping[str, Any]) -> Any:
    """dask-jobqueue's cluster of these options, without a job so far.

    Raises:
        MisuseError: an option that it needs is missing, or one that is there is not accepted.
    """
    from dask_jobqueue import SLURMCluster

    if missing := [name for name in NEEDED if name not in options]:
        raise MisuseError(f"--cluster slurm needs {' and '.join(missing)} in the table [slurm] of cluster.toml")
    given = {name: value for name, value in options.items() if name != "jobs"}
    given.setdefault("processes", given["cores"])  # one thread a worker
    given |= {"scheduler_options": {"dashboard": False, "dashboard_address": "127.0.0.1:0"}}
    security = _security(tls)
    if security is not None:
        given |= {"security": security, "protocol": "tls://"}
    try:
        return SLURMCluster(**given)
    except (ValueError, TypeError, KeyError, OSError, RuntimeError) as error:
        raise MisuseError(f"the cluster can't be made of the table [slurm] in cluster.toml: {error}") from error


def _client(
    where: str, options: Mapping[str, dict[str, Any]], kit: Kit, jobs: int, stack: ExitStack
) -> tuple[Any, float]:
    """A client of the scheduler, and for how long it may have no worker."""
    import dask
    from distributed import Client, LocalCluster

    stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": RETRIES}))
    if where == "local":
        resources = {"resources": {"GPU": 1}} if kit.device == "cuda" else {}
        size = {"n_workers": jobs, "threads_per_worker": 1, "processes": True, "memory_limit": 0}
        quiet = {"dashboard_address": None, "worker_dashboard_address": None, "silence_logs": logging.CRITICAL}
        cluster = LocalCluster(**size, **quiet, **resources)
        stack.callback(_closed, cluster)
    elif where == "slurm":
        if shutil.which("sbatch") is None:
            raise MisuseError("sbatch is not found: call --cluster slurm on a machine of the Slurm cluster")
        cluster = slurm_cluster(options["slurm"], options["tls"])
        stack.callback(_closed, cluster)
        _require_accepted(cluster.job_script())
        cluster.scale(jobs=options["slurm"].get("jobs", JOBS))
    else:
        security = _security(options["tls"], where)
        try:
            _require_answer(where)
            client = Client(where, timeout=ANSWER_SECONDS, security=security, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            said = f"no Dask scheduler answers at {where} ({error}): docs/cluster.md says how to start one"
            raise MisuseError(said) from error
        stack.callback(client.close, timeout=ANSWER_SECONDS)
        return client, 120.0
    client = Client(cluster, set_as_default=False)
    stack.callback(client.close, timeout=ANSWER_SECONDS)
    return client, PATIENCE[where]


def _slots(options: Mapping[str, Any]) -> int:
    """How many hand-ins all jobs of these options can grade at once."""
    return int(options.get("jobs", JOBS) * options.get("cores", 1))


def _require_accepted(script: str) -> None:
    """Require that Slurm takes a job like *script*: Dask would wait for one that it has refused.

    Raises:
        MisuseError: it does not; the text is Slurm's.
    """
    command = ["sbatch", "--test-only"]
    try:
        done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MisuseError(f"sbatch can't be called: {error}") from error
    if done.returncode:
        raise MisuseError(f"Slurm does not take the job: {done.stderr.strip() or f'exit code {done.returncode}'}")


def _closed(cluster: Any) -> None:
    with suppress(Exception):  # where jobs were not taken, Dask fails, too
        cluster.close(timeout=ANSWER_SECONDS)


def _require_answer(where: str) -> None:
    """Require that somebody listens there: a client of Dask's that finds nobody can't always be taken down again.

    Raises:
        OSError, ValueError: nobody does, or it is no address.
    """
    address = urlsplit(where)
    socket.create_connection((address.hostname or "", address.port or PORT), ANSWER_SECONDS).close()


def _security(tls: Mapping[str, str], where: str = "") -> Any:
    """Dask's record of the certificates; None: there are none.

    Raises:
        MisuseError: one is not there.
    """
    from distributed.security import Security

    if not tls and not where.startswith("tls://"):
        return None  # or what Dask's own configuration says
    security = Security(require_encryption=True, **{TLS[name]: value for name, value in tls.items()})
    for name, field in TLS.items():
        path = getattr(security, field)
        if not path or not Path(path).is_file():
            found = f"is not at {path}" if path else "is not named"
            raise MisuseError(f"TLS needs {name}, which {found}: docs/cluster.md says where to name it")
    return security


def _require_workers(cluster: Cluster, where: str, tell: Callable[[str], None]) -> None:
    """Wait for the first workers, and require that one of them can grade.

    Raises:
        MisuseError: none can, or none came.
    """
    wait = cluster.patience if where in PATIENCE else ANSWER_SECONDS
    if where == "slurm":
        tell("waiting for Slurm to start the first worker")
    try:
        cluster.client.wait_for_workers(1, timeout=wait)
    except TimeoutError as error:
        raise MisuseError(
            f"the scheduler {cluster.name} has no worker: docs/cluster.md says how to start one"
        ) from error
    if not cluster.admit():
        said = "; ".join(cluster.refused.values()) or "all have ended"
        raise MisuseError(f"no worker of {cluster.name} can grade: {said}")


def _counted(cluster: Cluster) -> str:
    """How many workers are isolated how, as the rest of a sentence."""
    kinds = list(cluster.fit.values())
    return "; ".join(f"{kinds.count(one)} of {len(kinds)} workers: {one}" for one in dict.fromkeys(kinds))


def _require_options(file: Path, table: str, given: object, kinds: Mapping[str, str]) -> None:
    if not isinstance(given, dict):
        raise MisuseError(f"{file}: [{table}] must be a table")
    if others := sorted(set(given) - set(kinds)):
        raise MisuseError(f"{file}: [{table}] has no option {', '.join(others)}; it has {', '.join(kinds)}")
    for name, value in given.items():
        right = {
            TEXT: isinstance(value, str),
            NUMBER: type(value) is int and value > 0,
            LINES: isinstance(value, list) and all(isinstance(one, str) for one in value),
        }
        if not right[kinds[name]]:
            raise MisuseError(f"{file}: [{table}] {name} must be {kinds[name]}")
