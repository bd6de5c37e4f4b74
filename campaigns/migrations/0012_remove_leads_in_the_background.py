"""Name the job that undoes a large import, and the one for which a list is held."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("campaigns", "0011_first_word_and_call_screening"),
        ("voiceplatform", "0004_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="leadimport",
            name="undo_job",
            field=models.OneToOneField(
                blank=True,
                help_text="Of a large one.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="undone_import",
                to="voiceplatform.job",
            ),
        ),
        migrations.AddField(
            model_name="leadlist",
            name="removal_job",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="Deletes it, or undoes an import into it. Meanwhile none of its leads is called, and none comes.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="voiceplatform.job",
            ),
        ),
    ]
