"""Decides whether the bytes received so far are a whole HTTP/1 request.

Pure: no Django, no sockets. Whether the request is a valid one is for gunicorn's parser.
"""

import re

LARGEST_HEAD = 65_536  # bytes; more than gunicorn's parser takes, which then refuses it
LARGEST_BUFFERED_BODY = 1_000_000  # bytes; of a larger body the rest is read while the request is handled

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]{0,200}chunked", re.IGNORECASE)
_EXPECTS_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


def is_whole(received: bytes | bytearray) -> bool:
    """Whether a thread can handle the request without waiting for the client."""
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return len(received) > LARGEST_HEAD
    head, body_size = bytes(received[: end + 2]), len(received) - end - len(_END_OF_HEAD)
    if body_size >= LARGEST_BUFFERED_BODY:
        return True
    if _CHUNKED.search(head):
        return received.endswith(b"0\r\n\r\n") and body_size >= 5
    length = _LENGTH.search(head)
    return body_size >= (int(length[1]) if length else 0)


def awaits_continue(received: bytes | bytearray) -> bool:
    """Whether the client sends the body only after it has read `100 Continue`."""
    end = received.find(_END_OF_HEAD)
    return end >= 0 and _EXPECTS_CONTINUE.search(bytes(received[: end + 2])) is not None
