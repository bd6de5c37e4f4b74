"""Stores failed CRM lookups as a code and a detail. What is stored already keeps its sentence, as the detail."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def keep_sentences_as_details(apps, schema_editor):
    snapshots = apps.get_model("personas", "CrmSnapshot").objects.exclude(last_error="")
    snapshots.update(last_error_detail=F("last_error"), last_error="earlier_version")


def put_sentences_back(apps, schema_editor):
    snapshots = apps.get_model("personas", "CrmSnapshot").objects.filter(last_error="earlier_version")
    snapshots.update(last_error=F("last_error_detail"))


class Migration(migrations.Migration):
    dependencies = [("personas", "0007_persona_in_use_is_restricted")]

    operations = [
        migrations.AddField("crmsnapshot", "last_error_detail", models.CharField(blank=True, max_length=200)),
        migrations.RunPython(keep_sentences_as_details, put_sentences_back, elidable=True),
        migrations.AlterModelOptions(
            "crmsnapshot", {"ordering": ["-fetched_at"], "verbose_name": "CRM lookup"}
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='body',
            field=models.TextField(blank=True, help_text="The CRM's answer as it came.", verbose_name='payload'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='digits',
            field=models.CharField(help_text='Without +.', max_length=20, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='fetched_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='fetched'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='fresh_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='cached until'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='last_error_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='failed at'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='outcome',
            field=models.CharField(blank=True, choices=[('found', 'Found'), ('not_found', 'not found')], max_length=10, verbose_name='result'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='synced_version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='personas.personaversion', verbose_name='published as'),
        ),
        migrations.AlterField(
            model_name='crmsnapshot',
            name='url',
            field=models.CharField(blank=True, max_length=500, verbose_name='URL'),
        ),
    ]
