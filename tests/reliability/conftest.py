"""The figures of a run are printed after it."""

import pytest

from tests.reliability.figures import published


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if published():
        terminalreporter.section("reliability figures")
        for line in published():
            terminalreporter.write_line(line)
