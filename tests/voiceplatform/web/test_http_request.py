"""When is a request here in full?"""

import pytest

from voiceplatform.web.http_request import LARGEST_BUFFERED_BODY, LARGEST_HEAD, awaits_continue, is_whole

POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("received", "whole"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: a", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
        (POST + b"Content-Length: 3\r\n\r\nab", False),
        (POST + b"content-length:3\r\n\r\nabc", True),
        (POST + b"Content-Length: 3\r\n\r\nabcGET / HTTP", True),
        (POST + b"X: y\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n", False),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", True),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", False),
        (b"a" * (LARGEST_HEAD + 1), True),
        (POST + b"Content-Length: 9000000\r\n\r\n" + b"a" * LARGEST_BUFFERED_BODY, True),
    ],
)
def test_a_request_is_whole_when_no_thread_would_wait_for_more(received, whole):
    assert is_whole(received) is whole


def test_a_client_that_waits_to_be_asked_for_the_body_is_recognised():
    assert awaits_continue(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert not awaits_continue(POST + b"Content-Length: 3\r\n\r\nExpect: 100-continue")
