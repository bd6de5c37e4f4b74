"""Does `manage.py check --deploy` say who does not run?"""

import pytest

from calls.monitoring.checks import find_who_is_missing
from tests.calls.monitoring.test_health import make_keeper, make_worker

pytestmark = pytest.mark.django_db


def found() -> list[str]:
    return [str(warning.id) for warning in find_who_is_missing(None)]


def test_worker_and_keeper_are_missed(livekit):
    assert found() == ["voiceplatform.W031", "voiceplatform.W032"]


def test_no_one_is_missed_who_is_alive(livekit):
    make_worker()
    make_keeper()

    assert found() == []


def test_no_one_is_missed_where_calls_are_off(settings):
    settings.LIVEKIT_CONFIGURED = False

    assert found() == []
