"""What does the telephony check find, and what would it change?"""

import json
from dataclasses import replace

import pytest

from calls.livekit.telephony_check import find_problems
from calls.livekit.telephony_facts import (
    INBOUND_MARK,
    MADE_HERE,
    TRUNK_MARK,
    Action,
    Failure,
    InboundTrunk,
    Kind,
    Ours,
    OurTrunk,
    OutboundTrunk,
    Password,
    Rule,
    RuleType,
    Severity,
    Theirs,
    mark_of,
)
from calls.livekit.telephony_plan import plan_changes
from calls.livekit.telephony_words import SENTENCES, describe_change, describe_problem

PHONE, OTHER = "+15551230100", "+15551230101"
CARRIER = OurTrunk(
    uid="u1",
    name="Carrier",
    livekit_id="ST_out",
    address="sip.example.com",
    transport="udp",
    numbers=(PHONE,),
    auth_username="us",
)
THERE = OutboundTrunk(
    id="ST_out",
    name="Carrier",
    metadata=json.dumps({TRUNK_MARK: "u1"}),
    address="sip.example.com",
    transport="udp",
    numbers=(PHONE,),
    auth_username="us",
)
DESK = InboundTrunk(id="ST_in", name="desk", numbers=(PHONE,), allowed_addresses=("192.0.2.1",))
RULE = Rule(id="SDR_1", name="desk", trunk_ids=("ST_in",))
OURS = Ours(numbers=(PHONE,), trunks=(CARRIER,), last_webhook="now", webhook_address="https://host/livekit-webhook")
THEIRS = Theirs(outbound=(THERE,), inbound=(DESK,), rules=(RULE,), clock_seconds=0.2)


def kinds(ours: Ours = OURS, theirs: Theirs = THEIRS) -> set[Kind]:
    """The kinds of what was found, but for the reminder that is always there."""
    return {problem.kind for problem in find_problems(ours, theirs)} - {Kind.WEBHOOK_ADDRESS}


def severity_of(kind: Kind, ours: Ours = OURS, theirs: Theirs = THEIRS) -> Severity:
    return next(problem.severity for problem in find_problems(ours, theirs) if problem.kind is kind)


def actions(ours: Ours = OURS, theirs: Theirs = THEIRS) -> list[Action]:
    return [change.action for change in plan_changes(ours, theirs)]


def test_a_complete_set_up_has_no_problem_and_needs_no_change():
    assert kinds() == set()
    assert plan_changes(OURS, THEIRS) == []


def test_an_empty_livekit_lacks_everything_that_can_be_made():
    empty = Theirs()

    assert kinds(theirs=empty) == {Kind.NUMBER_NOT_COVERED, Kind.TRUNK_GONE}
    assert actions(theirs=empty) == [Action.CREATE_OUTBOUND, Action.CREATE_INBOUND, Action.CREATE_RULE]


def test_nothing_here_and_nothing_there_is_no_error():
    assert kinds(Ours(last_webhook="now"), Theirs()) == {Kind.NO_NUMBERS, Kind.NO_TRUNKS}


# -- LiveKit and our processes


@pytest.mark.parametrize("failure", Failure)
def test_a_livekit_that_cannot_be_asked_is_the_only_thing_said_about_it(failure):
    theirs = Theirs(failure=failure, failure_message="No response")

    assert kinds(theirs=theirs) == {Kind(failure.value)}
    assert plan_changes(OURS, theirs) == []


@pytest.mark.parametrize(
    ("seconds", "severity"),
    [(4.9, None), (-4.9, None), (6, "warning"), (-6, "warning"), (60, "error"), (-3600, "error")],
)
def test_clocks_that_differ_are_said(seconds, severity):
    found = {problem.kind: problem.severity for problem in find_problems(OURS, replace(THEIRS, clock_seconds=seconds))}

    assert found.get(Kind.CLOCK_DIFFERS) == severity


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"agent_name": " "}, Kind.NO_AGENT_NAME),
        ({"workers": 0, "taking_workers": 0}, Kind.NO_WORKER),
        ({"workers": 2, "taking_workers": 0}, Kind.WORKERS_DRAIN),
        ({"last_webhook": ""}, Kind.NO_WEBHOOK),
    ],
)
def test_what_our_processes_lack_is_said(values, kind):
    assert kinds(replace(OURS, **values)) == {kind}


# -- inbound


