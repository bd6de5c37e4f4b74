"""Personas and routing rules get the UUID by which the API names them."""

from django.db import migrations, models

import voiceplatform.ids

MODELS = ["Persona", "RoutingRule"]


def name_rows(apps, schema_editor):
    for name in MODELS:
        for row in apps.get_model("personas", name).objects.order_by("pk").only("pk").iterator():
            uid = voiceplatform.ids.uuid7()
            apps.get_model("personas", name).objects.filter(pk=row.pk).update(uid=uid)
            apps.get_model("personas", f"Historical{name}").objects.filter(id=row.pk).update(uid=uid)


def uid(**options):
    return models.UUIDField(default=voiceplatform.ids.uuid7, editable=False, **options)


class Migration(migrations.Migration):
    dependencies = [("personas", "0005_customer_crm_token")]

    operations = [
        *(migrations.AddField(name.lower(), "uid", uid(null=True)) for name in MODELS),
        *(migrations.AddField(f"historical{name.lower()}", "uid", uid(db_index=True)) for name in MODELS),
        migrations.RunPython(name_rows, migrations.RunPython.noop),
        *(migrations.AlterField(name.lower(), "uid", uid(unique=True)) for name in MODELS),
    ]
