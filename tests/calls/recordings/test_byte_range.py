"""Which part of a file does a player ask for?"""

import pytest

from calls.recordings.byte_range import OutOfRangeError, read_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=90-500", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
    ],
)
def test_a_part_is_read(header, part):
    assert read_range(header, 100) == part


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b"])
def test_anything_else_means_all_of_it(header):
    assert read_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=5-4", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(header):
    with pytest.raises(OutOfRangeError):
        read_range(header, 100)
