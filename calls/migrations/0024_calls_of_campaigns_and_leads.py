"""Which campaign and lead a call is for.

The database itself empties the lead of a call: undoing an import and deleting a list delete leads without the ORM.
"""

import django.db.models.deletion
from django.db import migrations, models

EMPTY_ON_DELETE = """
    ALTER TABLE calls_call ADD CONSTRAINT call_lead_exists FOREIGN KEY (lead_id)
    REFERENCES campaigns_lead (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
"""

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
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='calls', to='campaigns.lead'),
        ),
        migrations.RunSQL(EMPTY_ON_DELETE, "ALTER TABLE calls_call DROP CONSTRAINT call_lead_exists"),
        migrations.AddField(
            model_name='call',
            name='variant',
            field=models.CharField(blank=True, db_default='', default='', help_text="Name of the campaign's variant that was used.", max_length=50),
        ),
    ]
