"""How rows are gathered for the database, and read from a line on."""

import io

from campaigns.lead_import.batches import gather
from campaigns.lead_import.importing import read_rows

TEXT = "Name,Phone\nAnn,212-555-0101\n\nBob,12\nAnn,2125550101\nCal,212-555-0103\n"


def read(text: str, **options):
    return read_rows(io.BytesIO(text.encode()), region="US", **options).rows


def test_a_batch_has_each_phone_once_and_every_row():
    (batch,) = gather(read(TEXT), 10)

    assert (list(batch.leads), batch.rows, batch.last_line) == (["+12125550101", "+12125550103"], 4, 6)
    assert [(row.line, row.first_line) for row in batch.duplicates] == [(5, 2)]
    assert [row.line for row in batch.rejected] == [4]


def test_batches_end_where_the_next_begins():
    assert [(batch.rows, batch.last_line) for batch in gather(read(TEXT), 2)] == [(2, 4), (2, 6)]


def test_a_file_is_read_from_below_a_line_with_its_header():
    assert [row.line for row in read(TEXT, after_line=4)] == [5, 6]


def test_a_row_says_whether_it_tells_where_the_person_is():
    given, bare = read("Phone,State\n212-555-0101,TX\n212-555-0102,\n", after_line=1)

    assert (given.has_place, bare.has_place) == (True, False)
    assert (set(given.regions), set(bare.regions)) == ({"US-TX", "US-NY"}, {"US-NY"})
