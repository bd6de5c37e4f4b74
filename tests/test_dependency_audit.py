"""Does the audit fail for a hole, and say so when it could not look?"""

import json

import pytest

from tests.dependency_audit import AuditBrokenError, audit, knows_holes
from tests.personas.crm.crm_server import answer, hang_up, running, say_nothing

GOOD = {"name": "django", "version": "5.2.19", "vulns": []}
HOLE = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}]}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found"}


def saying(*libraries):
    return lambda: json.dumps({"dependencies": libraries})


def breaking():
    raise AuditBrokenError("no such file: requirements.txt")


def reachable():
    return True


def test_without_a_database_a_line_says_that_nothing_was_audited(capsys):
    assert audit(probe=lambda: False, ask=breaking) == 0
    assert capsys.readouterr().out == "Libraries not audited: no database of advisories can be reached.\n"


def test_a_hole_fails_and_is_named_with_its_remedy(capsys):
    assert audit(probe=reachable, ask=saying(GOOD, HOLE)) == 1
    assert "jinja2 2.0: PYSEC-2019-217, fixed in 2.10.1" in capsys.readouterr().out


def test_without_a_hole_all_is_well(capsys):
    assert audit(probe=reachable, ask=saying(GOOD, UNKNOWN)) == 0
    assert capsys.readouterr().out == "1 libraries audited, 1 unknown to the database: 0 with a known hole.\n"


@pytest.mark.parametrize("ask", [breaking, saying(UNKNOWN), lambda: "{", lambda: "{}"])
def test_an_audit_that_brings_nothing_fails(ask, capsys):
    assert audit(probe=reachable, ask=ask) == 1
    assert "The audit of the libraries broke" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("step", "known"),
    [
        (answer(body=b'{"vulns": [{"id": "X"}]}'), True),
        (answer(body=b'{"vulns": []}'), False),  # a mirror without advisories would call everything good
        (answer(body=b"<html>"), False),
        (answer(body=b"[]"), False),
        (answer(404), False),
        (hang_up, False),
    ],
)
def test_a_database_counts_when_it_knows_what_all_knows(step, known):
    with running(step) as server:
        assert knows_holes(server.base) is known


def test_a_database_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("tests.dependency_audit.PROBE_SECONDS", 0.2)
    with running(say_nothing) as server:
        assert not knows_holes(server.base)
