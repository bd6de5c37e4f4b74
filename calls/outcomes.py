"""Names how a call goes and how it ends: direction, status, result, who ended it, and why.

Pure: no Django, no LiveKit. The models, the metrics, the worker and the API all use these members; the sentences that
people read are made in `calls.words`.
"""

from __future__ import annotations

from enum import EnumType, StrEnum


class _ChoiceType(EnumType):
    """Lists a Choice's members as Django's own enums do, which a pure module cannot import."""

    @property
    def choices(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls._members()]

    @property
    def values(cls) -> list[str]:
        return [member.value for member in cls._members()]

    def _members(cls) -> list[Choice]:
        return list(cls)


class Choice(StrEnum, metaclass=_ChoiceType):
    """What a database column may hold."""

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Direction(Choice):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Status(Choice):
    QUEUED = "queued"
    DIALING = "dialing"
    RINGING = "ringing"
    ACTIVE = "active"
    ENDED = "ended"


class Result(Choice):
    """How an ended call went."""

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    DECLINED = "declined"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


class EndedBy(Choice):
    CALLER = "caller"
    CALLEE = "callee"
    AGENT = "agent"
    SYSTEM = "system"
    STAFF = "staff"  # a user or an API key, named in Call.end_asked_by


class EndReason(Choice):
    """Why a call ended. `Call.end_detail` holds what no list can: an error's class, the words of the user who ended it."""

    CALLER_HUNG_UP = "caller_hung_up"
    CALLER_HUNG_UP_RINGING = "caller_hung_up_ringing"

    # Of calls that we placed.
    CALLEE_HUNG_UP = "callee_hung_up"
    MAY_NOT_CALL = "may_not_call"  # detail: a value of campaigns.calling_rules.permission.Reason
    CALLEE_BUSY = "callee_busy"
    CALLEE_DECLINED = "callee_declined"
    NOT_ANSWERED = "not_answered"
    NO_SUCH_NUMBER = "no_such_number"
    NUMBER_BLOCKED = "number_blocked"  # by the network
    CALLER_ID_BLOCKED = "caller_id_blocked"  # a filter between stopped our number
    TRUNK_FAILED = "trunk_failed"
    NO_TRUNK = "no_trunk"  # none is enabled any more, or none has a caller ID
    TOO_LATE = "too_late"  # it could not be placed within an hour of when it was due
    MACHINE_ANSWERED = "machine_answered"  # and was hung up on; detail: a value of PickedUp
    MESSAGE_LEFT = "message_left"  # on an answering machine
    DIAL_LOST = "dial_lost"  # the agent was lost while it dialed: the phone may have rung

    AGENT_ENDED = "agent_ended"  # it said goodbye
    NO_SPEECH = "no_speech"  # the caller said nothing, was asked, and said nothing again
    MAXIMUM_DURATION = "maximum_duration"  # the agent said goodbye because the time was up

    STAFF_ENDED = "staff_ended"  # detail: why, in the user's own words

    MODEL_FAILED = "model_failed"  # detail: the class of the voice provider's error
    MODEL_SILENT = "model_silent"  # detail: the seconds within which the voice should have spoken
    WORKER_ERROR = "worker_error"
    WORKER_STOPPED = "worker_stopped"
    WORKER_CRASHED = "worker_crashed"
    TOO_MANY_AGENTS_LOST = "too_many_agents_lost"
    SIMULATION_STOPPED = "simulation_stopped"

    CONNECTION_LOST = "connection_lost"  # between the worker and the phone
    LIVEKIT_UNREACHABLE = "livekit_unreachable"  # for the worker
    LIVEKIT_SHUT_DOWN = "livekit_shut_down"
    SIP_CONNECTION_LOST = "sip_connection_lost"  # between LiveKit SIP and LiveKit
    CONNECTION_MOVED = "connection_moved"
    ROOM_DELETED = "room_deleted"
    ROOM_CLOSED = "room_closed"
    PHONE_REMOVED = "phone_removed"
    PHONE_REJOINED = "phone_rejoined"
    PHONE_COULD_NOT_JOIN = "phone_could_not_join"
    NO_AUDIO = "no_audio"

    # Found by the recovery process, which compares live calls with LiveKit's rooms.
    ROOM_GONE = "room_gone"
    PHONE_GONE = "phone_gone"
    NEVER_ANSWERED = "never_answered"
    OVERRAN = "overran"  # it went on beyond its maximum duration

    # What a job says of itself when it leaves a call that goes on. Never the end of a call.
    TAKEN_OVER = "taken_over"
    HANDED_OVER = "handed_over"
    QUEUED_AGAIN = "queued_again"  # the trunk is at a limit, or refused: the call is dialed again later

    OTHER = "other"  # detail: the sentence that was stored before reasons were codes


