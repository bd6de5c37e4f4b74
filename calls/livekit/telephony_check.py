"""Compares the numbers and trunks that stand here with LiveKit's trunks and dispatch rules, and plans what to change.

Pure: no Django, no LiveKit. Sentences are made in `telephony_words.py`; `calls/telephony` reads both sides and acts.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import combinations

from voiceplatform.phone_numbers import only_digits

# How what we make in LiveKit is found again: a process may be killed before it has stored what LiveKit answered.
TRUNK_MARK = "voiceplatform_trunk"  # in an outbound trunk's metadata, with the trunk's uid
INBOUND_MARK = "voiceplatform_inbound"  # in the metadata of the one inbound trunk that is made here
MADE_HERE = "voiceplatform inbound"  # name of that inbound trunk, and of its dispatch rule
ROOM_PREFIX = "call-"
CLOCK_WARNING, CLOCK_ERROR = 5.0, 60.0  # seconds; LiveKit refuses a token that begins more than a minute from now


# Cached: of an installation with 10,000 numbers each is compared with each trunk, several times.
_digits_of = lru_cache(maxsize=100_000)(only_digits)


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
    """What stands here."""

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
        return not self.numbers or _digits_of(phone) in self.digits

    @cached_property
    def digits(self) -> frozenset[str]:
        """The dialed numbers as LiveKit compares them."""
        return frozenset(map(_digits_of, self.numbers))


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
    """What stands in LiveKit; nothing when it could not be asked."""

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


def find_problems(ours: Ours, theirs: Theirs) -> list[Problem]:
    """Return everything that is wrong or worth knowing, errors first."""
    found = [*_check_processes(ours), *_check_connection(theirs)]
    if theirs.failure is None:
        found += [
            *_check_numbers(ours, theirs),
            *_check_inbound(ours, theirs),
            *_check_rules(ours, theirs),
            *_check_trunks(ours, theirs),
            *_check_names(ours, theirs),
        ]
    order = list(Severity)
    return sorted(found, key=lambda problem: order.index(problem.severity))


def plan_changes(ours: Ours, theirs: Theirs) -> list[Change]:
    """Return what would mend the problems that can be mended from what stands here; nothing while LiveKit cannot be asked.

    What was not made here is never changed, except an outbound trunk whose ID an administrator entered here.
    """
    if theirs.failure is not None:
        return []
    outbound = [change for trunk in ours.trunks if (change := _plan_trunk(trunk, theirs))]
    return [*outbound, *_plan_inbound(ours, theirs), *_plan_rule(ours, theirs)]


def mark_of(metadata: str, mark: str) -> str:
    """Return what stands under a mark in metadata; "" when it is not there. Metadata may be any text."""
    try:
        read = json.loads(metadata)
    except (ValueError, RecursionError):
        return ""
    value = read.get(mark) if isinstance(read, dict) else None
    return value if isinstance(value, str) else ""


# -- LiveKit itself, and our processes


def _check_connection(theirs: Theirs) -> Iterator[Problem]:
    if theirs.failure is not None:
        facts = {"message": theirs.failure_message, "address": theirs.address}
        yield Problem(kind=Kind(theirs.failure.value), severity=Severity.ERROR, facts=facts)
    if theirs.clock_seconds is not None and abs(theirs.clock_seconds) >= CLOCK_WARNING:
        severity = Severity.ERROR if abs(theirs.clock_seconds) >= CLOCK_ERROR else Severity.WARNING
        yield Problem(
            kind=Kind.CLOCK_DIFFERS,
            severity=severity,
            facts={
                "seconds": f"{abs(theirs.clock_seconds):.0f}",
                "direction": "ahead" if theirs.clock_seconds > 0 else "behind",
            },
        )


def _check_processes(ours: Ours) -> Iterator[Problem]:
    if not ours.agent_name.strip():
        yield Problem(kind=Kind.NO_AGENT_NAME, severity=Severity.ERROR)
    if not ours.workers:
        yield Problem(kind=Kind.NO_WORKER, severity=Severity.ERROR, facts={"agent": ours.agent_name})
    elif not ours.taking_workers:
        yield Problem(kind=Kind.WORKERS_DRAIN, severity=Severity.WARNING)
    address = {"address": ours.webhook_address, "last": ours.last_webhook}
    if ours.last_webhook:
        yield Problem(kind=Kind.WEBHOOK_ADDRESS, severity=Severity.INFO, facts=address)
    else:
        yield Problem(kind=Kind.NO_WEBHOOK, severity=Severity.WARNING, facts=address)


# -- inbound: numbers, trunks, rules


def _check_numbers(ours: Ours, theirs: Theirs) -> Iterator[Problem]:
    if not ours.numbers:
        yield Problem(kind=Kind.NO_NUMBERS, severity=Severity.INFO)
    if uncovered := _find_uncovered(ours, theirs):
        yield Problem(kind=Kind.NUMBER_NOT_COVERED, severity=Severity.ERROR, details=uncovered, fixable=True)
    without = tuple(phone for phone in ours.numbers if phone not in uncovered and _lacks_rule(phone, theirs))
    if without:
        yield Problem(kind=Kind.NUMBER_WITHOUT_RULE, severity=Severity.ERROR, details=without)


def _find_uncovered(ours: Ours, theirs: Theirs) -> tuple[str, ...]:
    return tuple(phone for phone in ours.numbers if not any(trunk.covers(phone) for trunk in theirs.inbound))


def _lacks_rule(phone: str, theirs: Theirs) -> bool:
    """Whether the rules of the number's trunks leave it out. A trunk without any rule is a problem of its own."""
    trunks = _trunks_of(phone, theirs)
    rules = [rule for rule in theirs.rules if any(rule.takes(trunk.id) for trunk in trunks)]
    return bool(rules) and not any(not rule.numbers or phone in rule.numbers for rule in rules)


