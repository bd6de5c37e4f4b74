"""Comparing two texts: what a person sees of a change, and that a long text cannot hold the page up."""

import pytest

from personas.persona.differences import compare_lines


def signs(before: str, after: str) -> str:
    return "".join(line.sign for line in compare_lines(before, after))


def test_a_changed_line_stands_between_lines_that_stayed():
    assert signs("one\ntwo\nthree", "one\n2\nthree") == " −+ "


def test_an_added_line_at_either_end_is_found():
    assert signs("b\nc", "a\nb\nc") == "+…"
    assert signs("a\nb", "a\nb\nc") == "…+"


@pytest.mark.parametrize("place", [0, 5_999])
@pytest.mark.timeout(5)  # milliseconds; in the square of the lines it takes minutes
def test_one_change_in_thousands_of_equal_lines_is_found_at_once(place):
    lines = ["x"] * 6_000
    changed = [*lines[:place], "y", *lines[place + 1 :]]

    compared = compare_lines("\n".join(lines), "\n".join(changed))

    assert [line.text for line in compared if line.sign == "+"] == ["y"]


@pytest.mark.timeout(10)
def test_a_text_that_was_rewritten_from_end_to_end_is_not_matched_line_by_line():
    old, new = (f"{word} {n}" for n in range(3_000) for word in ["old"]), (f"new {n}" for n in range(3_000))

    compared = compare_lines("\n".join(old), "\n".join(new))

    assert {line.sign for line in compared} == {"−", "+"}
