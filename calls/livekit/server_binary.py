"""Finds the program livekit-server, and builds it where there is none."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

VERSION = "v1.13.5"  # later versions carry `replace` lines, which `go install` refuses
SOURCE = f"github.com/livekit/livekit-server/cmd/server@{VERSION}"
OLDEST_GO = (1, 26)


class MissingProgramError(Exception):
    """A program is not on this machine; the message says which and how to get it."""


def find_livekit_server(bin_directory: Path) -> Path:
    """Return the program of this checkout, else the one on the PATH. Raises MissingProgramError."""
    own = bin_directory / "livekit-server"
    if os.access(own, os.X_OK):
        return own
    if found := shutil.which("livekit-server"):
        return Path(found)
    raise MissingProgramError(
        f"livekit-server is neither {own} nor on the PATH: `make livekit-binary` builds it (Go 1.26, 2 minutes)."
    )


def find_redis_server() -> Path:
    """Return redis-server on the PATH. Raises MissingProgramError."""
    if found := shutil.which("redis-server"):
        return Path(found)
    raise MissingProgramError(
        "redis-server is not on the PATH: `apt install redis-server` (Debian, Ubuntu) or `brew install redis`."
    )


def build_livekit_server(bin_directory: Path) -> Path:
    """Build livekit-server from source into the directory and return it.

    Cost: 90 s and about 600 MB of Go's caches the first time. Raises MissingProgramError without a fitting Go,
    subprocess.CalledProcessError when the build fails (Go has then said why on stderr).
    """
    go = _find_go()
    bin_directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bin_directory) as made_in:
        subprocess.run([go, "install", SOURCE], check=True, env=os.environ | {"CGO_ENABLED": "0", "GOBIN": made_in})  # nosec B603 # Go, with words of ours
        # Go names the program after its directory, cmd/server. Renamed in one step: a process that runs the old one keeps it.
        return (Path(made_in) / "server").replace(bin_directory / "livekit-server")


def _find_go() -> str:
    wanted = ".".join(map(str, OLDEST_GO))
    go = shutil.which("go")
    if go is None:
        raise MissingProgramError(
            f"Go is not on the PATH: livekit-server {VERSION} is built with Go {wanted} or newer, see https://go.dev/dl/."
        )
    said = subprocess.run([go, "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()  # nosec B603 # Go, with words of ours
    if parse_go_version(said) < OLDEST_GO:
        raise MissingProgramError(
            f"{go} is {said or 'of an unknown version'}: livekit-server {VERSION} needs Go {wanted} or newer."
        )
    return go


def parse_go_version(said: str) -> tuple[int, int]:
    """Return (major, minor) of what `go env GOVERSION` says, such as "go1.26.8"; (0, 0) when it says something else."""
    match = re.match(r"go(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)
