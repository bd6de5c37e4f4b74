"""Can every template be read, and its changes be reviewed?"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_LINE = 200  # characters; Django allows no line break inside a tag
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))


def test_the_templates_are_found():
    assert len(TEMPLATES) > 40


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_is_longer_than_a_screen(template):
    lines = enumerate(template.read_text().splitlines(), 1)
    assert [number for number, line in lines if len(line) > LONGEST_LINE] == []