@pytest.mark.parametrize("written", [PHONE, "15551230100", "+1 555 123-0100"])
def test_a_number_is_covered_however_the_trunk_writes_it(written):
    assert kinds(theirs=replace(THEIRS, inbound=(replace(DESK, numbers=(written,)),))) == set()


def test_a_trunk_without_numbers_covers_every_number():
    assert kinds(theirs=replace(THEIRS, inbound=(replace(DESK, numbers=()),))) == set()


def test_a_number_that_no_trunk_names_is_added_by_apply():
    ours = replace(OURS, numbers=(PHONE, OTHER))

    assert kinds(ours) == {Kind.NUMBER_NOT_COVERED}
    made, rule = plan_changes(ours, THEIRS)
    assert (made.action, made.numbers, made.addresses) == (Action.CREATE_INBOUND, (OTHER,), ())
    assert (rule.action, rule.trunk_ids) == (Action.CREATE_RULE, ())


@pytest.mark.parametrize(
    ("addresses", "allowed"),
    [
        (["192.0.2.1:5060"], ("192.0.2.1",)),
        (["192.0.2.1", "192.0.2.1:5080", "[2001:db8::1]:5060"], ("192.0.2.1", "2001:db8::1")),
        (["192.0.2.1", "sip.example.com"], ()),
        ([], ()),
    ],
)
def test_calls_are_let_in_from_the_carriers_addresses_where_all_are_known(addresses, allowed):
    trunks = tuple(replace(CARRIER, uid=address, livekit_id="", address=address) for address in addresses)

    planned = plan_changes(Ours(numbers=(PHONE,), trunks=trunks), Theirs())
    assert next(change for change in planned if change.action is Action.CREATE_INBOUND).addresses == allowed


def test_a_further_number_goes_to_the_trunk_that_was_made_here():
    made = InboundTrunk(id="ST_made", name=MADE_HERE, metadata=json.dumps({INBOUND_MARK: "1"}), numbers=(PHONE,))
    theirs = replace(THEIRS, inbound=(made,), rules=(replace(RULE, trunk_ids=("ST_made",)),))

    (change,) = plan_changes(replace(OURS, numbers=(PHONE, OTHER)), theirs)
    assert (change.action, change.id, change.numbers) == (Action.ADD_NUMBERS, "ST_made", (OTHER,))


def test_the_trunk_that_was_made_here_gets_its_rule_when_that_was_not_made():
    made = InboundTrunk(id="ST_made", name=MADE_HERE, metadata=json.dumps({INBOUND_MARK: "1"}), numbers=(PHONE,))

    (rule,) = plan_changes(OURS, replace(THEIRS, inbound=(made,), rules=()))
    assert (rule.action, rule.trunk_ids) == (Action.CREATE_RULE, ("ST_made",))


def test_the_rule_that_was_made_here_takes_a_further_trunk():
    theirs = replace(THEIRS, rules=(Rule(id="SDR_made", name=MADE_HERE, trunk_ids=("ST_gone",)),))

    (rule,) = plan_changes(OURS, theirs)
    assert (rule.action, rule.id, rule.trunk_ids) == (Action.ADD_TRUNKS, "SDR_made", ("ST_in",))


def test_a_trunk_that_takes_no_number_of_ours_is_left_without_a_rule():
    theirs = replace(THEIRS, inbound=(DESK, InboundTrunk(id="ST_other", numbers=(OTHER,), has_auth=True)))

    assert severity_of(Kind.INBOUND_WITHOUT_RULE, theirs=theirs) is Severity.WARNING
    assert plan_changes(OURS, theirs) == []


