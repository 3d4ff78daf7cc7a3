"""Levels and secrets: what a machine reaches, what is refused, and what is said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autograder.errors import MisuseError
from autograder.kit import Kit
from autograder.sandbox import isolation, users
from autograder.sandbox.isolation import described, level_of, readable_by_others, refuse_exposed, require
from autograder.sandbox.layers import identity
from autograder.seeds import PUBLIC_SEED
from autograder.staff.start import isolate

LIMITS = "rlimits"


@pytest.mark.parametrize(
    ("layers", "hidden", "level"),
    [
        ((LIMITS, "uid", "landlock", "seccomp"), False, "strong"),
        ((LIMITS, "landlock", "seccomp"), True, "strong"),
        ((LIMITS, "landlock", "seccomp"), False, "weak"),
        ((LIMITS, "uid", "seccomp"), True, "medium"),
        ((LIMITS, "no-capabilities", "seccomp"), True, "weak"),
        ((LIMITS, "landlock", "uid"), True, "none"),
        (("landlock", "uid", "seccomp"), True, "none"),
        ((LIMITS,), True, "none"),
        ((), True, "none"),
    ],
)
def test_the_level_is_what_the_layers_make(monkeypatch, layers, hidden, level):
    monkeypatch.setattr(identity, "hidden", lambda: hidden)
    assert level_of(layers) == level
    assert described(dict.fromkeys(layers, "")).split()[0] == level


def test_the_layers_are_told_with_their_details(monkeypatch):
    monkeypatch.setattr(identity, "hidden", lambda: True)
    layers = {"rlimits": ":core+as", "uid": "", "landlock": "=7", "seccomp": ""}
    assert described(layers) == "strong [rlimits:core+as uid landlock=7 seccomp grader-closed]"
    assert described({"rlimits": ":core+as"}) == "none"


def test_a_lower_level_is_refused_with_what_is_missing_and_what_to_do(monkeypatch):
    monkeypatch.setattr(identity, "hidden", lambda: False)
    with pytest.raises(MisuseError, match=r"no Landlock.*--isolation medium"):
        require("strong", (LIMITS, "uid", "seccomp"))
    with pytest.raises(MisuseError, match="no seccomp"):
        require("weak", (LIMITS,))
    with pytest.raises(MisuseError, match="--isolation must be one of strong, medium, weak, none"):
        require("total", ())
    require("medium", (LIMITS, "uid", "seccomp"))
    require("none", ())


def test_a_secret_below_a_readable_folder_is_refused_links_included(monkeypatch, tmp_path):
    root, elsewhere = tmp_path / "lib", tmp_path / "data"
    root.mkdir()
    elsewhere.mkdir()
    monkeypatch.setattr(isolation, "readable_roots", lambda: (str(root),))
    refuse_exposed({"the data": elsewhere, "what is not there": tmp_path / "none"})
    with pytest.raises(MisuseError, match=r"the data .* student code may read: move it"):
        refuse_exposed({"the data": root / "secret"})
    (elsewhere / "labels.npy").symlink_to(root / "labels.npy")
    with pytest.raises(MisuseError, match=r"labels\.npy"):
        refuse_exposed({"the data": elsewhere})
    (tmp_path / "libraries").mkdir()
    refuse_exposed({"the data": tmp_path / "libraries"})  # a name that only begins alike


def test_modes_tell_what_others_can_read(tmp_path):
    closed, opened = tmp_path / "closed", tmp_path / "opened"
    closed.mkdir(0o700)
    opened.mkdir(0o755)
    found = readable_by_others({"closed": closed, "opened": opened, "gone": tmp_path / "gone"})
    reachable = users.open_to_all(tmp_path)
    assert found == (["opened"] if reachable else [])


class Machine:
    """A kit on a machine with these layers."""

    def __init__(self, layers, seed=b"secret" * 6, data=None):
        self.all, self.seed, self.data, self.isolation = layers, seed, data, "none"

    @property
    def tools(self):
        return SimpleNamespace(real=self.data is not None)

    @property
    def layers(self):
        return () if self.isolation == "none" else self.all

    @property
    def level(self):
        return level_of(self.layers)

    @property
    def scratch(self):
        return isolation.Path("/var/empty")


@pytest.fixture(autouse=True)
def own_data(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("HW1_DATA", raising=False)


STRONG = (LIMITS, "uid", "landlock", "seccomp")
MEDIUM = (LIMITS, "uid", "seccomp")


def test_grading_with_secrets_wants_the_strongest_and_takes_less_only_if_told(tmp_path):
    assert isolate(Machine(STRONG), None, {}) == []
    with pytest.raises(MisuseError, match="--isolation medium"):
        isolate(Machine(MEDIUM), None, {})
    with pytest.raises(MisuseError, match="--isolation medium"):
        isolate(Machine(MEDIUM, PUBLIC_SEED, tmp_path), None, {})
    assert isinstance(isolate(Machine(MEDIUM), "medium", {}), list)


def test_without_secrets_a_machine_gives_what_it_has():
    machine = Machine(MEDIUM, PUBLIC_SEED)
    isolate(machine, None, {})
    assert machine.level == "medium"
    assert isolate(Machine((), PUBLIC_SEED), None, {}) == []


def test_what_is_in_danger_is_said():
    machine = Machine(STRONG)
    assert "not isolated" in isolate(machine, "none", {})[0]
    assert machine.layers == ()
    said = isolate(Machine((LIMITS, "seccomp")), "weak", {"the reports": isolation.Path("/nowhere")})
    assert any("the reports" in line for line in said)


def test_a_kit_without_isolation_has_no_layers(launcher, tmp_path):
    kit = Kit(launcher=launcher, scratch=tmp_path)
    assert kit.layers == {}
    assert kit.level == "none"


def test_users_are_in_turn_and_come_from_one_range():
    first, second = users.next_user(), users.next_user()
    assert first != second
    assert all(users.FIRST <= user < users.FIRST + users.MANY for user in (first, second))


@pytest.mark.parametrize(
    "told", [{"uid_map": "0 0 1"}, {"gid_map": "0 0 1000"}, {"setgroups": "deny"}], ids=["users", "groups", "setgroups"]
)
def test_root_stays_root_where_a_container_maps_no_others(monkeypatch, tmp_path, told):
    whole = {"uid_map": "0 0 4294967295", "gid_map": "0 0 4294967295", "setgroups": "allow"}
    monkeypatch.setattr(users, "is_root", lambda: True)
    monkeypatch.setattr(users, "open_to_all", lambda path: True)
    monkeypatch.setattr(identity, "capabilities", lambda: 0xA80425FB)
    monkeypatch.setattr(users, "_told", lambda name: whole[name])
    assert users.can_become_others(tmp_path)
    monkeypatch.setattr(users, "_told", lambda name: (whole | told)[name])
    assert not users.can_become_others(tmp_path)


def test_root_stays_root_without_the_capabilities_or_where_python_is_closed(monkeypatch, tmp_path):
    monkeypatch.setattr(users, "is_root", lambda: True)
    monkeypatch.setattr(users, "_mapped", lambda name: True)
    monkeypatch.setattr(users, "_told", lambda name: "allow")
    monkeypatch.setattr(users, "open_to_all", lambda path: True)
    monkeypatch.setattr(identity, "capabilities", lambda: 1 << 7)
    assert not users.can_become_others(tmp_path)
    monkeypatch.setattr(identity, "capabilities", lambda: 0xA80425FB)
    monkeypatch.setattr(users, "open_to_all", lambda path: False)
    assert not users.can_become_others(tmp_path)
