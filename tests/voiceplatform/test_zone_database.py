"""Are the clocks of today's laws read, whatever the operating system has?"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import tzdata

from voiceplatform.zone_database import NEEDED, system_version


def test_the_pinned_zones_are_new_enough():
    assert tzdata.IANA_VERSION >= NEEDED


def test_british_columbia_no_longer_turns_its_clocks_back():
    december = datetime(2026, 12, 2, 4, 45, tzinfo=UTC)

    assert december.astimezone(ZoneInfo("America/Vancouver")).hour == 21


@pytest.mark.parametrize(
    ("first_line", "version"), [("# version 2025b\n", "2025b"), ("Rule A\n", ""), ("", ""), (None, "")]
)
def test_the_version_of_the_system_s_zones_is_read(tmp_path, first_line, version):
    if first_line is not None:
        (tmp_path / "tzdata.zi").write_text(first_line)

    assert system_version((str(tmp_path / "missing"), str(tmp_path))) == version