def _trunks_of(phone: str, theirs: Theirs) -> list[InboundTrunk]:
    """Return the trunks that accept calls to a number: those that name it come before those that accept every number."""
    naming = [trunk for trunk in theirs.inbound if trunk.numbers and trunk.covers(phone)]
    return naming or [trunk for trunk in theirs.inbound if trunk.covers(phone)]


def _check_inbound(ours: Ours, theirs: Theirs) -> Iterator[Problem]:
    ours_digits = _digits(ours.numbers)
    used = _used_trunks(ours, theirs)
    for trunk in theirs.inbound:

        def found(kind: Kind, severity: Severity, trunk: InboundTrunk = trunk) -> Problem:
            return Problem(kind=kind, severity=severity, subject=trunk.name, id=trunk.id)

        if not (trunk.numbers or trunk.has_auth or trunk.allowed_addresses):
            yield found(Kind.INBOUND_OPEN, Severity.ERROR)
        elif not (trunk.has_auth or trunk.allowed_addresses):
            yield found(Kind.INBOUND_ANY_ADDRESS, Severity.WARNING)
        if not any(rule.takes(trunk.id) for rule in theirs.rules):
            severity = Severity.ERROR if trunk.id in used else Severity.WARNING
            fixable = trunk.id in used and bool(trunk.numbers)
            yield replace(found(Kind.INBOUND_WITHOUT_RULE, severity), fixable=fixable)
        if foreign := tuple(number for number in trunk.numbers if _digits_of(number) not in ours_digits):
            yield replace(found(Kind.FOREIGN_NUMBERS, Severity.INFO), details=foreign)
    yield from _check_twice(theirs)


def _used_trunks(ours: Ours, theirs: Theirs) -> set[str]:
    """Return the IDs of the inbound trunks over which calls to our numbers come."""
    return {trunk.id for phone in ours.numbers for trunk in _trunks_of(phone, theirs)}


def _check_twice(theirs: Theirs) -> Iterator[Problem]:
    """LiveKit answers 503 to a call that two trunks accept. Trunks for different callers may share a number."""
    for first, second in combinations(theirs.inbound, 2):
        disjoint = first.allowed_numbers and second.allowed_numbers
        if disjoint and not _digits(first.allowed_numbers) & _digits(second.allowed_numbers):
            continue
        if both := first.digits & second.digits:
            shared = tuple(number for number in first.numbers if _digits_of(number) in both)
            facts = {"other": second.name, "other_id": second.id}
            yield Problem(
                kind=Kind.NUMBER_TWICE,
                severity=Severity.ERROR,
                subject=first.name,
                id=first.id,
                details=shared,
                facts=facts,
            )


def _digits(numbers: Iterable[str]) -> set[str]:
    return set(map(_digits_of, numbers))


