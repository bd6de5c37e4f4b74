"""Let many leads be called back at a time, which can be undone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0012_remove_leads_in_the_background'),
    ]

    operations = [
        migrations.AlterField(
            model_name='leadchange',
            name='before',
            field=models.JSONField(default=dict, help_text="State and stop reason by the lead's id; of call-backs also both moments, and the new one."),
        ),
        migrations.AlterField(
            model_name='leadchange',
            name='verb',
            field=models.CharField(choices=[('stop', 'Stopped'), ('put_back', 'Put back'), ('call_back', 'To be called back')], max_length=10),
        ),
    ]
