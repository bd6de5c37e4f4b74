"""The timeline of a call is appended to, never rewritten."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION calls_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the timeline of a call is append only';
            END $$;
            CREATE TRIGGER calls_event_is_append_only BEFORE UPDATE ON calls_callevent
                FOR EACH ROW EXECUTE FUNCTION calls_event_is_append_only();
            """,
            """
            DROP TRIGGER calls_event_is_append_only ON calls_callevent;
            DROP FUNCTION calls_event_is_append_only();
            """,
        ),
    ]
