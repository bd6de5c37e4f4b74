"""Plans which changes in LiveKit would mend what the telephony check finds.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from calls.livekit.telephony_check import (
    find_counterpart,
    find_uncovered,
    find_used_trunks,
    is_of_another,
    list_differing,
)
from calls.livekit.telephony_facts import (
    INBOUND_MARK,
    MADE_HERE,
    Action,
    Change,
    InboundTrunk,
    Ours,
    OurTrunk,
    Password,
    Theirs,
    mark_of,
)


def plan_changes(ours: Ours, theirs: Theirs) -> list[Change]:
    """Return what would mend the problems that can be mended from what is stored here; nothing while LiveKit cannot be asked.

    What was not made here is never changed, except an outbound trunk whose ID an administrator entered here.
    """
    if theirs.failure is not None:
        return []
    outbound = [change for trunk in ours.trunks if (change := _plan_trunk(trunk, theirs))]
    return [*outbound, *_plan_inbound(ours, theirs), *_plan_rule(ours, theirs)]


def _plan_trunk(trunk: OurTrunk, theirs: Theirs) -> Change | None:
    there = find_counterpart(trunk, theirs)
    everything = ("address", "transport", "numbers", "auth_username", "password")
    if there is None:
        if trunk.password is Password.UNREADABLE:
            return None
        return Change(action=Action.CREATE_OUTBOUND, name=trunk.name, uid=trunk.uid, fields=everything)
    if is_of_another(there, trunk):
        return None
    is_new_here = there.id != trunk.livekit_id
    unsent = trunk.password is Password.NOT_SENT or (is_new_here and bool(trunk.auth_username))
    fields = list_differing(trunk, there) + (("password",) if unsent else ())
    if fields and trunk.password is not Password.UNREADABLE:
        return Change(action=Action.UPDATE_OUTBOUND, name=trunk.name, uid=trunk.uid, id=there.id, fields=fields)
    if is_new_here:
        return Change(action=Action.STORE_ID, name=trunk.name, uid=trunk.uid, id=there.id)
    return None


def _plan_inbound(ours: Ours, theirs: Theirs) -> Iterator[Change]:
    numbers = find_uncovered(ours, theirs)
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
    uncovered, made_trunk = find_uncovered(ours, theirs), _made_inbound(theirs)
    used = find_used_trunks(ours, theirs) | ({made_trunk.id} if uncovered and made_trunk else set())
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
