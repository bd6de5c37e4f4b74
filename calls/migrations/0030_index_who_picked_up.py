"""Index for the calls that a machine picked up. Made while calls go on: no lock is held."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calls", "0029_who_picked_up")]

    operations = [
        AddIndexConcurrently(
            "call",
            models.Index(fields=["machine", "-queued_at", "-id"], name="call_machine_page", condition=~Q(machine="")),
        ),
    ]
