"""Which processes does `make run` start?"""

from voiceplatform.management.commands.run_all import members


def test_with_livekit_the_worker_runs_beside_the_others(settings):
    settings.LIVEKIT_CONFIGURED = True

    assert [member.name for member in members(8000)] == ["web", "background", "keeper", "worker"]


def test_without_livekit_the_worker_stays_at_home(settings):
    settings.LIVEKIT_CONFIGURED = False

    assert [member.name for member in members(8000)] == ["web", "background", "keeper"]


def test_the_web_server_listens_on_this_machine_only(settings):
    assert "--bind=127.0.0.1:8123" in members(8123)[0].command