@pytest.mark.parametrize(
    ("first", "second", "is_twice"),
    [
        ({}, {}, True),
        ({}, {"numbers": ("15551230100",)}, True),
        ({"allowed_numbers": ("+1555",)}, {}, True),
        ({"allowed_numbers": ("+1555",)}, {"allowed_numbers": ("+1556",)}, False),
        ({}, {"numbers": ()}, False),
    ],
)
def test_a_number_in_two_trunks_is_an_error_unless_they_take_other_callers(first, second, is_twice):
    inbound = (replace(DESK, **first), replace(DESK, id="ST_2", name="second", **second))
    theirs = replace(THEIRS, inbound=inbound, rules=(replace(RULE, trunk_ids=("ST_in", "ST_2")),))

    assert (Kind.NUMBER_TWICE in kinds(theirs=theirs)) is is_twice


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"allowed_addresses": ()}, Kind.INBOUND_ANY_ADDRESS),
        ({"allowed_addresses": (), "numbers": ()}, Kind.INBOUND_OPEN),
        ({"numbers": (PHONE, OTHER)}, Kind.FOREIGN_NUMBERS),
    ],
)
def test_an_inbound_trunk_that_lets_too_much_in_is_reported(values, kind):
    assert kinds(theirs=replace(THEIRS, inbound=(replace(DESK, **values),))) == {kind}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"trunk_ids": ()}, Kind.RULE_WITHOUT_TRUNKS),
        ({"trunk_ids": ("ST_in", "ST_gone")}, Kind.RULE_UNKNOWN_TRUNK),
        ({"type": RuleType.DIRECT}, Kind.RULE_NOT_INDIVIDUAL),
        ({"type": RuleType.CALLEE}, Kind.RULE_NOT_INDIVIDUAL),
        ({"type": RuleType.UNKNOWN}, Kind.RULE_NOT_INDIVIDUAL),
        ({"shares_room": True}, Kind.RULE_SHARES_ROOM),
        ({"room_prefix": ""}, Kind.RULE_WITHOUT_PREFIX),
        ({"agents": ("",)}, Kind.RULE_NAMES_AGENT),
        ({"hides_number": True}, Kind.RULE_HIDES_NUMBER),
        ({"asks_pin": True}, Kind.RULE_ASKS_PIN),
        ({"numbers": (OTHER,)}, Kind.NUMBER_WITHOUT_RULE),
    ],
)
def test_a_rule_that_breaks_calls_is_reported(values, kind):
    assert kinds(theirs=replace(THEIRS, rules=(replace(RULE, **values),))) == {kind}


def test_a_rule_of_trunks_that_are_not_ours_is_only_mentioned():
    other = InboundTrunk(id="ST_other", numbers=(OTHER,), has_auth=True)
    rule = Rule(id="SDR_2", type=RuleType.DIRECT, trunk_ids=("ST_other",))
    theirs = replace(THEIRS, inbound=(DESK, other), rules=(RULE, rule))

    assert severity_of(Kind.RULE_NOT_INDIVIDUAL, theirs=theirs) is Severity.INFO


# -- outbound


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"address": "other.example.com"}, "address"),
        ({"transport": "tls"}, "transport"),
        ({"numbers": (OTHER,)}, "numbers"),
        ({"auth_username": "them"}, "auth_username"),
    ],
)
def test_a_trunk_that_differs_is_updated_in_what_differs(values, field):
    theirs = replace(THEIRS, outbound=(replace(THERE, **values),))

    assert kinds(theirs=theirs) == {Kind.TRUNK_DIFFERS}
    (change,) = plan_changes(OURS, theirs)
    assert (change.action, change.id, change.fields) == (Action.UPDATE_OUTBOUND, "ST_out", (field,))


def test_the_order_of_caller_ids_and_the_case_of_a_host_mean_nothing():
    ours = replace(OURS, trunks=(replace(CARRIER, numbers=(PHONE, OTHER), address="SIP.example.com"),))

    assert kinds(ours, replace(THEIRS, outbound=(replace(THERE, numbers=(OTHER, PHONE)),))) == set()


def test_a_changed_password_is_sent():
    ours = replace(OURS, trunks=(replace(CARRIER, password=Password.NOT_SENT),))

    assert kinds(ours) == {Kind.PASSWORD_NOT_SENT}
    assert plan_changes(ours, THEIRS)[0].fields == ("password",)


def test_a_password_that_no_key_opens_is_never_sent():
    ours = replace(OURS, trunks=(replace(CARRIER, password=Password.UNREADABLE, address="new.example.com"),))

    assert kinds(ours) == {Kind.PASSWORD_UNREADABLE, Kind.TRUNK_DIFFERS}
    assert plan_changes(ours, THEIRS) == []


def test_a_trunk_that_was_made_but_not_stored_is_found_by_its_mark():
    ours = replace(OURS, trunks=(replace(CARRIER, livekit_id="", auth_username=""),))
    theirs = replace(THEIRS, outbound=(replace(THERE, auth_username=""),))

    assert kinds(ours, theirs) == {Kind.TRUNK_NOT_STORED}
    (change,) = plan_changes(ours, theirs)
    assert (change.action, change.id) == (Action.STORE_ID, "ST_out")


