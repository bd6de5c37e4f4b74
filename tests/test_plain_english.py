"""Code, pages, docs and tests use the field's terms and name the actor: these words stay out."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

READ = {".py", ".md", ".html", ".js", ".css", ".yaml", ".toml", ".po"}
NOT_OURS = re.compile(r"(^|/)migrations/|^requirements|^CHANGELOG\.md$|^tests/data/|^tests/test_plain_english\.py$")

# Each with what to write instead. `(?i)` is not needed: both cases are tried.
BANNED = {
    r"nobody|somebody|whoever|everybody|anybody": "the caller, the worker, the user, no agent",
    r"the house|house key|house style|house's": "the installation, the default customer",
    r"for ever": "indefinitely",
    r"each (?:second|minute|night)": "every second",
    r"some (?:ten|\d+) (?:queries|s|ms|seconds|kB|MB|GB|lines|calls)": "about ten",
    r"also when": "even when",
    r"by itself|by themselves": "automatically",
    r"passed over|passes over": "skipped",
    r"br(?:ings?|ought) back|bringing back": "restore",
    r"other side": "caller, called number",
    r"hidden number|hides the number": "withheld caller ID",
    r"notation": "format",
    r"sign of life": "heartbeat",
    r"makes? (?:the database )?true": "reconcile",
    r"furnish\w*|steadiness|standing\b(?! in)": "set up, contact, status",
    r"one of us": "a process of ours",
    r"who would answer|would answer\?": "routing test",
    r"livekit deliver(?:y|ies)": "webhook log",
}
DEPRECATED = "passed_over"  # a field of the API's answers, kept for programs that read it
PATTERN = re.compile("|".join(rf"(?P<w{place}>\b(?:{words})\b)" for place, words in enumerate(BANNED)), re.IGNORECASE)


def our_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if Path(name).suffix in READ and not NOT_OURS.search(name)]


def find_banned(text: str) -> list[str]:
    """Return each banned word, in names too, with its line and what to write instead."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for match in PATTERN.finditer(line.replace(DEPRECATED, "").replace("_", " ")):
            instead = list(BANNED.values())[int(str(match.lastgroup)[1:])]
            found.append(f"line {number}: “{match[0]}” ({instead}): {line.strip()[:80]}")
    return found


def test_the_pattern_finds_what_it_bans():
    assert len(find_banned("Nobody answers.\nIt runs by itself each second.")) == 3
    assert find_banned("The front desk of no caller.") == []


@pytest.mark.parametrize("name", our_files())
def test_a_file_is_in_plain_english(name):
    path = settings.BASE_DIR / name
    if path.exists():  # else it is being moved
        assert find_banned(path.read_text()) == []
