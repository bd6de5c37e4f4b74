"""The indexes that calls are counted from also say which are test calls. Made while calls go on: no lock is held."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

DAY = ("customer", "result", "direction", "simulated", "status", "first_word_ms")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calls", "0012_end_reasons_as_codes")]

    operations = [
        AddIndexConcurrently("call", models.Index(fields=["-queued_at", "-id"], name="call_newest", include=DAY)),
        AddIndexConcurrently(
            "call",
            models.Index(fields=["persona", "-queued_at", "-id"], name="call_persona_newest", include=("simulated",)),
        ),
        AddIndexConcurrently(
            "call",
            models.Index(fields=["number", "-queued_at", "-id"], name="call_number_newest", include=("simulated",)),
        ),
        RemoveIndexConcurrently("call", "call_page"),
        RemoveIndexConcurrently("call", "call_persona_page"),
        RemoveIndexConcurrently("call", "call_number_page"),
    ]
