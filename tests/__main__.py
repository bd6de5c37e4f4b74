"""Runs every kind of test and counts: `python -m tests` runs the fast ones in parallel, then each kind that needs more.

A test has one try. One that fails sometimes is a defect, of the product or of the test.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

# Important: calls run one after the other. In parallel with other tests, two cores answer too late for the times to mean
# anything.
RUNS = {
    "fast tests": ["-n", "auto", "-m", "not livekit and not browser and not reliability"],
    "pages in a browser": ["-n", "auto", "-m", "browser"],
    "calls over livekit-server": ["-m", "livekit and not reliability and not model_faults"],
    # Apart: after its many calls the played phones of a process answer slowly.
    "calls whose model fails": ["-m", "model_faults"],
    "reliability": ["-m", "reliability"],
}

ENV_FILE_SETTINGS = [
    line.partition("=")[0].lstrip("# ") for line in Path(".env.example").read_text().splitlines() if "=" in line
]


@dataclass(frozen=True, kw_only=True)
class Count:
    """How one pytest session ended."""

    passed: int
    failed: int
    skipped: int
    seconds: float
    exit_code: int

    def is_good(self, *, skips_allowed: bool) -> bool:
        """Whether everything passed that should have.

        A session without a single test has proved nothing: pytest ends it with 5.
        """
        return self.exit_code == 0 and (skips_allowed or self.skipped == 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--no-skips", action="store_true", help="a skipped test fails the run")
    options, for_pytest = parser.parse_known_args()
    counts = {title: run(arguments + for_pytest) for title, arguments in RUNS.items()}
    print()
    for title, count in counts.items():
        print(
            f"{title}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped in {count.seconds:.0f} s"
        )
    good = all(count.is_good(skips_allowed=not options.no_skips) for count in counts.values())
    hint = " A skipped test counts as a failure here." if options.no_skips else ""
    print("All tests passed." if good else f"Not all tests passed.{hint}")
    return 0 if good else 1


def run(arguments: list[str]) -> Count:
    """Run pytest and return what its JUnit report counted."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments], env=environment(), check=False
        )
        return read_report(report.read_text() if report.exists() else "", exit_code=done.returncode)


def environment() -> dict[str, str]:
    """Return an environment in which neither keys nor servers of this machine's .env can reach a test."""
    return os.environ | dict.fromkeys(ENV_FILE_SETTINGS, "")


def read_report(xml: str, *, exit_code: int) -> Count:
    """Return the counts of a JUnit report; all zero when pytest did not come as far as writing one."""
    suite = ElementTree.fromstring(xml).find("testsuite") if xml else None
    number = {
        name: int(suite.get(name, "0")) if suite is not None else 0
        for name in ("tests", "failures", "errors", "skipped")
    }
    failed = number["failures"] + number["errors"]
    return Count(
        passed=number["tests"] - failed - number["skipped"],
        failed=failed,
        skipped=number["skipped"],
        seconds=float(suite.get("time", "0")) if suite is not None else 0.0,
        exit_code=exit_code,
    )


if __name__ == "__main__":
    sys.exit(main())