def _check_rules(ours: Ours, theirs: Theirs) -> Iterator[Problem]:
    used, known = _used_trunks(ours, theirs), {trunk.id for trunk in theirs.inbound}
    for rule in theirs.rules:
        # A rule of trunks that none of our numbers comes over may be another product's.
        concerns_us = not rule.trunk_ids or bool(used & set(rule.trunk_ids))
        for problem in _check_rule(rule, known):
            yield problem if concerns_us else replace(problem, severity=Severity.INFO)


def _check_rule(rule: Rule, known: set[str]) -> Iterator[Problem]:
    def found(kind: Kind, severity: Severity = Severity.ERROR, details: Iterable[str] = ()) -> Problem:
        return Problem(kind=kind, severity=severity, subject=rule.name, id=rule.id, details=tuple(details))

    if not rule.trunk_ids:
        yield found(Kind.RULE_WITHOUT_TRUNKS)
    if unknown := [trunk_id for trunk_id in rule.trunk_ids if trunk_id not in known]:
        yield found(Kind.RULE_UNKNOWN_TRUNK, Severity.WARNING, unknown)
    if rule.type is not RuleType.INDIVIDUAL:
        yield found(Kind.RULE_NOT_INDIVIDUAL, details=[rule.type.value])
    elif rule.shares_room:
        yield found(Kind.RULE_SHARES_ROOM)
    elif not rule.room_prefix:
        yield found(Kind.RULE_WITHOUT_PREFIX, Severity.WARNING)
    if rule.agents:
        yield found(Kind.RULE_NAMES_AGENT, details=rule.agents)
    if rule.hides_number:
        yield found(Kind.RULE_HIDES_NUMBER)
    if rule.asks_pin:
        yield found(Kind.RULE_ASKS_PIN, Severity.WARNING)


# -- outbound


def _check_trunks(ours: Ours, theirs: Theirs) -> Iterator[Problem]:
    if not ours.trunks:
        yield Problem(kind=Kind.NO_TRUNKS, severity=Severity.INFO)
    for trunk in ours.trunks:
        yield from _check_trunk(trunk, theirs)


def _check_trunk(trunk: OurTrunk, theirs: Theirs) -> Iterator[Problem]:
    there = _counterpart(trunk, theirs)
    readable = trunk.password is not Password.UNREADABLE

    def found(kind: Kind, *, details: tuple[str, ...] = (), fixable: bool = readable) -> Problem:
        livekit_id = there.id if there else trunk.livekit_id
        return Problem(
            kind=kind, severity=Severity.ERROR, subject=trunk.name, id=livekit_id, details=details, fixable=fixable
        )

    if not readable:
        yield found(Kind.PASSWORD_UNREADABLE)
    if there is None:
        yield found(Kind.TRUNK_GONE if trunk.livekit_id else Kind.TRUNK_NOT_MADE)
        return
    if _is_of_another(there, trunk):
        yield found(Kind.TRUNK_OF_ANOTHER, fixable=False)
        return
    if there.id != trunk.livekit_id:
        yield found(Kind.TRUNK_NOT_STORED, fixable=True)
    if differing := _differing(trunk, there):
        yield found(Kind.TRUNK_DIFFERS, details=differing)
    if trunk.password is Password.NOT_SENT:
        yield found(Kind.PASSWORD_NOT_SENT)


def _counterpart(trunk: OurTrunk, theirs: Theirs) -> OutboundTrunk | None:
    """Return the trunk in LiveKit: by the stored ID, else by the mark that it got when it was made."""
    by_id = {each.id: each for each in theirs.outbound}
    if there := by_id.get(trunk.livekit_id):
        return there
    marked = sorted((each for each in theirs.outbound if mark_of(each.metadata, TRUNK_MARK) == trunk.uid), key=_id)
    return marked[0] if marked else None


def _id(trunk: OutboundTrunk) -> str:
    return trunk.id


def _is_of_another(there: OutboundTrunk, trunk: OurTrunk) -> bool:
    return mark_of(there.metadata, TRUNK_MARK) not in ("", trunk.uid)


def _differing(trunk: OurTrunk, there: OutboundTrunk) -> tuple[str, ...]:
    """Return the names of our fields whose values LiveKit has otherwise. The order of caller IDs means nothing."""
    differs = {
        "address": trunk.address.lower() != there.address.lower(),
        "transport": trunk.transport != there.transport,
        "numbers": set(trunk.numbers) != set(there.numbers),
        "auth_username": trunk.auth_username != there.auth_username,
    }
    return tuple(name for name, is_so in differs.items() if is_so)


