"""Why a call ended becomes a code; what no code can say moves to end_detail."""

from django.db import migrations

CODES = {
    "the caller hung up": "caller_hung_up",
    "the caller hung up before anybody answered": "caller_hung_up_ringing",
    "the caller hung up before the call could be opened": "caller_hung_up_ringing",
    "the caller was gone before the agent came": "caller_hung_up_ringing",
    "the agent said goodbye": "agent_ended",
    "the caller said nothing any more": "no_speech",
    "the call reached its maximum duration": "maximum_duration",
    "the worker failed": "worker_error",
    "the worker was stopped": "worker_stopped",
    "the worker died and no other came in time": "worker_crashed",
    "another agent has the call": "taken_over",
    "another worker goes on with the call": "handed_over",
    "the process that played this call was stopped": "simulation_stopped",
    "its agent died 4 times": "too_many_agents_lost",
    "the connection to the phone was lost": "connection_lost",
    "LiveKit could not be reached": "livekit_unreachable",
    "LiveKit was shut down": "livekit_shut_down",
    "LiveKit SIP lost the connection": "sip_connection_lost",
    "LiveKit moved the connection": "connection_moved",
    "the room was deleted": "room_deleted",
    "the room was closed": "room_closed",
    "the phone was removed from the room": "phone_removed",
    "the same phone joined the room again": "phone_rejoined",
    "the phone could not join the room": "phone_could_not_join",
    "no sound came through": "no_audio",
    "its room is gone and nobody said so": "room_gone",
    "its phone has left and nobody said so": "phone_gone",
    "nobody answered it": "never_answered",
    "it ran beyond its maximum duration": "overran",
}
MODEL_FAILED = "the voice model failed: "
MODEL_SILENT = "it said nothing within "


def write_codes(apps, schema_editor) -> None:
    """Turn each stored sentence into its code. Cost: five statements, each over all calls.

    A call that a user is ending right now keeps only their words: its reason is written when it ends.
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE calls_call SET end_reason = CASE WHEN status = 'ended' THEN 'staff_ended' ELSE '' END,
                end_detail = CASE WHEN starts_with(end_reason, end_asked_by || ' ended the call: ')
                                  THEN substr(end_reason, length(end_asked_by || ' ended the call: ') + 1) ELSE '' END
            WHERE end_asked_by <> ''""",
        )
        cursor.execute(
            f"""
            UPDATE calls_call SET end_reason = known.code
            FROM (VALUES {", ".join(["(%s, %s)"] * len(CODES))}) AS known (sentence, code)
            WHERE calls_call.end_reason = known.sentence""",  # nosec B608 # only placeholders are put together
            [text for pair in CODES.items() for text in pair],
        )
        cursor.execute(
            r"""
            UPDATE calls_call SET end_reason = 'model_silent', end_detail = substring(end_reason FROM '([0-9.]+) s$')
            WHERE starts_with(end_reason, %s) AND end_reason ~ '[0-9] s$'""",
            [MODEL_FAILED + MODEL_SILENT],
        )
        cursor.execute(
            """
            UPDATE calls_call SET end_reason = 'model_failed', end_detail = substr(end_reason, %s)
            WHERE starts_with(end_reason, %s)""",
            [len(MODEL_FAILED) + 1, MODEL_FAILED],
        )
        cursor.execute(
            """
            UPDATE calls_call SET end_reason = 'other', end_detail = end_reason
            WHERE end_reason <> '' AND NOT end_reason = ANY (%s)""",
            [[*CODES.values(), "staff_ended", "model_failed", "model_silent"]],
        )


class Migration(migrations.Migration):
    atomic = False  # each statement commits: calls come in meanwhile
    dependencies = [("calls", "0011_end_detail")]
    operations = [migrations.RunPython(write_codes, migrations.RunPython.noop)]
