"""Compares the numbers and trunks that are stored here with LiveKit's trunks and dispatch rules.

Pure: no Django, no LiveKit. Sentences are made in `telephony_words.py`, changes in `telephony_plan.py`;
`calls/telephony` reads both sides and acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from calls.livekit.telephony_facts import (
    TRUNK_MARK,
    InboundTrunk,
    Kind,
    Ours,
    OurTrunk,
    OutboundTrunk,
    Password,
    Problem,
    Rule,
    RuleType,
    Severity,
    Theirs,
    digits_of,
    mark_of,
)

CLOCK_WARNING, CLOCK_ERROR = 5.0, 60.0  # seconds; LiveKit refuses a token that begins more than a minute from now


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
    if uncovered := find_uncovered(ours, theirs):
        yield Problem(kind=Kind.NUMBER_NOT_COVERED, severity=Severity.ERROR, details=uncovered, fixable=True)
    without = tuple(phone for phone in ours.numbers if phone not in uncovered and _lacks_rule(phone, theirs))
    if without:
        yield Problem(kind=Kind.NUMBER_WITHOUT_RULE, severity=Severity.ERROR, details=without)


def find_uncovered(ours: Ours, theirs: Theirs) -> tuple[str, ...]:
    """Return our numbers that no inbound trunk accepts calls to."""
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
    used = find_used_trunks(ours, theirs)
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
        if foreign := tuple(number for number in trunk.numbers if digits_of(number) not in ours_digits):
            yield replace(found(Kind.FOREIGN_NUMBERS, Severity.INFO), details=foreign)
    yield from _check_twice(theirs)


def find_used_trunks(ours: Ours, theirs: Theirs) -> set[str]:
    """Return the IDs of the inbound trunks over which calls to our numbers come."""
    return {trunk.id for phone in ours.numbers for trunk in _trunks_of(phone, theirs)}


def _check_twice(theirs: Theirs) -> Iterator[Problem]:
    """LiveKit answers 503 to a call that two trunks accept. Trunks for different callers may share a number."""
    for first, second in combinations(theirs.inbound, 2):
        disjoint = first.allowed_numbers and second.allowed_numbers
        if disjoint and not _digits(first.allowed_numbers) & _digits(second.allowed_numbers):
            continue
        if both := first.digits & second.digits:
            shared = tuple(number for number in first.numbers if digits_of(number) in both)
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
    return set(map(digits_of, numbers))


def _check_rules(ours: Ours, theirs: Theirs) -> Iterator[Problem]:
    used, known = find_used_trunks(ours, theirs), {trunk.id for trunk in theirs.inbound}
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
    there = find_counterpart(trunk, theirs)
    readable = trunk.password is not Password.UNREADABLE

    def found(kind: Kind, *, details: tuple[str, ...] = (), fixable: bool = readable) -> Problem:
        livekit_id = there.id if there else trunk.livekit_id
        return Problem(
            kind=kind, severity=Severity.ERROR, subject=trunk.name, id=livekit_id, details=details, fixable=fixable
        )

    if not readable:
        yield found(Kind.PASSWORD_UNREADABLE)
    if there is None:
        # Without an ID a call carries the trunk's settings along.
        not_made = replace(found(Kind.TRUNK_NOT_MADE), severity=Severity.WARNING)
        yield found(Kind.TRUNK_GONE) if trunk.livekit_id else not_made
        return
    if is_of_another(there, trunk):
        yield found(Kind.TRUNK_OF_ANOTHER, fixable=False)
        return
    if there.id != trunk.livekit_id:
        yield found(Kind.TRUNK_NOT_STORED, fixable=True)
    if differing := list_differing(trunk, there):
        yield found(Kind.TRUNK_DIFFERS, details=differing)
    if trunk.password is Password.NOT_SENT:
        yield found(Kind.PASSWORD_NOT_SENT)


def find_counterpart(trunk: OurTrunk, theirs: Theirs) -> OutboundTrunk | None:
    """Return the trunk in LiveKit: by the stored ID, else by the mark that it got when it was made."""
    by_id = {each.id: each for each in theirs.outbound}
    if there := by_id.get(trunk.livekit_id):
        return there
    marked = sorted((each for each in theirs.outbound if mark_of(each.metadata, TRUNK_MARK) == trunk.uid), key=_id)
    return marked[0] if marked else None


def _id(trunk: OutboundTrunk) -> str:
    return trunk.id


def is_of_another(there: OutboundTrunk, trunk: OurTrunk) -> bool:
    """Whether the trunk in LiveKit was made for another trunk than this one."""
    return mark_of(there.metadata, TRUNK_MARK) not in ("", trunk.uid)


def list_differing(trunk: OurTrunk, there: OutboundTrunk) -> tuple[str, ...]:
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
