"""How web processes talk to LiveKit: over its real protocol, with a fake one at the other end."""

import os
import subprocess
import sys
import threading
import time

import pytest

from calls.livekit import gateway as livekit_gateway
from calls.livekit.gateway import LiveKitError, delete_room, dispatch_agent
from tests.fakes.livekit_api import Failure, FakeLiveKitApi


def dispatch(budget_seconds=2.0) -> str:
    return dispatch_agent("room-1", "0192", budget_seconds=budget_seconds)


def test_a_dispatch_names_room_agent_and_call(livekit):
    assert dispatch() == "AD_1"

    (request,) = livekit.dispatches
    assert (request.room, request.agent_name, request.metadata) == ("room-1", "voiceplatform", '{"call_id": "0192"}')


def test_the_grant_is_for_this_room_only(livekit):
    dispatch()

    assert [(grant.room, grant.room_admin) for grant in livekit.grants] == [("room-1", True)]


def test_many_requests_share_one_connection(livekit):
    for _ in range(5):
        dispatch()

    assert livekit.connections == 1


def test_threads_may_ask_at_once(livekit):
    threads = [threading.Thread(target=dispatch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(livekit.dispatches) == 8


def test_a_livekit_that_does_not_answer_costs_the_budget_and_no_more(livekit):
    livekit.failures = [Failure(after_seconds=1)]
    began = time.monotonic()

    with pytest.raises(
        LiveKitError, match=r"No response from LiveKit within 0\.2 s \(to dispatch an agent\)"
    ) as caught:
        dispatch(budget_seconds=0.2)
    assert time.monotonic() - began < 0.8
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("failure", "permanent"),
    [
        (Failure(status=401, code="unauthenticated"), True),
        (Failure(status=403, code="permission_denied"), True),
        (Failure(status=400, code="invalid_argument"), True),
        (Failure(status=429, code="resource_exhausted"), False),
        (Failure(status=503, code="unavailable"), False),
        (Failure(status=502, raw=b"<html>Bad gateway</html>"), False),
        (Failure(status=502, raw=b"[]"), False),
        (Failure(status=200, raw=b"<html>Hello</html>"), False),
    ],
)
def test_a_refusal_says_whether_asking_again_could_help(livekit, failure, permanent):
    livekit.failures = [failure]

    with pytest.raises(LiveKitError) as caught:
        dispatch()
    assert caught.value.permanent is permanent


def test_a_connection_works_again_after_a_failure(livekit):
    livekit.failures = [Failure(after_seconds=0.5), Failure()]
    for budget in (0.1, 2):
        with pytest.raises(LiveKitError):
            dispatch(budget_seconds=budget)

    assert dispatch().startswith("AD_")


def test_no_one_there_is_said_in_words(livekit, settings):
    settings.LIVEKIT_URL = "ws://127.0.0.1:9"

    with pytest.raises(LiveKitError, match="could not be reached to dispatch an agent"):
        dispatch()


def test_another_livekit_in_the_settings_gets_the_next_request(livekit, settings):
    dispatch()
    with FakeLiveKitApi() as other:
        settings.LIVEKIT_URL = other.url
        dispatch()
        livekit_gateway.close()

    assert (len(livekit.dispatches), len(other.dispatches)) == (1, 1)


def test_without_livekit_the_error_names_the_settings(settings):
    settings.LIVEKIT_CONFIGURED = False

    with pytest.raises(LiveKitError, match="LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET") as caught:
        dispatch()
    assert caught.value.permanent


def test_a_room_is_deleted(livekit):
    delete_room("room-1", budget_seconds=2)

    assert livekit.deleted_rooms == ["room-1"]


def test_a_room_that_is_gone_already_is_fine(livekit):
    livekit.failures = [Failure(status=404, code="not_found")]

    delete_room("room-1", budget_seconds=2)

    assert not livekit.failures  # the request was made, and refused with 404


def test_a_room_that_cannot_be_deleted_is_an_error(livekit):
    livekit.failures = [Failure()]

    with pytest.raises(LiveKitError, match="refused to delete a room"):
        delete_room("room-1", budget_seconds=2)


FORKING = """
import django, os; django.setup()
from calls.livekit.gateway import dispatch_agent
dispatch_agent("parent", "1", budget_seconds=3)
child = os.fork()
if child == 0:
    dispatch_agent("child", "2", budget_seconds=3)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
dispatch_agent("parent", "3", budget_seconds=3)
"""


def run_python(code, **environment):
    env = (
        os.environ
        | {"DJANGO_SETTINGS_MODULE": "voiceplatform.settings", "PYTHONWARNINGS": "default::ResourceWarning"}
        | environment
    )
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_forked_process_opens_a_connection_of_its_own_and_all_are_closed_at_exit(livekit, settings):
    names = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
    done = run_python(FORKING, **{name: getattr(settings, name) for name in names})

    assert (done.returncode, done.stderr) == (0, "")
    assert [request.room for request in livekit.dispatches] == ["parent", "child", "parent"]


def test_loading_the_addresses_does_not_import_livekit():
    code = "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns; print('livekit' in sys.modules)"

    assert run_python(code).stdout.strip() == "False"


def test_a_server_imports_livekit_before_the_first_call():
    code = (
        "import django, runpy, sys; django.setup(); runpy.run_path('gunicorn.conf.py')['post_worker_init'](None); "
        "print('livekit.api' in sys.modules)"
    )

    assert run_python(code).stdout.strip() == "True"
