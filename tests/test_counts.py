"""Does `make test` count rightly? A run that failed, skipped or tested nothing must not pass for a good one."""

import pytest

from tests.__main__ import Count, read_report

REPORT = '<testsuites><testsuite tests="10" failures="1" errors="1" skipped="3" time="4.5"/></testsuites>'


def count(**values) -> Count:
    return Count(**{"passed": 5, "failed": 0, "skipped": 0, "seconds": 1.0, "exit_code": 0, **values})


def test_a_report_is_counted():
    assert read_report(REPORT, exit_code=1) == Count(passed=5, failed=2, skipped=3, seconds=4.5, exit_code=1)


def test_a_session_that_wrote_no_report_passed_nothing():
    assert read_report("", exit_code=4) == Count(passed=0, failed=0, skipped=0, seconds=0.0, exit_code=4)


@pytest.mark.parametrize("exit_code", [1, 2, 5])
def test_what_pytest_calls_bad_is_bad(exit_code):
    assert not count(exit_code=exit_code).is_good(skips_allowed=True)


def test_a_skip_is_bad_only_where_none_is_allowed():
    assert count(skipped=1).is_good(skips_allowed=True)
    assert not count(skipped=1).is_good(skips_allowed=False)
