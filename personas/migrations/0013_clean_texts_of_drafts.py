from django.db import migrations

TEXTS = {"Persona": ("welcome_message", "closing_message"), "Agent": ("instructions", "on_enter_prompt")}


def clean_texts(apps, schema_editor):
    """Browsers sent line breaks as \\r\\n, which made drafts differ from what the CRM or the API wrote."""
    from voiceplatform.text import clean_text

    for name, fields in TEXTS.items():
        model = apps.get_model("personas", name)
        for row in model.objects.only(*fields).iterator():
            cleaned = {field: clean_text(getattr(row, field)) for field in fields}
            if any(cleaned[field] != getattr(row, field) for field in fields):
                model.objects.filter(pk=row.pk).update(**cleaned)


class Migration(migrations.Migration):
    dependencies = [("personas", "0012_persona_help_texts")]

    operations = [migrations.RunPython(clean_texts, migrations.RunPython.noop)]
