"""Finds the SIP node of the tests, and builds it with Go when its sources have changed.

`python -m tests.telephony.sip_node_binary` builds it ahead of the tests.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from calls.livekit.server_binary import OLDEST_GO, MissingProgramError, parse_go_version

SOURCES = Path(__file__).parent / "sipnode"
BIN_DIRECTORY = Path(__file__).parents[2] / "var" / "bin"


def find_sip_node(bin_directory: Path = BIN_DIRECTORY) -> Path:
    """Return the program, built first when it is missing or older than its sources.

    Cost: 25 s the first time, 5 s after a change. Raises MissingProgramError without a fitting Go,
    subprocess.CalledProcessError when the build fails (Go has then said why on stderr).
    """
    program = bin_directory / "sipnode"
    if not _is_current(program):
        _build(program, go=_find_go())
    return program


@cache
def missing_sip_node() -> str:
    """Return what is missing on this machine to run the node, in one line; "" when it is built or can be."""
    try:
        if not _is_current(BIN_DIRECTORY / "sipnode"):
            _find_go()
    except MissingProgramError as error:
        return str(error)
    return ""


def _is_current(program: Path) -> bool:
    stamp = _stamp(program)
    return os.access(program, os.X_OK) and stamp.exists() and stamp.read_text() == _fingerprint()


def _build(program: Path, *, go: str) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as made_in:
        made = Path(made_in) / "sipnode"
        words = [go, "build", "-C", str(SOURCES), "-buildvcs=false", "-trimpath", "-o", str(made), "."]
        subprocess.run(words, check=True, env=os.environ | {"CGO_ENABLED": "0"})
        made.replace(program)
    _stamp(program).write_text(_fingerprint())


def _stamp(program: Path) -> Path:
    """Return the file that says from which sources the program was built."""
    return program.with_suffix(".sources")


def _fingerprint() -> str:
    read = (path.read_bytes() for path in sorted(SOURCES.iterdir()))
    return hashlib.sha256(b"\0".join(read)).hexdigest()


def _find_go() -> str:
    wanted = f"the tests' SIP node is built with Go {'.'.join(map(str, OLDEST_GO))} or newer"
    go = shutil.which("go")
    if go is None:
        raise MissingProgramError(f"Go is not on the PATH: {wanted}, see https://go.dev/dl/.")
    said = subprocess.run([go, "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()
    if parse_go_version(said) < OLDEST_GO:
        raise MissingProgramError(f"{go} is {said or 'of an unknown version'}: {wanted}.")
    return go


if __name__ == "__main__":
    try:
        find_sip_node()
    except MissingProgramError as error:
        sys.exit(str(error))
