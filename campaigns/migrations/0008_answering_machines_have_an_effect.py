"""The help texts of what is done when a machine answers. Changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0007_help_texts_of_fields_without_effect'),
    ]

    operations = [
        migrations.AlterField(
            model_name='campaign',
            name='on_machine',
            field=models.CharField(choices=[('hang_up', 'Hang up'), ('leave_message', 'Leave the voicemail message'), ('continue', 'Continue as with a person')], default='hang_up', help_text='What to do when one answers. A menu or an announcement of the network is hung up on, unless calls continue.', max_length=15, verbose_name='answering machine'),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='voicemail_message',
            field=models.TextField(blank=True, help_text='Left on an answering machine, word for word.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='on_machine',
            field=models.CharField(choices=[('hang_up', 'Hang up'), ('leave_message', 'Leave the voicemail message'), ('continue', 'Continue as with a person')], default='hang_up', help_text='What to do when one answers. A menu or an announcement of the network is hung up on, unless calls continue.', max_length=15, verbose_name='answering machine'),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='voicemail_message',
            field=models.TextField(blank=True, help_text='Left on an answering machine, word for word.', max_length=2000),
        ),
    ]
