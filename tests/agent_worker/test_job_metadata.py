import uuid

import pytest

from agent_worker.job_metadata import CrmConfiguration, KnownCall, NoMetadata, parse_job_metadata

CALL_ID = uuid.UUID("01990000-0000-7000-8000-000000000001")


def test_our_own_dispatch_names_the_call():
    assert parse_job_metadata(f'{{"call_id": "{CALL_ID}"}}') == KnownCall(CALL_ID)


def test_the_crms_json_is_brought_along_whole():
    payload = '{"campaigns": [{"voiceAgents": [{"persona": {"name": "Nora"}}]}], "mobileNo": "8655701159"}'

    metadata = parse_job_metadata(payload)

    assert isinstance(metadata, CrmConfiguration)
    assert metadata.payload["mobileNo"] == "8655701159"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("{}", "empty"),
        ("{not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ('"hello"', "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"call_id": "42"}', "call_id is not a UUID"),
    ],
)
def test_metadata_that_says_nothing_is_explained_and_never_raises(text, reason):
    assert parse_job_metadata(text) == NoMetadata(reason)
