"""Decides at which moment a person is called back who is to be called at a time on their own clock.

Pure: no Django, no LiveKit, no clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONGEST_AHEAD = timedelta(days=366)
_ONE_DAY = timedelta(days=1)


class Refusal(StrEnum):
    """Why a time is refused."""

    PAST = "past"
    TOO_FAR = "too_far"


class CallBackTimeError(Exception):
    """The time is past in a zone, or too far ahead. `shown`: what the clock there shows now."""

    def __init__(self, refusal: Refusal, *, local: datetime, zone: ZoneInfo, shown: datetime) -> None:
        where = f"in {zone.key}, where it is {shown:%Y-%m-%d %H:%M} now"
        said = {
            Refusal.PAST: f"{local:%Y-%m-%d %H:%M} is past {where}. Choose a later time.",
            Refusal.TOO_FAR: f"{local:%Y-%m-%d %H:%M} is more than {LONGEST_AHEAD.days} days ahead {where}.",
        }
        super().__init__(said[refusal])
        self.refusal, self.zone = refusal, zone


def find_moment(local: datetime, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment, in UTC, at which the clock of the zone shows a time. `local`: without a zone.

    A time that the clock skips becomes as much later as the clock is set forward; of one that it shows twice, the first
    counts, as for retries. Raises CallBackTimeError.
    """
    shown = now.astimezone(zone).replace(tzinfo=None)
    if local - shown > LONGEST_AHEAD:
        raise CallBackTimeError(Refusal.TOO_FAR, local=local, zone=zone, shown=shown)
    # Not converted when it is long past: of the year 1 Python tells no UTC.
    moment = now if shown - local > _ONE_DAY else local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment <= now:
        raise CallBackTimeError(Refusal.PAST, local=local, zone=zone, shown=shown)
    return moment
