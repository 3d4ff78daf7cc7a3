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

# HW1_PYTHON names an interpreter; otherwise the newest one that the kit supports and that can make environments.
find_python() {
    local name
    for name in ${HW1_PYTHON:-} python3.13 python3.12 python3.11 python3; do
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
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3.12 python3.12-venv ||
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3.11 python3.11-venv
    elif command -v dnf >/dev/null; then
        dnf install -y python3.12 || dnf install -y python3.11
    else
        return 1
    fi
}

python="$(find_python)" || { install_python && python="$(find_python)"; } ||
    fail "no Python 3.11 to 3.13 is there and none could be installed: choose a base image of Ubuntu 22.04 or newer"

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
