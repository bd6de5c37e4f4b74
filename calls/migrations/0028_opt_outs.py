"""When a person asked in a call not to be called again, and the index of those calls. No lock is held while it is made."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calls", "0027_calling_sessions")]

    operations = [
        migrations.AlterField(
            model_name='callevent',
            name='name',
            field=models.CharField(choices=[('persona_loaded', 'Persona Loaded'), ('persona_not_found', 'Persona Not Found'), ('persona_applied', 'Persona Applied'), ('agent_dispatched', 'Agent Dispatched'), ('dispatch_failed', 'Dispatch Failed'), ('agent_joined', 'Agent Joined'), ('agent_lost', 'Agent Lost'), ('agent_resumed', 'Agent Resumed'), ('call_requested', 'Call Requested'), ('dialing', 'Dialing'), ('dial_failed', 'Dial Failed'), ('call_ringing', 'Call Ringing'), ('call_answered', 'Call Answered'), ('first_word', 'First Word'), ('interrupted', 'Interrupted'), ('tool_called', 'Tool Called'), ('silence', 'Silence'), ('max_duration', 'Max Duration'), ('model_error', 'Model Error'), ('model_reconnected', 'Model Reconnected'), ('speech_repeated', 'Speech Repeated'), ('model_failed', 'Model Failed'), ('apology_played', 'Apology Played'), ('do_not_call', 'Do Not Call'), ('call_ended', 'Call Ended')], max_length=30),
        ),
        migrations.AddField(
            "call",
            "opted_out_at",
            models.DateTimeField(null=True, blank=True, help_text="When the person asked not to be called again."),
        ),
        AddIndexConcurrently(
            "call",
            models.Index(
                fields=["-queued_at", "-id"], name="call_opted_out", condition=Q(opted_out_at__isnull=False)
            ),
        ),
    ]