def test_a_trunk_that_was_made_but_not_stored_gets_its_password_again():
    ours = replace(OURS, trunks=(replace(CARRIER, livekit_id=""),))

    (change,) = plan_changes(ours, THEIRS)
    assert (change.action, change.id, change.fields) == (Action.UPDATE_OUTBOUND, "ST_out", ("password",))


def test_a_trunk_that_was_made_for_another_is_never_changed():
    theirs = replace(THEIRS, outbound=(replace(THERE, metadata=json.dumps({TRUNK_MARK: "u2"}), address="elsewhere"),))

    assert Kind.TRUNK_OF_ANOTHER in kinds(theirs=theirs)
    assert plan_changes(OURS, theirs) == []


def test_a_trunk_that_was_entered_by_its_id_is_updated_though_it_has_no_mark():
    theirs = replace(THEIRS, outbound=(replace(THERE, metadata="other", address="elsewhere"),))

    assert actions(theirs=theirs) == [Action.UPDATE_OUTBOUND]


def test_trunks_of_one_name_are_told_apart_by_their_ids():
    theirs = replace(THEIRS, outbound=(THERE, replace(THERE, id="ST_second", metadata="")))

    (problem,) = [each for each in find_problems(OURS, theirs) if each.kind is Kind.SAME_NAME]
    assert problem.details == ("ST_out", "ST_second")


def test_a_trunk_whose_row_is_gone_is_mentioned_and_a_disabled_one_is_not():
    left = replace(THERE, id="ST_left", name="old", metadata=json.dumps({TRUNK_MARK: "u9"}))
    theirs = replace(THEIRS, outbound=(THERE, left))

    assert kinds(theirs=theirs) == {Kind.TRUNK_LEFT_OVER}
    assert kinds(replace(OURS, other_uids=frozenset({"u9"})), theirs) == set()


@pytest.mark.parametrize("metadata", ["", "text", "[]", '{"voiceplatform_trunk": 1}', "[" * 100_000, '{"a": "u1"}'])
def test_metadata_of_others_has_no_mark(metadata):
    assert mark_of(metadata, TRUNK_MARK) == ""


# -- words


def test_each_kind_has_its_sentence():
    assert set(SENTENCES) == set(Kind)


def test_errors_come_first():
    theirs = replace(THEIRS, inbound=(replace(DESK, allowed_addresses=(), numbers=(OTHER,)),))

    severities = [problem.severity for problem in find_problems(OURS, theirs)]
    assert severities == sorted(severities, key=list(Severity).index)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (OURS, Theirs()),
        (OURS, Theirs(failure=Failure.UNREACHABLE, address="ws://host", clock_seconds=-90)),
        (Ours(agent_name="", workers=0), Theirs(failure=Failure.KEY_REFUSED, address="ws://host")),
        (Ours(), Theirs(failure=Failure.NOT_LIVEKIT, address="ws://host")),
        (Ours(taking_workers=0), Theirs(failure=Failure.LIST_REFUSED, failure_message="sip not connected")),
        (
            replace(OURS, numbers=tuple(f"+155512301{n:02}" for n in range(30))),
            replace(
                THEIRS,
                outbound=(replace(THERE, address="x", numbers=()), replace(THERE, id="ST_2", metadata='{"voiceplatform_trunk": "u9"}')),
                inbound=(DESK, replace(DESK, id="ST_2", allowed_addresses=()), InboundTrunk(id="ST_3")),
                rules=(Rule(id="SDR_2", type=RuleType.CALLEE, agents=("a", ""), hides_number=True, asks_pin=True),),
            ),
        ),
    ],
)  # fmt: skip
def test_sentences_name_what_where_and_what_to_do(ours, theirs):
    for problem in find_problems(ours, theirs):
        said = describe_problem(problem)
        assert said.what.endswith(".")
        assert said.remedy
        assert not problem.id or problem.id in said.what
        assert "()" not in said.what
        assert "  " not in said.what
    for change in plan_changes(ours, theirs):
        assert describe_change(change).endswith((".", "…"))


def test_a_sentence_reads_well():
    theirs = replace(THEIRS, outbound=(replace(THERE, address="x", transport="tls"),))

    (said,) = [describe_problem(p) for p in find_problems(OURS, theirs) if p.kind is Kind.TRUNK_DIFFERS]
    assert said.what == "Trunk “Carrier” has another address and transport in LiveKit (ST_out) than here."
    assert [describe_change(change) for change in plan_changes(OURS, theirs)] == [
        "Update address and transport of outbound trunk “Carrier” (ST_out) in LiveKit."
    ]