def _check_names(ours: Ours, theirs: Theirs) -> Iterator[Problem]:
    names = sorted({trunk.name for trunk in theirs.outbound if trunk.name})
    for name in names:
        ids = tuple(sorted(trunk.id for trunk in theirs.outbound if trunk.name == name))
        if len(ids) > 1:
            yield Problem(kind=Kind.SAME_NAME, severity=Severity.WARNING, subject=name, details=ids)
    uids = {trunk.uid for trunk in ours.trunks} | ours.other_uids
    for trunk in theirs.outbound:
        mark = mark_of(trunk.metadata, TRUNK_MARK)
        if mark and mark not in uids:
            yield Problem(kind=Kind.TRUNK_LEFT_OVER, severity=Severity.INFO, subject=trunk.name, id=trunk.id)


# -- what to change


def _plan_trunk(trunk: OurTrunk, theirs: Theirs) -> Change | None:
    there = _counterpart(trunk, theirs)
    everything = ("address", "transport", "numbers", "auth_username", "password")
    if there is None:
        if trunk.password is Password.UNREADABLE:
            return None
        return Change(action=Action.CREATE_OUTBOUND, name=trunk.name, uid=trunk.uid, fields=everything)
    if _is_of_another(there, trunk):
        return None
    is_new_here = there.id != trunk.livekit_id
    unsent = trunk.password is Password.NOT_SENT or (is_new_here and bool(trunk.auth_username))
    fields = _differing(trunk, there) + (("password",) if unsent else ())
    if fields and trunk.password is not Password.UNREADABLE:
        return Change(action=Action.UPDATE_OUTBOUND, name=trunk.name, uid=trunk.uid, id=there.id, fields=fields)
    if is_new_here:
        return Change(action=Action.STORE_ID, name=trunk.name, uid=trunk.uid, id=there.id)
    return None


def _plan_inbound(ours: Ours, theirs: Theirs) -> Iterator[Change]:
    numbers = _find_uncovered(ours, theirs)
    if not numbers:
        return
    if made := _made_inbound(theirs):
        yield Change(action=Action.ADD_NUMBERS, name=made.name, id=made.id, numbers=numbers)
    else:
        yield Change(
            action=Action.CREATE_INBOUND, name=MADE_HERE, numbers=numbers, addresses=_find_addresses(ours.trunks)
        )


def _plan_rule(ours: Ours, theirs: Theirs) -> Iterator[Change]:
    """Yield the rule for trunks that name a number of ours and have none, and for the trunk that is made now."""
    uncovered, made_trunk = _find_uncovered(ours, theirs), _made_inbound(theirs)
    used = _used_trunks(ours, theirs) | ({made_trunk.id} if uncovered and made_trunk else set())
    lacking = tuple(
        trunk.id
        for trunk in theirs.inbound
        if trunk.id in used and trunk.numbers and not any(rule.takes(trunk.id) for rule in theirs.rules)
    )
    makes_trunk = bool(uncovered) and made_trunk is None
    if not lacking and not makes_trunk:
        return
    made = next((rule for rule in theirs.rules if rule.name == MADE_HERE and rule.trunk_ids), None)
    action = Action.ADD_TRUNKS if made else Action.CREATE_RULE
    yield Change(action=action, name=MADE_HERE, id=made.id if made else "", trunk_ids=lacking)


def _made_inbound(theirs: Theirs) -> InboundTrunk | None:
    """Return the inbound trunk that was made here. One whose numbers were taken out accepts all: it is left alone."""
    made = [trunk for trunk in theirs.inbound if mark_of(trunk.metadata, INBOUND_MARK) and trunk.numbers]
    return min(made, key=lambda trunk: trunk.id, default=None)


def _find_addresses(trunks: Sequence[OurTrunk]) -> tuple[str, ...]:
    """Return the addresses that calls may come from: those of the carriers, if all are IP addresses; else none.

    A carrier that is named by its host calls from addresses that are not known here.
    """
    hosts = [_host(trunk.address) for trunk in trunks]
    if not all(_is_ip_address(host) for host in hosts):
        return ()
    return tuple(dict.fromkeys(hosts))


def _host(address: str) -> str:
    """Return the address without its port."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0]


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
