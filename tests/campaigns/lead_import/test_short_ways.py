"""Do the short ways for plain rows give what the long ones give?"""

import io
import random
import re

import pytest

from campaigns.lead_import import clean
from campaigns.lead_import.batches import gather
from campaigns.lead_import.importing import read_rows

HEADER = "Name,First name,Phone,Phone 2,Company,Email,State,Country,Zip,Consent,Notes\n"
PIECES = (
    *(
        "Ana",
        "José",
        "  ",
        " ",
        "\u00a0",
        "\u200b",
        "\u2028",
        "\t",
        "N/A",
        "null",
        "-",
        "NULL",
        "O'Neil",
        "Zoë\u0301",
        "\ufeff",
    ),
    *(
        "212-555-0101",
        "(303) 555-0199",
        "+44 20 7946 0018",
        "1.21256E+10",
        "0",
        "000-000-0000",
        "12",
        "=A1",
        "911",
        "()",
    ),
    *(
        "ann@example.com",
        "TX",
        "Germany",
        "78701",
        "2026-01-31",
        "31.1.2026",
        "Total",
        "Phone",
        "Name",
        "x" * 150,
        "\\",
        '""',
    ),
)


def make_lines(seed: int) -> str:
    choose = random.Random(seed)
    lines = [",".join(_make_cell(choose) for _ in range(choose.choice((3, 11, 11, 11, 13)))) for _ in range(400)]
    return HEADER + "\n".join(lines) + "\n"


def _make_cell(choose: random.Random) -> str:
    text = "".join(choose.choices(PIECES, k=choose.choice((0, 1, 1, 1, 2, 3))))
    return f'"{text}"' if choose.random() < 0.2 else text


@pytest.mark.parametrize("seed", range(10))
def test_rows_are_the_same_whichever_way_is_taken(seed, monkeypatch):
    data = make_lines(seed).encode()
    short = list(read_rows(io.BytesIO(data), region="US").rows)

    monkeypatch.setattr(clean, "_is_clean", lambda record: False)
    monkeypatch.setattr(clean, "_NUMBER_LIKE", re.compile(r"(?!)"))
    long = list(read_rows(io.BytesIO(data), region="US").rows)

    assert short == long


def test_further_columns_are_json_that_copy_can_read():
    data = 'Phone,Notes,"The ""best"" \\ column"\n212-555-0101,"Tab\tand ""quotes""\nand a \\ line",é\n'.encode()
    (batch,) = gather(read_rows(io.BytesIO(data), region="US").rows, 10)

    (lead,) = batch.leads.values()
    assert lead.cells.split("\t")[15] == (
        r'{"Notes": "Tab\\tand \\"quotes\\"\\nand a \\\\ line", "The \\"best\\" \\\\ column": "é"}'
    )
