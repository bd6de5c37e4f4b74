"""Says in sentences what the telephony check found, what to do about it, and what `--apply` changes.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from calls.livekit.telephony_facts import ROOM_PREFIX, Action, Applied, Change, Kind, Problem, RuleType, Severity
from voiceplatform.phone_numbers import format_phone

APPLY = "Apply changes, or run manage.py check_telephony --apply."
MOST_LISTED = 10  # numbers in one sentence

FIELDS = {
    "address": "address",
    "transport": "transport",
    "numbers": "caller IDs",
    "auth_username": "user name",
    "password": "password",  # nosec B105 # a word for people
}
RULE_TYPES = {RuleType.DIRECT: "direct", RuleType.CALLEE: "callee", RuleType.UNKNOWN: "a type that is not known here"}


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """What was found, and what to do."""

    what: str
    remedy: str = ""


def describe_problem(problem: Problem) -> Sentence:
    """Return what was found and what to do; the button and `--apply` where they mend it."""
    said = SENTENCES[problem.kind](problem)
    return Sentence(what=said.what, remedy=said.remedy or (APPLY if problem.fixable else ""))


def describe_change(change: Change) -> str:
    """Return what will be changed, as an instruction that was not carried out yet."""
    match change.action:
        case Action.STORE_ID:
            return f"Store LiveKit ID {change.id} with trunk “{change.name}”."
        case Action.CREATE_OUTBOUND:
            return f"Create outbound trunk “{change.name}” in LiveKit and store its ID."
        case Action.UPDATE_OUTBOUND:
            fields = _list([FIELDS[name] for name in change.fields])
            return f"Update {fields} of outbound trunk “{change.name}” ({change.id}) in LiveKit."
        case Action.CREATE_INBOUND:
            return f"Create inbound trunk “{change.name}” in LiveKit for {_phones(change.numbers)}, {_from(change)}."
        case Action.ADD_NUMBERS:
            return f"Add {_phones(change.numbers)} to inbound trunk “{change.name}” ({change.id}) in LiveKit."
        case Action.CREATE_RULE:
            return f"Create dispatch rule “{change.name}” in LiveKit: one room per call, named {ROOM_PREFIX}…"
        case Action.ADD_TRUNKS:
            trunks = _list(change.trunk_ids) or "the new inbound trunk"
            return f"Add {trunks} to dispatch rule “{change.name}” ({change.id}) in LiveKit."


def render_json(problems: Sequence[Problem], changes: Sequence[Change], applied: Sequence[Applied]) -> dict[str, Any]:
    """Return what `check_telephony --json` prints. Programs read it: these names may only grow."""
    findings: list[dict[str, Any]] = []
    for problem in problems:
        said = describe_problem(problem)
        finding: dict[str, Any] = {
            "severity": problem.severity.value,
            "kind": problem.kind.value,
            "fixable": problem.fixable,
        }
        finding |= {"subject": problem.subject, "id": problem.id, "details": list(problem.details)}
        findings.append({**finding, "message": said.what, "remedy": said.remedy})
    return {
        "ok": not any(problem.severity is Severity.ERROR for problem in problems),
        "findings": findings,
        "changes": [describe_change(change) for change in changes],
        "applied": [{"change": describe_change(each.change), "error": each.error} for each in applied],
    }


def _from(change: Change) -> str:
    return f"from {_list(change.addresses)} only" if change.addresses else "from any address"


def _list(words: Sequence[str]) -> str:
    """Return `a, b and c`, cut at MOST_LISTED."""
    if len(words) > MOST_LISTED:
        return f"{', '.join(words[:MOST_LISTED])} and {len(words) - MOST_LISTED:,} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _phones(phones: Sequence[str]) -> str:
    return _list([format_phone(phone) for phone in phones])


def _where(noun: str, problem: Problem) -> str:
    """Return `Inbound trunk “front desk” (ST_…) in LiveKit`."""
    named = f" “{problem.subject}”" if problem.subject else ""
    return f"{noun}{named} ({problem.id}) in LiveKit" if problem.id else f"{noun}{named}"


def _unreachable(problem: Problem) -> Sentence:
    return Sentence(
        what=f"LiveKit does not answer at {problem.facts['address']}.",
        remedy="Check that LiveKit runs and that LIVEKIT_URL is its address. Trunks and rules were not checked.",
    )


def _not_livekit(problem: Problem) -> Sentence:
    return Sentence(
        what=f"Something other than LiveKit answers at {problem.facts['address']}.",
        remedy="Set LIVEKIT_URL to LiveKit's own address, or let the proxy there pass every path to LiveKit.",
    )


def _key_refused(problem: Problem) -> Sentence:
    return Sentence(
        what=f"LiveKit at {problem.facts['address']} refuses the API key.",
        remedy="Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a pair under “keys” in livekit.yaml, then restart.",
    )


def _list_refused(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{problem.facts['message']}.",
        remedy="Telephony needs LiveKit with Redis and LiveKit SIP. Check “redis” in livekit.yaml.",
    )


def _clock_differs(problem: Problem) -> Sentence:
    facts = problem.facts
    return Sentence(
        what=f"LiveKit's clock is {facts['seconds']} s {facts['direction']} of this machine's.",
        remedy="Synchronize both with NTP: LiveKit refuses requests and workers when clocks differ by a minute.",
    )


def _no_agent_name(problem: Problem) -> Sentence:
    return Sentence(
        what="LIVEKIT_AGENT_NAME is empty: LiveKit sends a second agent into every room.",
        remedy="Set it to a name, e.g. voiceplatform, and restart web and workers.",
    )


def _no_worker(problem: Problem) -> Sentence:
    return Sentence(
        what=f"No agent worker is registered with LiveKit as “{problem.facts['agent']}”: calls are not answered.",
        remedy="Start one: manage.py run_agent.",
    )


def _workers_drain(problem: Problem) -> Sentence:
    return Sentence(
        what="All agent workers are stopping and take no new calls.", remedy="Start another: manage.py run_agent."
    )


def _no_webhook(problem: Problem) -> Sentence:
    return Sentence(
        what="No webhook received from LiveKit yet; without webhooks, calls are not answered.",
        remedy=f"Add {problem.facts['address']} to webhook.urls in livekit.yaml, with LIVEKIT_API_KEY as its api_key. "
        "The first call shows whether it arrives.",
    )


def _webhook_address(problem: Problem) -> Sentence:
    return Sentence(
        what=f"LiveKit's last webhook came {problem.facts['last']}.",
        remedy=f"webhook.urls in livekit.yaml must name {problem.facts['address']}; LiveKit cannot be asked for it.",
    )


def _no_numbers(problem: Problem) -> Sentence:
    return Sentence(
        what="No phone numbers yet, so no call is expected.",
        remedy="Add the numbers that your carrier routes to LiveKit under Phone numbers.",
    )


def _number_not_covered(problem: Problem) -> Sentence:
    return Sentence(what=f"No inbound trunk in LiveKit accepts calls to {_phones(problem.details)}.")


def _number_without_rule(problem: Problem) -> Sentence:
    return Sentence(
        what=f"No dispatch rule in LiveKit takes calls to {_phones(problem.details)}: "
        "the rules of the inbound trunk are limited to other numbers.",
        remedy="Add these numbers to “numbers” of the rule, or remove the limit.",
    )


def _foreign_numbers(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Inbound trunk', problem)} accepts calls to {_phones(problem.details)}, "
        "which no customer has: the CRM or the default persona answers.",
        remedy="Add such numbers under Phone numbers to choose a persona.",
    )


def _number_twice(problem: Problem) -> Sentence:
    facts = problem.facts
    return Sentence(
        what=f"{_phones(problem.details)} is in two inbound trunks in LiveKit: “{problem.subject}” ({problem.id}) "
        f"and “{facts['other']}” ({facts['other_id']}). LiveKit refuses calls that two trunks accept.",
        remedy="Remove it from one of them, or limit both to different callers (allowed_numbers).",
    )


def _inbound_open(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Inbound trunk', problem)} accepts calls from every address to every number.",
        remedy="Set its numbers, and allowed_addresses or a user name with a password.",
    )


def _inbound_any_address(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Inbound trunk', problem)} accepts calls from every address: "
        "anyone who guesses a number reaches an agent.",
        remedy="Set allowed_addresses to the addresses your carrier calls from, or a user name with a password.",
    )


def _inbound_without_rule(problem: Problem) -> Sentence:
    by_hand = f"Create one of type individual with room prefix {ROOM_PREFIX} and this trunk ID."
    return Sentence(
        what=f"{_where('Inbound trunk', problem)} has no dispatch rule: its calls reach no room.",
        remedy="" if problem.fixable else by_hand,
    )


def _rule_without_trunks(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} names no trunks, so it also takes calls that no trunk accepted: "
        "scanners on the Internet reach agents.",
        remedy="Set trunk_ids to the IDs of your inbound trunks.",
    )


def _rule_unknown_trunk(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} names inbound trunks that do not exist: {_list(problem.details)}.",
        remedy="Remove them from trunk_ids.",
    )


def _rule_not_individual(problem: Problem) -> Sentence:
    kind = RULE_TYPES[RuleType(problem.details[0])]
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} is of type {kind}: it puts several callers into one room, "
        "where only the first is answered.",
        remedy=f"Replace it by a rule of type individual with room prefix {ROOM_PREFIX}.",
    )


def _rule_shares_room(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} names rooms without a random part: "
        "two calls from one number share a room, and the first is cut off.",
        remedy="Set no_randomness to false.",
    )


def _rule_without_prefix(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} has no room prefix.",
        remedy=f"Set room_prefix to {ROOM_PREFIX}, so that rooms of phone calls can be told from others.",
    )


def _rule_names_agent(problem: Problem) -> Sentence:
    agents = _list([f"“{name}”" if name else "an unnamed one" for name in problem.details])
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} dispatches an agent on its own ({agents}): "
        "callers would hear two agents.",
        remedy="Remove room_config.agents: the agent is dispatched here, for each call.",
    )


def _rule_hides_number(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} hides phone numbers, the dialed one too: "
        "the number's persona cannot be found.",
        remedy="Set hide_phone_number to false.",
    )


def _rule_asks_pin(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Dispatch rule', problem)} asks callers for a PIN before the agent answers.",
        remedy="Remove the PIN if callers should reach the agent directly.",
    )


def _no_trunks(problem: Problem) -> Sentence:
    return Sentence(
        what="No enabled trunks yet: no outbound calls can be placed.", remedy="Add your carrier's under Trunks."
    )


def _trunk_not_made(problem: Problem) -> Sentence:
    return Sentence(
        what=f"Trunk “{problem.subject}” is not in LiveKit yet: calls leave with the settings that are stored here."
    )


def _trunk_not_stored(problem: Problem) -> Sentence:
    return Sentence(
        what=f"Trunk “{problem.subject}” was created in LiveKit as {problem.id}, but the ID is not stored here."
    )


def _trunk_gone(problem: Problem) -> Sentence:
    return Sentence(what=f"Trunk “{problem.subject}” no longer exists in LiveKit ({problem.id}): calls over it fail.")


def _trunk_differs(problem: Problem) -> Sentence:
    fields = _list([FIELDS[name] for name in problem.details])
    return Sentence(what=f"Trunk “{problem.subject}” has another {fields} in LiveKit ({problem.id}) than here.")


def _trunk_of_another(problem: Problem) -> Sentence:
    return Sentence(
        what=f"LiveKit ID {problem.id} of trunk “{problem.subject}” belongs to another trunk.",
        remedy="Clear the LiveKit ID of this trunk, then apply changes: it gets an outbound trunk of its own.",
    )


def _password_not_sent(problem: Problem) -> Sentence:
    return Sentence(
        what=f"The password of trunk “{problem.subject}” was changed here and not sent to LiveKit ({problem.id})."
    )


def _password_unreadable(problem: Problem) -> Sentence:
    return Sentence(
        what=f"No key in FIELD_ENCRYPTION_KEYS opens the password of trunk “{problem.subject}”.",
        remedy="Enter the password again, or put back the key with which it was stored.",
    )


def _same_name(problem: Problem) -> Sentence:
    return Sentence(
        what=f"LiveKit has {len(problem.details)} outbound trunks named “{problem.subject}”: {_list(problem.details)}.",
        remedy="Delete those that no trunk here names, or rename them.",
    )


def _trunk_left_over(problem: Problem) -> Sentence:
    return Sentence(
        what=f"{_where('Outbound trunk', problem)} was created for a trunk that is no longer here.",
        remedy=f"Delete it if no other installation uses it: lk sip outbound delete {problem.id}",
    )


SENTENCES: dict[Kind, Callable[[Problem], Sentence]] = {
    Kind.UNREACHABLE: _unreachable,
    Kind.NOT_LIVEKIT: _not_livekit,
    Kind.KEY_REFUSED: _key_refused,
    Kind.LIST_REFUSED: _list_refused,
    Kind.CLOCK_DIFFERS: _clock_differs,
    Kind.NO_AGENT_NAME: _no_agent_name,
    Kind.NO_WORKER: _no_worker,
    Kind.WORKERS_DRAIN: _workers_drain,
    Kind.NO_WEBHOOK: _no_webhook,
    Kind.WEBHOOK_ADDRESS: _webhook_address,
    Kind.NO_NUMBERS: _no_numbers,
    Kind.NUMBER_NOT_COVERED: _number_not_covered,
    Kind.NUMBER_WITHOUT_RULE: _number_without_rule,
    Kind.FOREIGN_NUMBERS: _foreign_numbers,
    Kind.NUMBER_TWICE: _number_twice,
    Kind.INBOUND_OPEN: _inbound_open,
    Kind.INBOUND_ANY_ADDRESS: _inbound_any_address,
    Kind.INBOUND_WITHOUT_RULE: _inbound_without_rule,
    Kind.RULE_WITHOUT_TRUNKS: _rule_without_trunks,
    Kind.RULE_UNKNOWN_TRUNK: _rule_unknown_trunk,
    Kind.RULE_NOT_INDIVIDUAL: _rule_not_individual,
    Kind.RULE_SHARES_ROOM: _rule_shares_room,
    Kind.RULE_WITHOUT_PREFIX: _rule_without_prefix,
    Kind.RULE_NAMES_AGENT: _rule_names_agent,
    Kind.RULE_HIDES_NUMBER: _rule_hides_number,
    Kind.RULE_ASKS_PIN: _rule_asks_pin,
    Kind.NO_TRUNKS: _no_trunks,
    Kind.TRUNK_NOT_MADE: _trunk_not_made,
    Kind.TRUNK_NOT_STORED: _trunk_not_stored,
    Kind.TRUNK_GONE: _trunk_gone,
    Kind.TRUNK_DIFFERS: _trunk_differs,
    Kind.TRUNK_OF_ANOTHER: _trunk_of_another,
    Kind.PASSWORD_NOT_SENT: _password_not_sent,
    Kind.PASSWORD_UNREADABLE: _password_unreadable,
    Kind.SAME_NAME: _same_name,
    Kind.TRUNK_LEFT_OVER: _trunk_left_over,
}
