"""Say in the help texts which fields have no effect yet. Changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0006_index_due_leads_by_place'),
    ]

    operations = [
        migrations.AlterField(
            model_name='campaign',
            name='disclosure',
            field=models.TextField(blank=True, help_text='The first words of every call, e.g. that this is an automated voice. Leave empty to say none: there is no default, even where the law requires one.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='on_machine',
            field=models.CharField(choices=[('hang_up', 'Hang up'), ('leave_message', 'Leave the voicemail message'), ('continue', 'Continue as with a person')], default='hang_up', help_text='What to do when one answers. Has no effect yet: calls do not detect answering machines.', max_length=15, verbose_name='answering machine'),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='recording',
            field=models.BooleanField(default=False, help_text='Has no effect yet: calls are not recorded.'),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='voicemail_message',
            field=models.TextField(blank=True, help_text='To be left on an answering machine. Has no effect yet: calls do not detect answering machines.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='disclosure',
            field=models.TextField(blank=True, help_text='The first words of every call, e.g. that this is an automated voice. Leave empty to say none: there is no default, even where the law requires one.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='on_machine',
            field=models.CharField(choices=[('hang_up', 'Hang up'), ('leave_message', 'Leave the voicemail message'), ('continue', 'Continue as with a person')], default='hang_up', help_text='What to do when one answers. Has no effect yet: calls do not detect answering machines.', max_length=15, verbose_name='answering machine'),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='recording',
            field=models.BooleanField(default=False, help_text='Has no effect yet: calls are not recorded.'),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='voicemail_message',
            field=models.TextField(blank=True, help_text='To be left on an answering machine. Has no effect yet: calls do not detect answering machines.', max_length=2000),
        ),
    ]
