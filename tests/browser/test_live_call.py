"""Can a person follow a live call without touching the page, and end it?"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from calls.models import Call
from tests.browser.axe import find_barriers
from tests.browser.conftest import sign_in
from tests.calls.admin.test_call import make_call
from tests.conftest import CLINIC, make_number, make_persona
from tests.sample_day import make_day
from transcripts.models import Turn, save_turn
from transcripts.spoken_turn import SpokenTurn

HIDE = (
    "Object.defineProperty(document, 'visibilityState', {get: () => '%s', configurable: true}); "
    "document.dispatchEvent(new Event('visibilitychange'))"
)
AT_THE_END = """() => {
  const box = document.querySelector('#conversation-box');
  return box.scrollTop > 0 && box.scrollTop + box.clientHeight > box.scrollHeight - 3;
}"""


@pytest.fixture
def call(boss) -> Call:
    make_number(CLINIC, persona=make_persona("Nora"))
    call = make_call(at=timezone.now() - timedelta(seconds=20))
    call.answer(timezone.now() - timedelta(seconds=18))
    return call


def say(call: Call, text: str) -> None:
    save_turn(call, SpokenTurn(item_id=text[:50], speaker=Turn.Speaker.CALLER, text=text, started_at=timezone.now()))


def watch(page: Page, call: Call) -> list[str]:
    """Open the call's page; the list grows by each request for what is new."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live/" in request.url else None)
    page.goto(f"/admin/calls/call/{call.pk}/change/")
    return asked


def test_speech_appears_automatically_until_the_call_ends(page: Page, boss, call):
    sign_in(page, boss)
    asked = watch(page, call)
    expect(page.get_by_text("No speech yet.")).to_be_visible()

    say(call, "Are you open on Saturday?")
    expect(page.get_by_text("Are you open on Saturday?").last).to_be_visible()
    say(call, "And on Sunday?")
    expect(page.locator("#conversation li")).to_have_count(2)
    expect(page.get_by_text("No speech yet.")).to_have_count(0)

    call.finish(timezone.now(), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)
    expect(page.locator(".vp-story")).to_contain_text("caller hung up")
    expect(page.get_by_role("link", name="End call")).to_have_count(0)
    expect(page.locator("#conversation li")).to_have_count(2)
    before = len(asked)
    page.wait_for_timeout(2600)
    assert len(asked) == before


def test_a_hidden_tab_asks_for_nothing_and_a_shown_one_is_fresh_at_once(page: Page, boss, call):
    sign_in(page, boss)
    asked = watch(page, call)
    page.evaluate(HIDE % "hidden")
    page.wait_for_timeout(200)
    before = len(asked)

    say(call, "Are you there?")
    page.wait_for_timeout(2600)
    assert len(asked) == before

    page.evaluate(HIDE % "visible")
    expect(page.get_by_text("Are you there?").last).to_be_visible(timeout=1500)


def test_a_long_conversation_is_read_at_its_end_unless_the_user_scrolled_up(page: Page, boss, call):
    for place in range(30):
        say(call, f"Sentence {place}")
    sign_in(page, boss)
    watch(page, call)
    box = page.locator("#conversation-box")

    page.wait_for_function(AT_THE_END)
    say(call, "The very last one")
    expect(page.get_by_text("The very last one", exact=True).last).to_be_attached()
    page.wait_for_function(AT_THE_END)

    box.evaluate("box => box.scrollTo({top: 0})")
    page.wait_for_timeout(100)
    say(call, "One more")
    expect(page.get_by_text("One more", exact=True).last).to_be_attached()
    assert box.evaluate("box => box.scrollTop") == 0


def test_a_new_call_appears_on_the_dashboard(page: Page, boss, transactional_db):
    make_number(CLINIC, persona=make_persona("Nora"))
    sign_in(page, boss)
    expect(page.get_by_text("No live calls")).to_be_visible()

    make_call(at=timezone.now())

    expect(page.get_by_text("Live calls (1)")).to_be_visible()


def test_a_call_is_ended_with_the_keyboard(page: Page, boss, call):
    Call.objects.update(simulated=True)  # no room in LiveKit to close
    sign_in(page, boss)
    watch(page, call)

    page.get_by_role("link", name="End call").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Enter")  # on Cancel, the safe choice
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert Call.objects.live().exists()
    page.get_by_role("link", name="End call").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="End call").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Call ended.", exact=True)).to_be_visible()
    expect(page.locator(".vp-story")).to_contain_text("ended by boss")


def test_the_transcript_goes_on_behind_the_dialog(page: Page, boss, call):
    sign_in(page, boss)
    watch(page, call)
    page.get_by_role("link", name="End call").click()

    say(call, "Are you still there?")

    expect(page.get_by_text("Are you still there?").last).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_call_is_ended_without_scripts(browser: Browser, live_server, boss, call):
    Call.objects.update(simulated=True)  # no room in LiveKit to close
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, boss)
    page.goto(f"/admin/calls/call/{call.pk}/end/")

    page.get_by_role("button", name="End call").click()

    assert not Call.objects.live().exists()
    context.close()


def test_a_date_that_cannot_be_read_is_an_error_beside_its_field(page: Page, boss, transactional_db):
    make_day()
    sign_in(page, boss)

    page.goto("/admin/calls/call/?queued_at_from=the+other+day")

    expect(page.locator("#changelist-filter .vp-error")).to_contain_text("is not a date")
    expect(page.locator('#changelist-filter input[name="queued_at_from"]')).to_have_value("the other day")


def test_a_screen_reader_can_use_home_list_and_call(page: Page, boss, transactional_db):
    call = make_day()
    running = Call.objects.live().get(phone="+15550100077")
    sign_in(page, boss)

    barriers = []
    for address in (
        "",
        "calls/call/",
        f"calls/call/{call.pk}/change/",
        f"calls/call/{running.pk}/change/",
        f"calls/call/{running.pk}/end/",
    ):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.goto(f"/admin/{address}")
            barriers += [f"{address} {scheme} {barrier}" for barrier in find_barriers(page, scheme=scheme)]
    assert barriers == []
