"""What does the house itself remember? The totals behind /metrics, summed over all processes."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, models

Key = tuple[str, str]  # the name of a total, and its labels as JSON with sorted keys


class MetricTotalQuerySet(models.QuerySet["MetricTotal"]):
    def increase(self, amounts: Mapping[Key, float]) -> None:
        """Add the amounts to their totals. Cost: one statement for all of them.

        Important: in the order of their keys. Two processes that add to the same rows in two orders would wait for each other for ever.
        """
        if not amounts:
            return
        rows = sorted(amounts.items())
        sql = f"""
            INSERT INTO {MetricTotal._meta.db_table} AS total (name, labels, value)
            VALUES {", ".join(["(%s, %s, %s)"] * len(rows))}
            ON CONFLICT (name, labels) DO UPDATE SET value = total.value + excluded.value"""
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for (name, labels), amount in rows for value in (name, labels, amount)])


class MetricTotal(models.Model):
    """How often something happened, ever; or for a histogram how often within one bound, and the sum of what was measured.

    Some two hundred rows, however many calls there were: what a scrape reads does not grow.
    """

    name = models.CharField(max_length=100)
    labels = models.CharField(max_length=300, help_text="As JSON with sorted keys.")
    value = models.FloatField(default=0)

    objects = MetricTotalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_total_per_name_and_labels")]

    def __str__(self) -> str:
        return f"{self.name}{self.labels} {self.value:g}"
