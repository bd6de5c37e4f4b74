"""Which campaigns a campaigns.json lists, however its version wrote it."""

import json

import pytest

from campaigns.older_prompts.registry import RegisteredCampaign, RegistryError, RegistryProblem, read_registry
from campaigns.older_prompts.words import explain_registry

GOOGLE = RegisteredCampaign(module="google", name="Google Outreach")


def read(listed: object) -> list[RegisteredCampaign]:
    return read_registry(json.dumps(listed).encode())


@pytest.mark.parametrize(
    "listed",
    [
        [{"name": "Google Outreach", "module": "google"}],
        [{"name": "Google Outreach", "module": "backend.campaigns_prompts.google"}],
        {"custom": [{"name": "Google Outreach", "module": "google"}]},
        {"ok": True, "campaigns": [{"name": "Google Outreach", "module": "google"}]},
        {"Google Outreach": "google"},
        {"google": {"name": "Google Outreach"}},
    ],
)
def test_a_campaign_is_found(listed):
    assert read(listed) == [GOOGLE]


def test_all_lists_of_an_object_count():
    listed = {"builtin": [{"name": "Default", "module": "backend.prompts"}], "custom": [{"name": "Google Outreach"}]}

    assert [entry.module for entry in read(listed)] == ["backend.prompts", "google_outreach"]


def test_texts_and_names_of_constants_are_read():
    entry = {"module": "google", "agent_attr": "A", "session_name": "S", "agent_text": "Be kind.", "session_text": None}

    (found,) = read([entry])

    assert (found.agent_constant, found.session_constant) == ("A", "S")
    assert (found.agent_text, found.session_text) == ("Be kind.", None)


@pytest.mark.parametrize(
    ("content", "problem", "place"),
    [
        (b'[\n{"name": }]', RegistryProblem.NOT_JSON, "line 2"),
        (b"\xff", RegistryProblem.NOT_JSON, ""),
        (b"[" * 100_000, RegistryProblem.NOT_JSON, ""),
        (b"3", RegistryProblem.NOT_CAMPAIGNS, ""),
        (b'["google"]', RegistryProblem.NOT_A_CAMPAIGN, "campaign 1"),
        (b'{"google": 3}', RegistryProblem.NOT_A_CAMPAIGN, "campaign “google”"),
        (b'[{"module": "a"}, {}]', RegistryProblem.NO_MODULE, "campaign 2"),
        (b'[{"module": 3}]', RegistryProblem.NOT_TEXT, "campaign 1, module"),
        (b" " * 10_000_001, RegistryProblem.TOO_LARGE, ""),
    ],
)
def test_what_is_no_list_of_campaigns_is_refused_with_its_place(content, problem, place):
    with pytest.raises(RegistryError) as refused:
        read_registry(content)

    assert (refused.value.problem, refused.value.place) == (problem, place)
    assert explain_registry(refused.value, "campaigns.json").startswith("campaigns.json")


@pytest.mark.parametrize("problem", RegistryProblem)
def test_each_problem_is_explained(problem):
    said = explain_registry(RegistryError(problem, "campaign 2"), "campaigns.json")

    assert said.startswith("campaigns.json, campaign 2: ")
