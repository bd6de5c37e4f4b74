import secrets

import django.db.models.deletion
import django.utils.timezone
import voiceplatform.encryption.field
import voiceplatform.ids
from django.conf import settings
from django.db import migrations, models


def make_key(apps, schema_editor):
    """Make the key here: one that is made in a transaction that fails later would live on in the process that read it."""
    apps.get_model("campaigns", "PhoneHashKey").objects.get_or_create(pk=1, defaults={"key": secrets.token_hex(32)})


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_reports_of_imports'),
        ('personas', '0016_unassigned_customer'),
        ('voiceplatform', '0004_jobs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LeadChange',
            fields=[
                ('id', models.UUIDField(default=voiceplatform.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('verb', models.CharField(choices=[('stop', 'Stopped'), ('put_back', 'Put back')], max_length=10)),
                ('by', models.CharField(max_length=200)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('before', models.JSONField(default=dict, help_text="State and stop reason by the lead's id.")),
                ('undone_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='LeadExport',
            fields=[
                ('id', models.UUIDField(default=voiceplatform.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('query', models.TextField(blank=True, help_text='The filters of the list, as in its address.')),
                ('rows', models.PositiveBigIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='LeadExportChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
            ],
            options={
                'ordering': ['place'],
            },
        ),
        migrations.CreateModel(
            name='PhoneHashKey',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('key', voiceplatform.encryption.field.EncryptedTextField(blank=True, default='')),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='donotcall',
            name='do_not_call_phone_or_prefix',
        ),
        migrations.RemoveConstraint(
            model_name='donotcall',
            name='one_active_entry',
        ),
        migrations.AddField(
            model_name='donotcall',
            name='phone_hash',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AddConstraint(
            model_name='donotcall',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('phone__regex', '^\\+[1-9]\\d{5,14}$'), ('phone_hash', ''), ('prefix', '')), models.Q(('phone', ''), ('phone_hash', ''), ('prefix__regex', '^\\+[1-9]\\d{2,13}$')), models.Q(('phone', ''), ('prefix', ''), models.Q(('phone_hash', ''), _negated=True)), _connector='OR'), name='do_not_call_phone_or_prefix'),
        ),
        migrations.AddConstraint(
            model_name='donotcall',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('phone', 'prefix', 'phone_hash', 'customer', 'scope', 'campaign'), name='one_active_entry', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='leadchange',
            index=models.Index(fields=['at'], name='lead_change_age'),
        ),
        migrations.AddField(
            model_name='leadexport',
            name='customer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='lead_exports', to='personas.customer'),
        ),
        migrations.AddField(
            model_name='leadexport',
            name='job',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='lead_export', to='voiceplatform.job'),
        ),
        migrations.AddField(
            model_name='leadexport',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='leadexportchunk',
            name='export',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='campaigns.leadexport'),
        ),
        migrations.AddConstraint(
            model_name='phonehashkey',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='phone_hash_key_is_one'),
        ),
        migrations.RunPython(make_key, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='leadexport',
            index=models.Index(fields=['created_at'], name='lead_export_age'),
        ),
        migrations.AddConstraint(
            model_name='leadexportchunk',
            constraint=models.UniqueConstraint(fields=('export', 'place'), name='lead_export_chunk_once'),
        ),
    ]
