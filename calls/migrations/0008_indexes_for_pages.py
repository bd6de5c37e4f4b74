"""Each filter of the list of calls gets an index in the order of its pages. Made while calls go on: no lock is held."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Collate, Reverse

PAGES = {
    "call_customer_page": "customer",
    "call_phone_page": "phone",
    "call_result_page": "result",
    "call_direction_page": "direction",
    "call_source_page": "persona_source",
    "call_persona_page": "persona",
    "call_number_page": "number",
}
DAY = ("customer", "result", "status", "first_word_ms")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calls", "0007_answer_time")]

    operations = [
        AddIndexConcurrently("call", models.Index(fields=["-queued_at", "-id"], name="call_page", include=DAY)),
        *(AddIndexConcurrently("call", models.Index(fields=[field, "-queued_at", "-id"], name=name)) for name, field in PAGES.items()),
        AddIndexConcurrently("call", models.Index(fields=["-queued_at", "-id"], name="call_simulated", condition=models.Q(simulated=True))),
        AddIndexConcurrently("call", models.Index(Collate(Reverse("phone"), "C"), name="call_phone_backwards")),
        AddIndexConcurrently("callevent", models.Index(fields=["-at"], name="event_dispatch_failed", condition=models.Q(name="dispatch_failed"))),
        RemoveIndexConcurrently("call", "call_customer_latest"),
        RemoveIndexConcurrently("call", "call_latest"),
    ]
