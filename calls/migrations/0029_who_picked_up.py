"""Who or what picked up a call that we placed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0028_opt_outs'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='machine',
            field=models.CharField(blank=True, choices=[('human', 'Human'), ('voicemail', 'Voicemail'), ('ivr', 'Ivr'), ('screening', 'Screening'), ('intercept', 'Intercept'), ('unsure', 'Unsure')], db_default='', default='', help_text='Who or what picked up.', max_length=10),
        ),
        migrations.AlterField(
            model_name='call',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('caller_hung_up', 'Caller hung up'), ('caller_hung_up_ringing', 'Caller hung up ringing'), ('callee_hung_up', 'Callee hung up'), ('may_not_call', 'May not call'), ('callee_busy', 'Callee busy'), ('callee_declined', 'Callee declined'), ('not_answered', 'Not answered'), ('no_such_number', 'No such number'), ('number_blocked', 'Number blocked'), ('caller_id_blocked', 'Caller id blocked'), ('trunk_failed', 'Trunk failed'), ('no_trunk', 'No trunk'), ('too_late', 'Too late'), ('machine_answered', 'Machine answered'), ('message_left', 'Message left'), ('dial_lost', 'Dial lost'), ('agent_ended', 'Agent ended'), ('no_speech', 'No speech'), ('maximum_duration', 'Maximum duration'), ('staff_ended', 'Staff ended'), ('model_failed', 'Model failed'), ('model_silent', 'Model silent'), ('worker_error', 'Worker error'), ('worker_stopped', 'Worker stopped'), ('worker_crashed', 'Worker crashed'), ('too_many_agents_lost', 'Too many agents lost'), ('simulation_stopped', 'Simulation stopped'), ('connection_lost', 'Connection lost'), ('livekit_unreachable', 'Livekit unreachable'), ('livekit_shut_down', 'Livekit shut down'), ('sip_connection_lost', 'Sip connection lost'), ('connection_moved', 'Connection moved'), ('room_deleted', 'Room deleted'), ('room_closed', 'Room closed'), ('phone_removed', 'Phone removed'), ('phone_rejoined', 'Phone rejoined'), ('phone_could_not_join', 'Phone could not join'), ('no_audio', 'No audio'), ('room_gone', 'Room gone'), ('phone_gone', 'Phone gone'), ('never_answered', 'Never answered'), ('overran', 'Overran'), ('taken_over', 'Taken over'), ('handed_over', 'Handed over'), ('queued_again', 'Queued again'), ('other', 'Other')], max_length=300),
        ),
        migrations.AlterField(
            model_name='callevent',
            name='name',
            field=models.CharField(choices=[('persona_loaded', 'Persona Loaded'), ('persona_not_found', 'Persona Not Found'), ('persona_applied', 'Persona Applied'), ('agent_dispatched', 'Agent Dispatched'), ('dispatch_failed', 'Dispatch Failed'), ('agent_joined', 'Agent Joined'), ('agent_lost', 'Agent Lost'), ('agent_resumed', 'Agent Resumed'), ('call_requested', 'Call Requested'), ('dialing', 'Dialing'), ('dial_failed', 'Dial Failed'), ('call_ringing', 'Call Ringing'), ('call_answered', 'Call Answered'), ('first_word', 'First Word'), ('interrupted', 'Interrupted'), ('tool_called', 'Tool Called'), ('silence', 'Silence'), ('max_duration', 'Max Duration'), ('model_error', 'Model Error'), ('model_reconnected', 'Model Reconnected'), ('speech_repeated', 'Speech Repeated'), ('model_failed', 'Model Failed'), ('apology_played', 'Apology Played'), ('machine_detected', 'Machine Detected'), ('do_not_call', 'Do Not Call'), ('call_ended', 'Call Ended')], max_length=30),
        ),
    ]
