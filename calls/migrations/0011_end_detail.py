"""Why a call ended is a code and a detail."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0010_calls_to_unassigned_numbers'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='end_detail',
            field=models.CharField(blank=True, db_default='', help_text="The voice provider's error, or the user's own words.", max_length=300),
        ),
        migrations.AlterField(
            model_name='call',
            name='end_asked_by',
            field=models.CharField(blank=True, help_text='The user or API key that is ending the call, or ended it.', max_length=150),
        ),
        migrations.AlterField(
            model_name='call',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('caller_hung_up', 'Caller hung up'), ('caller_hung_up_ringing', 'Caller hung up ringing'), ('agent_ended', 'Agent ended'), ('no_speech', 'No speech'), ('maximum_duration', 'Maximum duration'), ('staff_ended', 'Staff ended'), ('model_failed', 'Model failed'), ('model_silent', 'Model silent'), ('worker_error', 'Worker error'), ('worker_stopped', 'Worker stopped'), ('worker_crashed', 'Worker crashed'), ('too_many_agents_lost', 'Too many agents lost'), ('simulation_stopped', 'Simulation stopped'), ('connection_lost', 'Connection lost'), ('livekit_unreachable', 'Livekit unreachable'), ('livekit_shut_down', 'Livekit shut down'), ('sip_connection_lost', 'Sip connection lost'), ('connection_moved', 'Connection moved'), ('room_deleted', 'Room deleted'), ('room_closed', 'Room closed'), ('phone_removed', 'Phone removed'), ('phone_rejoined', 'Phone rejoined'), ('phone_could_not_join', 'Phone could not join'), ('no_audio', 'No audio'), ('room_gone', 'Room gone'), ('phone_gone', 'Phone gone'), ('never_answered', 'Never answered'), ('overran', 'Overran'), ('taken_over', 'Taken over'), ('handed_over', 'Handed over'), ('other', 'Other')], max_length=300),
        ),
        migrations.AlterField(
            model_name='call',
            name='result',
            field=models.CharField(blank=True, choices=[('completed', 'Completed'), ('busy', 'Busy'), ('no_answer', 'No answer'), ('voicemail', 'Voicemail'), ('declined', 'Declined'), ('invalid_number', 'Invalid number'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('blocked', 'Blocked')], max_length=15),
        ),
    ]
