"""When the person called had heard the whole disclosure."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0030_index_who_picked_up'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='disclosed_at',
            field=models.DateTimeField(blank=True, help_text='When the person had heard the whole disclosure.', null=True),
        ),
        migrations.AlterField(
            model_name='callevent',
            name='name',
            field=models.CharField(choices=[('persona_loaded', 'Persona Loaded'), ('persona_not_found', 'Persona Not Found'), ('persona_applied', 'Persona Applied'), ('agent_dispatched', 'Agent Dispatched'), ('dispatch_failed', 'Dispatch Failed'), ('agent_joined', 'Agent Joined'), ('agent_lost', 'Agent Lost'), ('agent_resumed', 'Agent Resumed'), ('call_requested', 'Call Requested'), ('dialing', 'Dialing'), ('dial_failed', 'Dial Failed'), ('call_ringing', 'Call Ringing'), ('call_answered', 'Call Answered'), ('first_word', 'First Word'), ('interrupted', 'Interrupted'), ('tool_called', 'Tool Called'), ('silence', 'Silence'), ('max_duration', 'Max Duration'), ('model_error', 'Model Error'), ('model_reconnected', 'Model Reconnected'), ('speech_repeated', 'Speech Repeated'), ('model_failed', 'Model Failed'), ('apology_played', 'Apology Played'), ('disclosure_heard', 'Disclosure Heard'), ('machine_detected', 'Machine Detected'), ('do_not_call', 'Do Not Call'), ('call_ended', 'Call Ended')], max_length=30),
        ),
    ]
