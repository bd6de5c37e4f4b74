"""The help text of the disclosure. Changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0008_answering_machines_have_an_effect'),
    ]

    operations = [
        migrations.AlterField(
            model_name='campaign',
            name='disclosure',
            field=models.TextField(blank=True, help_text='Said first in every call, word for word and to its end, e.g. that this is an automated voice. Leave empty to say none: there is no default, even where the law requires one.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='historicalcampaign',
            name='disclosure',
            field=models.TextField(blank=True, help_text='Said first in every call, word for word and to its end, e.g. that this is an automated voice. Leave empty to say none: there is no default, even where the law requires one.', max_length=2000),
        ),
    ]
