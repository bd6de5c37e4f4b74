"""What the telephony check knows of both sides, what it finds, and what it would change: values only.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from voiceplatform.phone_numbers import only_digits

# How what we make in LiveKit is found again: a process may be killed before it has stored what LiveKit answered.
TRUNK_MARK = "voiceplatform_trunk"  # in an outbound trunk's metadata, with the trunk's uid
INBOUND_MARK = "voiceplatform_inbound"  # in the metadata of the one inbound trunk that is made here
MADE_HERE = "voiceplatform inbound"  # name of that inbound trunk, and of its dispatch rule
ROOM_PREFIX = "call-"


# Cached: of an installation with 10,000 numbers each is compared with each trunk, several times.
digits_of = lru_cache(maxsize=100_000)(only_digits)


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Kind(StrEnum):
    """What is wrong, or worth knowing."""

    UNREACHABLE = "unreachable"
    NOT_LIVEKIT = "not_livekit"
    KEY_REFUSED = "key_refused"
    LIST_REFUSED = "list_refused"
    CLOCK_DIFFERS = "clock_differs"
    NO_AGENT_NAME = "no_agent_name"
    NO_WORKER = "no_worker"
    WORKERS_DRAIN = "workers_drain"
    NO_WEBHOOK = "no_webhook"
    WEBHOOK_ADDRESS = "webhook_address"
    NO_NUMBERS = "no_numbers"
    NUMBER_NOT_COVERED = "number_not_covered"
    NUMBER_WITHOUT_RULE = "number_without_rule"
    FOREIGN_NUMBERS = "foreign_numbers"
    NUMBER_TWICE = "number_twice"
    INBOUND_OPEN = "inbound_open"
    INBOUND_ANY_ADDRESS = "inbound_any_address"
    INBOUND_WITHOUT_RULE = "inbound_without_rule"
    RULE_WITHOUT_TRUNKS = "rule_without_trunks"
    RULE_UNKNOWN_TRUNK = "rule_unknown_trunk"
    RULE_NOT_INDIVIDUAL = "rule_not_individual"
    RULE_SHARES_ROOM = "rule_shares_room"
    RULE_WITHOUT_PREFIX = "rule_without_prefix"
    RULE_NAMES_AGENT = "rule_names_agent"
    RULE_HIDES_NUMBER = "rule_hides_number"
    RULE_ASKS_PIN = "rule_asks_pin"
    NO_TRUNKS = "no_trunks"
    TRUNK_NOT_MADE = "trunk_not_made"
    TRUNK_NOT_STORED = "trunk_not_stored"
    TRUNK_GONE = "trunk_gone"
    TRUNK_DIFFERS = "trunk_differs"
    TRUNK_OF_ANOTHER = "trunk_of_another"
    PASSWORD_NOT_SENT = "password_not_sent"  # nosec B105
    PASSWORD_UNREADABLE = "password_unreadable"  # nosec B105
    SAME_NAME = "same_name"
    TRUNK_LEFT_OVER = "trunk_left_over"


class RuleType(StrEnum):
    INDIVIDUAL = "individual"
    DIRECT = "direct"
    CALLEE = "callee"
    UNKNOWN = "unknown"


class Password(StrEnum):
    """What is known of a trunk's password."""

    SENT = "sent"  # LiveKit was given the one that is stored here, or there is none
    NOT_SENT = "not_sent"
    UNREADABLE = "unreadable"  # no key opens it


@dataclass(frozen=True, kw_only=True)
class OurTrunk:
    """An enabled trunk as it is stored here."""

    uid: str
    name: str
    livekit_id: str  # "" = not made in LiveKit
    address: str
    transport: str  # auto, udp, tcp, tls
    numbers: tuple[str, ...]  # E.164
    auth_username: str
    password: Password = Password.SENT


@dataclass(frozen=True, kw_only=True)
class Ours:
    """What is stored here."""

    numbers: tuple[str, ...] = ()  # E.164, sorted
    trunks: tuple[OurTrunk, ...] = ()
    other_uids: frozenset[str] = frozenset()  # of disabled trunks: theirs in LiveKit are no left-overs
    agent_name: str = "voiceplatform"
    workers: int = 1  # alive and registered with LiveKit
    taking_workers: int = 1  # of them, those that do not drain
    last_webhook: str = ""  # when one came last, in words; "" = none
    webhook_address: str = ""


