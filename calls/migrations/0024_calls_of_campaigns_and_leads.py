import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0023_what_livekit_was_given'),
        ('campaigns', '0002_campaigns_and_leads'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='campaign',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='calls', to='campaigns.campaign'),
        ),
        migrations.AddField(
            model_name='call',
            name='lead',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='calls', to='campaigns.lead'),
        ),
        migrations.AddField(
            model_name='call',
            name='variant',
            field=models.CharField(blank=True, db_default='', default='', help_text="Name of the campaign's variant that was used.", max_length=50),
        ),
    ]
