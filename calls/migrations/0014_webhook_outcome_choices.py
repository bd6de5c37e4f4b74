"""What came of a webhook is a code."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0013_index_without_test_calls'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhookdelivery',
            name='outcome',
            field=models.CharField(blank=True, choices=[('call_opened', 'Call opened'), ('call_abandoned', 'Call abandoned'), ('agent_requested', 'Agent requested'), ('agent_requested_before', 'Agent requested before'), ('call_ended', 'Call ended'), ('agent_left', 'Agent left'), ('agent_left_early', 'Agent left early'), ('room_reused', 'Room reused'), ('delivered_before', 'Delivered before'), ('ignored_event', 'Ignored event'), ('ignored_agent', 'Ignored agent'), ('ignored_participant', 'Ignored participant'), ('ignored_outbound', 'Ignored outbound'), ('ignored_other_phone', 'Ignored other phone'), ('ignored_no_call', 'Ignored no call'), ('ignored_earlier_room', 'Ignored earlier room'), ('ignored_ended', 'Ignored ended'), ('ignored_no_change', 'Ignored no change'), ('given_up', 'Given up'), ('refused', 'Refused'), ('no_agent', 'No agent'), ('broke', 'Broke')], max_length=200),
        ),
    ]
