"""Can a person listen to a call, and does the transcript follow?"""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from playwright.sync_api import Page, expect

from agent_worker.recording.ogg_writer import OggWriter
from agent_worker.recording.timeline import RATE
from calls.models import Call, Recording, RecordingAccess
from tests.browser.axe import find_barriers
from tests.browser.conftest import PHONE, sign_in
from tests.calls.admin.test_call import ANSWERED, make_call, say
from tests.calls.recordings.cast import use_storage
from tests.conftest import CLINIC, make_number, make_persona

SECONDS = 12
POSITION = "() => document.querySelector('#player-audio').currentTime"


def sound(path: Path) -> bytes:
    """Return twelve seconds of two tones."""
    at = np.arange(SECONDS * RATE) / RATE
    sides = [(3000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16) for hertz in (300, 500)]
    writer = OggWriter(path, on_failed=print)
    writer.start()
    writer.write(np.stack(sides, axis=1))
    writer.finish()
    writer.release()
    writer.join(20)
    return path.read_bytes()


@pytest.fixture
def call(boss, settings, tmp_path) -> Call:
    use_storage(settings, tmp_path)
    make_number(CLINIC, persona=make_persona("Nora", recording=True))
    call = make_call()
    call.answer(ANSWERED)
    for after, text in ((1, "Hello, this is Nora."), (4, "Are you open on Saturday?"), (8, "Yes, until noon.")):
        say(call, text, after=after)
    call.finish(
        ANSWERED + timedelta(seconds=SECONDS), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP
    )
    recording = Recording.objects.create(call=call, started_at=ANSWERED, state="kept", seconds=SECONDS)
    written = ContentFile(BytesIO(sound(tmp_path / "a.ogg")).read())
    recording.name = storages["recordings"].save(recording.storage_name(), written)
    recording.save()
    return call


def open_call(page: Page, call: Call) -> None:
    page.goto(f"/admin/calls/call/{call.pk}/change/")


def test_a_click_on_a_turn_plays_it_and_the_transcript_follows(page: Page, boss, call):
    sign_in(page, boss)
    open_call(page, call)
    assert not RecordingAccess.objects.exists()

    page.get_by_text("Yes, until noon.").last.click()

    page.wait_for_function(f"{POSITION} && ({POSITION})() > 7.6")
    expect(page.locator("li[aria-current]")).to_contain_text("Yes, until noon.")
    page.get_by_role("button", name="Play from 0:04").click()
    page.wait_for_function(f"({POSITION})() > 3.6 && ({POSITION})() < 7")
    expect(page.locator("li[aria-current]")).to_contain_text("Are you open on Saturday?")
    page.get_by_label("Speed").select_option("1.5")
    assert page.evaluate("document.querySelector('#player-audio').playbackRate") == 1.5
    assert [access.kind for access in RecordingAccess.objects.all()] == ["play"]

    page.reload()
    page.get_by_text("Who listened (1)").click()
    expect(page.get_by_text("boss · play")).to_be_visible()


def test_it_is_downloaded_as_a_file(page: Page, boss, call):
    sign_in(page, boss)
    open_call(page, call)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename == f"call-{call.pk}.ogg"


@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_the_player_fits_and_has_no_barriers(page: Page, boss, call, width, tmp_path):
    sign_in(page, boss)
    if width == "phone":
        page.set_viewport_size(PHONE)
    open_call(page, call)
    page.locator("#player").scroll_into_view_if_needed()

    page.screenshot(path=tmp_path / f"{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_barriers(page) == []
