"""Measures how quickly manage.py starts, beside a bare Django project:  python benchmarks/startup_time.py

Prints the shortest of several runs of each, and their ratio. The runs take turns, so that a busy machine slows both.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

OURS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, order=True)
class Run:
    """What one start took."""

    wall_seconds: float
    cpu_seconds: float  # user and system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="of each project (default: 10)")
    parser.add_argument("command", nargs="*", default=["help"], help="of manage.py (default: help)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bare = make_bare_project(Path(folder))
        runs: dict[Path, list[Run]] = {bare: [], OURS: []}
        for project in [*runs] * (options.runs + 1):
            runs[project].append(start(project, options.command))
    shortest = {project: min(each[1:]) for project, each in runs.items()}  # the first run only fills caches
    for title, project in (("bare Django", bare), ("voiceplatform", OURS)):
        best = shortest[project]
        print(f"{title:14} {best.wall_seconds:.3f} s ({best.cpu_seconds:.3f} s of processor)")
    print(f"{'ratio':14} {shortest[OURS].wall_seconds / shortest[bare].wall_seconds:.2f}")


def make_bare_project(folder: Path) -> Path:
    """Return a project as `django-admin startproject` makes it."""
    subprocess.run([sys.executable, "-m", "django", "startproject", "bare", str(folder)], check=True)
    return folder


def start(project: Path, command: list[str]) -> Run:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "manage.py", *command], cwd=project, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