@dataclass(frozen=True, kw_only=True)
class OutboundTrunk:
    """An outbound trunk in LiveKit."""

    id: str
    name: str = ""
    metadata: str = ""
    address: str = ""
    transport: str = "auto"
    numbers: tuple[str, ...] = ()
    auth_username: str = ""


@dataclass(frozen=True, kw_only=True)
class InboundTrunk:
    """An inbound trunk in LiveKit: which calls it accepts."""

    id: str
    name: str = ""
    metadata: str = ""
    numbers: tuple[str, ...] = ()  # dialed; none = all
    allowed_addresses: tuple[str, ...] = ()
    allowed_numbers: tuple[str, ...] = ()  # of callers; none = all
    has_auth: bool = False

    def covers(self, phone: str) -> bool:
        """Whether calls to the number are accepted. LiveKit compares digits only."""
        return not self.numbers or digits_of(phone) in self.digits

    @cached_property
    def digits(self) -> frozenset[str]:
        """The dialed numbers as LiveKit compares them."""
        return frozenset(map(digits_of, self.numbers))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A dispatch rule in LiveKit: which room a call gets."""

    id: str
    name: str = ""
    type: RuleType = RuleType.INDIVIDUAL
    room_prefix: str = ROOM_PREFIX
    shares_room: bool = False  # callers of one number get one room
    asks_pin: bool = False
    trunk_ids: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()  # dialed; none = all
    hides_number: bool = False
    agents: tuple[str, ...] = ()  # that LiveKit dispatches on its own

    def takes(self, trunk_id: str) -> bool:
        return not self.trunk_ids or trunk_id in self.trunk_ids


class Failure(StrEnum):
    """Why LiveKit could not be asked."""

    UNREACHABLE = "unreachable"
    NOT_LIVEKIT = "not_livekit"
    KEY_REFUSED = "key_refused"
    LIST_REFUSED = "list_refused"  # it answers, but lists no trunks: without Redis it has no telephony


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What LiveKit has; nothing when it could not be asked."""

    outbound: tuple[OutboundTrunk, ...] = ()
    inbound: tuple[InboundTrunk, ...] = ()
    rules: tuple[Rule, ...] = ()
    clock_seconds: float | None = None  # how far LiveKit's clock is ahead of ours; None = not told
    failure: Failure | None = None
    failure_message: str = ""  # LiveKit's own words, where it answered
    address: str = ""  # where it was asked


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that the comparison found."""

    kind: Kind
    severity: Severity
    subject: str = ""  # name of a trunk or rule, or a number
    id: str = ""  # LiveKit's ID of it
    details: tuple[str, ...] = ()  # what the sentence lists: numbers, IDs, fields
    fixable: bool = False  # `--apply` mends it
    facts: Mapping[str, str] = field(default_factory=dict)


class Action(StrEnum):
    """What `--apply` does."""

    STORE_ID = "store_id"
    CREATE_OUTBOUND = "create_outbound"
    UPDATE_OUTBOUND = "update_outbound"
    CREATE_INBOUND = "create_inbound"
    ADD_NUMBERS = "add_numbers"
    CREATE_RULE = "create_rule"
    ADD_TRUNKS = "add_trunks"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change in LiveKit, or of a stored LiveKit ID. No password is in it."""

    action: Action
    name: str = ""  # of the trunk or rule
    uid: str = ""  # of our trunk
    id: str = ""  # LiveKit's ID of what is changed
    fields: tuple[str, ...] = ()  # of our trunk, that LiveKit gets
    numbers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    trunk_ids: tuple[str, ...] = ()  # of the rule; a trunk that is yet to be made is added when it is


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What came of one change."""

    change: Change
    error: str = ""  # why it was not made


def mark_of(metadata: str, mark: str) -> str:
    """Return what stands under a mark in metadata; "" when it is not there. Metadata may be any text."""
    try:
        read = json.loads(metadata)
    except (ValueError, RecursionError):
        return ""
    value = read.get(mark) if isinstance(read, dict) else None
    return value if isinstance(value, str) else ""
