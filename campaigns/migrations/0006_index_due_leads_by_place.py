"""Index the leads that are due by place, so that those of places that are closed now are not looked at."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # leads are imported and called meanwhile

    dependencies = [("campaigns", "0005_calling_rule_overrides")]

    operations = [
        AddIndexConcurrently(
            "lead",
            models.Index(
                fields=["campaign", "place", "next_call_at", "id"],
                name="lead_due_at_place",
                condition=models.Q(state__in=["new", "waiting"]),
            ),
        ),
    ]
