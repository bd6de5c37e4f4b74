from django.db import migrations

BEFORE = {"name": "Default", "description": "Owns the calls to numbers that no customer has."}
NOW = {"name": "Unassigned", "description": "Calls to numbers that belong to no customer."}


def name_the_default_customer(apps, schema_editor):
    """Give the default customer its new name and description, each only where it was not changed by hand."""
    Customer = apps.get_model("personas", "Customer")
    for field, value in BEFORE.items():
        Customer.objects.filter(slug="default", **{field: value}).update(**{field: NOW[field]})


class Migration(migrations.Migration):
    dependencies = [("personas", "0015_numbers_and_rules_help_texts")]
    operations = [migrations.RunPython(name_the_default_customer, migrations.RunPython.noop)]
