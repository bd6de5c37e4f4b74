"""The customer of calls that belong to nobody else, and versions that nobody can change."""

from django.db import migrations


def make_default_customer(apps, schema_editor):
    apps.get_model("personas", "Customer").objects.get_or_create(
        slug="default", defaults={"name": "Default", "description": "Owns the calls to numbers that no customer has."}
    )


class Migration(migrations.Migration):
    dependencies = [("personas", "0001_initial")]
    operations = [
        migrations.RunPython(make_default_customer, migrations.RunPython.noop),
        migrations.RunSQL(
            # Only the link to a deleted user may become empty (SET NULL); the rest stays as it was published.
            """
            CREATE FUNCTION personas_version_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (NEW.id, NEW.persona_id, NEW.number, NEW.spec, NEW.at, NEW.note)
                   IS DISTINCT FROM (OLD.id, OLD.persona_id, OLD.number, OLD.spec, OLD.at, OLD.note) THEN
                    RAISE EXCEPTION 'a published version is never changed: publish a new one';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER personas_version_is_immutable BEFORE UPDATE ON personas_personaversion
                FOR EACH ROW EXECUTE FUNCTION personas_version_is_immutable();
            """,
            """
            DROP TRIGGER personas_version_is_immutable ON personas_personaversion;
            DROP FUNCTION personas_version_is_immutable();
            """,
        ),
    ]
