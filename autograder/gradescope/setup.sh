#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: an environment of the grader's own, beside the harness's.
set -euo pipefail
root="${HW1_AUTOGRADER:-/autograder}"
source="$root/source"
umask 022 # student code runs as another user, who must be able to read Python

fail() {
    echo "setup.sh: $*" >&2
    exit 1
}

# The course's version (rubric.toml), or nothing. HW1_PYTHON names an interpreter, which counts more; without either it
# is the newest one that the kit supports.
wanted=""
[ ! -r "$source/python" ] || read -r wanted <"$source/python" || true
any="python3.13 python3.12 python3.11 python3"
first="${HW1_PYTHON:-} ${wanted:+python$wanted}"
versions="$wanted"
for version in 3.12 3.11; do
    [ "$version" = "$wanted" ] || versions="$versions $version"
done

# The first of these interpreters that can make environments.
find_python() {
    local name
    for name in $1; do
        if "$name" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# Ubuntu 22.04, Gradescope's default, has Python 3.10, and 3.11 as a package; 24.04 has 3.12; Rocky Linux 9 has both.
install_python() {
    if command -v apt-get >/dev/null; then
        apt-get update || return
        for version in $versions; do
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "python$version" \
                "python$version-venv" && return
        done
    elif command -v dnf >/dev/null; then
        for version in $versions; do
            dnf install -y "python$version" && return
        done
    fi
    return 1
}

[ -n "$wanted" ] || first="$first $any"
python="$(find_python "$first")" || { install_python && python="$(find_python "$first $any")"; } ||
    python="$(find_python "$any")" ||
    fail "there is no Python 3.11 to 3.13, and none could be installed: choose a base image of Ubuntu 22.04 or newer"

has="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
if [ -n "$wanted" ] && [ "$has" != "$wanted" ]; then
    echo "setup.sh: the course's Python $wanted is not available here; it is graded with Python $has" >&2
fi

"$python" -m venv --clear "$root/venv"
pip=("$root/venv/bin/python" -m pip --disable-pip-version-check --no-input install --no-cache-dir)
from=()
if [ -n "${HW1_WHEELS:-}" ]; then # a folder of wheels: nothing is fetched
    from=(--no-index --find-links "$HW1_WHEELS")
fi
"${pip[@]}" "${from[@]}" --requirement "$source/requirements.txt" ||
    fail "the packages in requirements.txt could not be installed: is there a network, and are these versions still there?"
"${pip[@]}" --no-index --no-deps "$source"/hw1-*.whl || fail "the kit's wheel could not be installed"

# Seed, evidence and labels are root's alone; student code runs as another user, who must come to Python.
chmod o+x "$root"
if [ "$(id -u)" -eq 0 ]; then
    chown -R 0:0 "$source"
fi
chmod -R go-rwx "$source"
"$root/venv/bin/python" -I -c 'import autograder.gradescope.run, torch; print("hw1 is ready: torch", torch.__version__)' ||
    fail "the kit can't be imported in its environment"
