"""A CRM answer belongs to a customer: two customers that one person calls do not share a persona."""

import django.db.models.deletion
from django.db import migrations, models


def give_to_the_owner_of_the_persona(apps, schema_editor):
    house = apps.get_model("personas", "Customer").objects.get(slug="default")
    for snapshot in apps.get_model("personas", "CrmSnapshot").objects.select_related("persona"):
        snapshot.customer_id = snapshot.persona.customer_id if snapshot.persona else house.pk
        snapshot.save(update_fields=["customer"])


class Migration(migrations.Migration):
    dependencies = [("personas", "0002_default_customer_and_immutable_versions")]
    operations = [
        migrations.AddField(
            model_name="crmsnapshot",
            name="customer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="crm_snapshots", to="personas.customer"
            ),
        ),
        migrations.RunPython(give_to_the_owner_of_the_persona, migrations.RunPython.noop),
        # PostgreSQL refuses to alter a table whose new foreign keys are still to be checked: check them now.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="crmsnapshot",
            name="customer",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="crm_snapshots", to="personas.customer"),
        ),
        migrations.AlterField(
            model_name="crmsnapshot",
            name="digits",
            field=models.CharField(help_text="The number that was asked for, without +.", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="crmsnapshot",
            constraint=models.UniqueConstraint(fields=("customer", "digits"), name="one_crm_answer_per_customer_and_number"),
        ),
    ]
