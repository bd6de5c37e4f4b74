"""Does `make test` count rightly? A run that failed, skipped or tested nothing must not pass for a good one."""

import pytest

from tests.__main__ import Count, read_report, run_kind

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


def test_what_a_busy_machine_spoiled_is_tried_once_more_and_counted():
    runs = iter([count(passed=4, failed=1, exit_code=1), count(passed=1)])

    both = run_kind("reliability", [], lambda _: next(runs))

    assert (both.passed, both.failed, both.tried_again, both.exit_code) == (5, 0, 1, 0)


def test_what_fails_twice_has_failed():
    both = run_kind("reliability", [], lambda _: count(failed=1, exit_code=1))

    assert not both.is_good(skips_allowed=True)


def test_fast_tests_have_no_second_try():
    assert run_kind("fast tests", [], lambda _: count(failed=1, exit_code=1)).failed == 1
