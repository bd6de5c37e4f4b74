"""Is a library that we ship known to have a hole? `python -m tests.dependency_audit` asks pip-audit, where advisories
can be reached.

Exit status 1 for a hole and for an audit that broke. Without network a line says that nothing was audited, and that is
all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests

REQUIREMENTS = "requirements.txt"
PROBE_SECONDS = 2.0
AUDIT_SECONDS = 300
# Advisories we live with, each with its reason.
ACCEPTED: Mapping[str, str] = {}


ADVISORIES = "https://api.osv.dev/v1/query"
SERVICE = "osv"  # as pip-audit names it
# A release known to have holes: a mirror that knows none would call everything good.
KNOWN_HOLE = {"package": {"name": "django", "ecosystem": "PyPI"}, "version": "3.2"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What pip-audit said."""

    holes: list[str]  # in words
    unknown: int  # libraries that the database does not know
    known: int


class AuditBrokenError(Exception):
    """pip-audit did not bring a result. The message is what it said."""


def knows_holes(address: str = ADVISORIES) -> bool:
    """Whether the database of advisories answers, and answers rightly. Takes a few seconds at most."""
    try:
        answer = requests.post(address, json=KNOWN_HOLE, timeout=PROBE_SECONDS)
        return bool(answer.ok and answer.json().get("vulns"))
    except (requests.RequestException, ValueError, AttributeError):
        return False


def ask_pip_audit() -> str:
    """Return pip-audit's JSON. Raises AuditBrokenError."""
    words = ["--service", SERVICE, "--requirement", REQUIREMENTS, "--no-deps", "--disable-pip", "--format", "json"]
    quiet = ["--progress-spinner", "off", "--timeout", "10"]
    ignored = [word for name in ACCEPTED for word in ("--ignore-vuln", name)]
    command = [sys.executable, "-m", "pip_audit", *words, *quiet, *ignored]
    done = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False)
    if not done.stdout.startswith("{"):
        raise AuditBrokenError(done.stderr.strip() or f"pip-audit ended with {done.returncode} and said nothing")
    return done.stdout


def read_findings(said: str) -> Finding:
    libraries = json.loads(said)["dependencies"]
    known = [library for library in libraries if "skip_reason" not in library]
    holes = [
        f"{library['name']} {library['version']}: {hole['id']}, {_remedy(hole)}"
        for library in known
        for hole in library["vulns"]
    ]
    return Finding(holes=holes, unknown=len(libraries) - len(known), known=len(known))


def _remedy(hole: Mapping[str, list[str]]) -> str:
    return f"fixed in {' or '.join(hole['fix_versions'])}" if hole.get("fix_versions") else "no fix yet"


def audit(*, probe: Callable[[], bool] = knows_holes, ask: Callable[[], str] = ask_pip_audit) -> int:
    """Print how it went and return the exit status."""
    if not probe():
        print("Libraries not audited: no database of advisories can be reached.")
        return 0
    try:
        finding = read_findings(ask())
    except (AuditBrokenError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        print(f"The audit of the libraries broke: {error}", file=sys.stderr)
        return 1
    if not finding.known:
        print("The audit of the libraries broke: the database knows none of them.", file=sys.stderr)
        return 1
    unknown = f", {finding.unknown} unknown to the database" if finding.unknown else ""
    print(f"{finding.known} libraries audited{unknown}: {len(finding.holes)} with a known hole.")
    print("\n".join(finding.holes), end="\n" if finding.holes else "")
    return 1 if finding.holes else 0


if __name__ == "__main__":
    sys.exit(audit())
