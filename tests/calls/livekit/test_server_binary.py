"""Where is livekit-server, and what is said when it is not there?"""

import pytest

from calls.livekit.server_binary import (
    MissingProgramError,
    build_livekit_server,
    find_livekit_server,
    find_redis_server,
    parse_go_version,
)


def make_program(path, script="exit 0"):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_program_of_the_checkout_goes_before_the_one_on_the_path(tmp_path, monkeypatch):
    (tmp_path / "path").mkdir()
    make_program(tmp_path / "path" / "livekit-server")
    own = make_program(tmp_path / "livekit-server")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    assert find_livekit_server(tmp_path) == own


def test_the_program_on_the_path_is_taken_when_the_checkout_has_none(tmp_path, monkeypatch):
    found = make_program(tmp_path / "livekit-server")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_livekit_server(tmp_path / "bin") == found


def test_a_missing_livekit_server_is_said_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingProgramError, match="make livekit-binary"):
        find_livekit_server(tmp_path)


def test_a_missing_redis_is_said_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingProgramError, match="apt install redis-server"):
        find_redis_server()


def test_a_missing_go_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingProgramError, match=r"^Go is not on the PATH: .* Go 1\.26 or newer.*$"):
        build_livekit_server(tmp_path)


def test_an_old_go_is_refused_before_it_begins(tmp_path, monkeypatch):
    make_program(tmp_path / "go", "echo go1.19.8")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with pytest.raises(MissingProgramError, match=r"go1\.19\.8.*needs Go 1\.26"):
        build_livekit_server(tmp_path / "bin")


@pytest.mark.parametrize(
    ("said", "version"), [("go1.26.8", (1, 26)), ("go1.27rc1", (1, 27)), ("devel +1a2b3c", (0, 0)), ("", (0, 0))]
)
def test_the_version_of_go_is_read(said, version):
    assert parse_go_version(said) == version