class LostReason(Choice):
    """Why a call was taken from its agent's job while it went on."""

    NO_HEARTBEAT = "no_heartbeat"
    WORKER_CRASHED = "worker_crashed"
    WORKER_STOPPED = "worker_stopped"


class PickedUp(Choice):
    """Who or what answered a call that we placed."""

    HUMAN = "human"
    VOICEMAIL = "voicemail"
    IVR = "ivr"  # a menu, a queue, a recorded notice of a company
    SCREENING = "screening"  # asks the caller's name for the callee, who may still answer
    INTERCEPT = "intercept"  # an announcement of the network
    UNSURE = "unsure"  # treated as a person


class InstructionsSource(Choice):
    """From where a placed call has its instructions."""

    PERSONA = "persona"
    INSTRUCTION = "instruction"  # the request's own
    PERSONA_AND_INSTRUCTION = "persona_and_instruction"
    CAMPAIGN = "campaign"  # its texts, beside the persona's and the request's own


class WebhookOutcome(Choice):
    """What came of a webhook: stored with the delivery, and a label of the metric."""

    CALL_OPENED = "call_opened"  # and its agent requested
    CALL_ABANDONED = "call_abandoned"  # opened or found, and ended: its phone had left before
    AGENT_REQUESTED = "agent_requested"  # for a call that was there
    AGENT_REQUESTED_BEFORE = "agent_requested_before"
    CALL_ENDED = "call_ended"
    PHONE_MAY_RETURN = "phone_may_return"  # its connection is being replaced; the call goes on
    LEFT_TO_AGENT = "left_to_agent"  # the phone we dialed left unanswered; the agent that dialed knows why
    PHONE_FOLLOWED = "phone_followed"  # the phone we dialed is in its room
    AGENT_LEFT = "agent_left"
    AGENT_LEFT_EARLY = "agent_left_early"  # while the call goes on
    ROOM_REUSED = "room_reused"  # a phone rings unanswered in the room of a call that has ended
    DELIVERED_BEFORE = "delivered_before"
    IGNORED_EVENT = "ignored_event"
    IGNORED_AGENT = "ignored_agent"
    IGNORED_PARTICIPANT = "ignored_participant"
    IGNORED_OUTBOUND = "ignored_outbound"
    IGNORED_OTHER_PHONE = "ignored_other_phone"
    IGNORED_NO_CALL = "ignored_no_call"
    IGNORED_EARLIER_ROOM = "ignored_earlier_room"
    IGNORED_ENDED = "ignored_ended"
    IGNORED_NO_CHANGE = "ignored_no_change"
    GIVEN_UP = "given_up"  # by the recovery process, after an hour
    # These three are answered with an error, so LiveKit may deliver again. Counted, never stored.
    REFUSED = "refused"  # not signed by LiveKit, or no event
    NO_AGENT = "no_agent"  # LiveKit did not dispatch an agent
    BROKE = "broke"


JOB_LEAVES = frozenset(
    {EndReason.TAKEN_OVER, EndReason.HANDED_OVER, EndReason.QUEUED_AGAIN}
)  # the call goes on without this job


class RecordingProblem(Choice):
    """Why a recording ended before its call, or is not there."""

    DISK_FULL = "disk_full"
    ENCODER_FAILED = "encoder_failed"
    WORKER_KILLED = "worker_killed"
    NO_SOUND = "no_sound"  # nothing was written


class RecordingDeletion(Choice):
    """Why a recording is no longer there."""

    RETENTION = "retention"
    PERSON = "person"  # the person's data was erased
