"""The docs lead where they say, name commands and options that there are, and are built without a warning."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from browsing import Watched
from pages import ROOT, anchors_of, commands_of, folder_of, links_of, pages, parsed

import cli
from autograder.hw1.mistakes import MISTAKES

PAGES = pages()
DOCS = ROOT / "docs"
GROUP = typer.main.get_command(cli.app)
COMMANDS = [command for page in PAGES for command in commands_of(page)]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def hooks():
    """``docs/hooks.py``, which no package holds."""
    spec = importlib.util.spec_from_file_location("docs_hooks", DOCS / "hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Links


@pytest.mark.parametrize("page", PAGES)
def test_each_link_of_a_page_leads_somewhere(page):
    for address in links_of(page):
        if re.match("https?:", address):
            continue
        name, _, anchor = address.partition("#")
        target = (folder_of(page) / name).resolve() if name else ROOT / page
        assert target.is_file(), f"{page}: {address}"
        assert target.is_relative_to(ROOT), f"{page}: {address}"
        if anchor:
            assert anchor in anchors_of(target.relative_to(ROOT).as_posix()), f"{page}: {address}"


def test_each_picture_is_shown_somewhere():
    shown = {(folder_of(page) / address).resolve() for page in PAGES for address in links_of(page)}
    pictures = {path for path in (DOCS / "pictures").iterdir() if not path.stem.startswith("review-")}
    assert pictures <= shown


def test_each_page_stands_in_the_site_and_is_linked_from_the_front_door():
    nav = re.findall(r"[\w-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2])
    assert len(nav) == len(set(nav))
    made = {"index.md", *hooks().HEAD}
    own = {page.removeprefix("docs/") for page in PAGES if page.startswith("docs/")}
    assert set(nav) == made | own
    assert {f"docs/{name}" for name in own} <= set(links_of("README.md"))


def test_links_are_moved_to_where_their_targets_stand_in_the_site():
    move = hooks().moved
    assert move("[a](docs/late.md#the-roster)", "README.md") == "[a](late.md#the-roster)"
    assert move("![a](docs/pictures/check.png)", "README.md") == "![a](pictures/check.png)"
    assert move("[a](../benchmarks/a.md), [b](late.md)", "docs/staff.md") == "[a](benchmarks/a.md), [b](late.md)"
    assert move("[a](../docs/answers.md)", "benchmarks/grouping.md") == "[a](../answers.md)"
    assert move("[a](../README.md)", "docs/staff.md") == "[a](index.md)"
    assert move("[a](https://x.org/y.md) [b](#here)", "README.md") == "[a](https://x.org/y.md) [b](#here)"


# Commands


@pytest.mark.parametrize("page", PAGES)
def test_each_command_of_a_page_is_one(page):
    wrong = {str(command): fault for command in COMMANDS if command.page == page and (fault := fault_of(command))}
    assert wrong == {}


def fault_of(command):
    """What is wrong with a command, or nothing; in a sentence it may lack what is needed to run it."""
    tool, *words = command.words
    if words[:1] in (["--install-completion"], ["--show-completion"]):
        return ""  # of a shell's, which typer has
    words = words[: words.index(">")] if ">" in words else words
    if tool == "make":
        return next((f"make has no {target}" for target in words if f"\n{target}:" not in MAKEFILE), "")
    try:
        name, _ = parsed(GROUP, tuple(words))
    except typer.Exit:  # --help
        return ""
    except Exception as error:  # noqa: BLE001  click's own, or that of typer, which brings one of its own
        return "" if "Missing" in type(error).__name__ and not command.shown else str(error)
    return "" if name or not command.shown else "it names no command"


# By page, what runs its commands as they stand there.
RUN_BY_PAGE = {
    "docs/adapt.md": "test_adapt.py",
    "docs/answers.md": "test_answers_docs.py",
    "docs/check.md": "test_check_docs.py",
    "docs/cluster.md": "test_cluster_runs.py",
    "docs/decisions.md": "test_override_docs.py",
    "docs/hand-ins.md": "test_docs_run.py",
    "docs/late.md": "test_late_docs.py",
    "docs/results.md": "test_class_commands.py",
    "docs/similar.md": "test_similar.py",
    "docs/start-student.md": "test_docs_run.py",
    "docs/start-staff.md": "test_docs_run.py",
    "docs/staff.md": "test_docs_run.py",
    "docs/watch.md": "test_watching_command.py",
    "autograder/staff/START.md": "test_docs_run.py",
    "docs/walk.md": "../benchmarks/walk.py",  # which writes the page
}
# What no test runs as it stands: why not, and the file that runs what is nearest to it.
APART = {
    "make demo": ("it installs", "test_demo.py"),
    "make test": ("it is this", "test_docs.py"),
    "hw1 data": ("it needs the network", "test_fetch.py"),
    "hw1 data --from DIR": ("it needs the data sets", "test_data.py"),
    "hw1 data --weights": ("it needs the network", "test_fetch.py"),
    "hw1 grade hand-ins/ -o out --data DIR": ("it needs the data sets", "test_accuracy.py"),
    "hw1 review out": ("it serves until Ctrl-C", "test_review_server.py"),
    "hw1 calibrate --part 1.1 --data DIR": ("it takes half an hour", "test_calibrate.py"),
    "hw1 verify": ("it takes minutes", "test_verify.py"),
    "hw1 release": ("it writes into the repository", "test_release.py"),
    "hw1 release -o hw1-handout.zip": ("its file has another name there", "test_handout_zip.py"),
    "hw1 new-term": ("it is started in another way there", "test_new_term.py"),
    "hw1 bundle -o autograder.zip --data DIR": ("it needs the data sets", "test_bundle.py"),
    "hw1 bundle -o autograder.zip --data '~/datasets'": ("it needs the data sets", "test_bundle.py"),
    "hw1 preflight": ("it takes minutes", "test_preflight.py"),
    "hw1 preflight --setup --bundle autograder.zip": ("it needs the network", "test_setup_script.py"),
}


def test_each_command_that_is_shown_is_run_or_is_among_those_that_say_why_not():
    contributors = "CONTRIBUTING.md"  # shows the commands that run the tests
    shown = [one for one in COMMANDS if one.shown and one.page not in RUN_BY_PAGE and one.page != contributors]
    assert sorted({str(one) for one in shown} - set(APART)) == []
    assert sorted(set(APART) - {str(one) for one in COMMANDS if one.shown}) == []
    assert all((ROOT / "tests" / name).is_file() for name in RUN_BY_PAGE.values())
    assert all((ROOT / "tests" / name).is_file() for _, name in APART.values())


def test_the_two_commands_of_the_front_door_are_all_it_shows():
    assert [str(one) for one in COMMANDS if one.page == "README.md" and one.shown] == ["make demo", "make test"]


def test_the_pages_of_commands_have_each_command_and_option():
    made = "\n".join(hooks().commands_page(name) for name in hooks().HEAD)
    commands = {name: one for name, one in GROUP.commands.items() if not one.hidden}
    assert re.findall(r"^## hw1 (\S+)$", made, re.MULTILINE) == sorted(commands, key=lambda name: name in cli.STAFF)
    for name, command in commands.items():
        section = made.partition(f"\n## hw1 {name}\n")[2].partition("\n## ")[0]
        assert f"```sh\nhw1 {name}" in section, name
        options = [option for one in command.params if not getattr(one, "hidden", False) for option in one.opts]
        options = [option for option in options if option.startswith("--")]
        assert all(f"{option}" in section for option in options), name


def test_markup_in_a_commands_help_is_shown_as_it_is():
    made = hooks()
    assert made._text("DIR/<student>, `out/<student>` and *_x") == "DIR/\\<student>, `out/<student>` and \\*\\_x"
    assert made._cell("a|b\n  c") == "a\\|b c"


# What they say


def test_the_number_of_known_mistakes_is_the_codes():
    for page in ("README.md", "docs/how-it-works.md"):
        said = set(re.findall(r"(\d+) (?:known|mistakes)", (ROOT / page).read_text(encoding="utf-8")))
        assert said == {str(len(MISTAKES))}, page


def test_no_page_names_a_place_of_the_one_who_wrote_it():
    for page in PAGES:
        assert not re.search(r"/(?:root|work|tmp|home)/", (ROOT / page).read_text(encoding="utf-8")), page


# The site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    mkdocs = Path(sys.executable).parent / "mkdocs"
    command = [mkdocs, "build", "--strict", "--quiet", "--site-dir", folder, "--config-file", ROOT / "mkdocs.yml"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [*map(str, command)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(site):
    html = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert len(html) > 25
    elsewhere = re.compile(r'<(?:script|link|img)[^>]*(?:src|href)="(https?:[^"]*)"')
    loaded = [address for text in html for address in elsewhere.findall(text)]
    assert loaded == []
    assert not (site / "hooks.py").exists()


@pytest.mark.slow
def test_the_site_is_read_and_searched_from_the_disk(site, browser):
    schemes = {"index": "light", "report-json": "dark", "commands-students": "dark", "adapt": "light"}
    for name, scheme in {**schemes, "benchmarks/cohort": "dark", "walk": "light"}.items():
        one = Watched(browser, "file:", viewport={"width": 1280, "height": 860}, color_scheme=scheme)
        one.page.goto((site / f"{name}.html").as_uri())
        one.page.wait_for_load_state("networkidle")
        assert (one.errors, one.elsewhere) == ([], []), name
        assert one.axe() == [], name
        one.close()
    one = Watched(browser, "file:", viewport={"width": 1280, "height": 860})
    one.page.goto((site / "index.html").as_uri())
    one.page.click(".md-search__input")
    one.page.keyboard.type("roster")
    one.page.locator(".md-search-result__link", has_text="roster").first.wait_for(timeout=60_000)
    assert (one.errors, one.elsewhere) == ([], [])
    one.close()
