"""Help texts in plain words."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0015_webhook_outcomes_as_codes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='call',
            name='dispatch_asked_at',
            field=models.DateTimeField(blank=True, help_text='When an agent was last requested.', null=True),
        ),
        migrations.AlterField(
            model_name='call',
            name='missing_since',
            field=models.DateTimeField(blank=True, help_text='Since when LiveKit does not show its room or its phone.', null=True),
        ),
        migrations.AlterField(
            model_name='keeperbeat',
            name='beat_at',
            field=models.DateTimeField(help_text='When it last looked for waiting callers, which it does every second.'),
        ),
        migrations.AlterField(
            model_name='worker',
            name='beat_at',
            field=models.DateTimeField(help_text='When it last recorded that it is alive, which it does every second.'),
        ),
    ]
