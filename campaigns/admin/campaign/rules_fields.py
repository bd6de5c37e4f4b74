"""Form fields of the rules of a campaign: calling hours as rows, retry rules as sentences with numbers in them."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES

from campaigns.calling_rules.hours.words import DAYS
from campaigns.calling_rules.rule_set import WEEKDAYS
from campaigns.retries.rules import LONGEST_WAIT_MINUTES, MOST_ATTEMPTS, SHORTEST_WAIT_MINUTES, RetryAfter

ROWS = 12  # windows that the form offers; a campaign that has more gets as many as it has
INPUT = " ".join(INPUT_CLASSES)
AFTER = {
    RetryAfter.BUSY: "busy line",
    RetryAfter.NO_ANSWER: "call without an answer",
    RetryAfter.VOICEMAIL: "voicemail",
    RetryAfter.FAILED: "failed call",
}


class DaysWidget(forms.CheckboxSelectMultiple):
    """The days of a window, beside each other."""

    template_name = "admin/campaigns/campaign/days.html"

    def __init__(self) -> None:
        super().__init__(choices=list(DAYS.items()))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the days. A stored value that replaces a submitted one comes as one list."""
        given = super().value_from_datadict(data, files, name) or []
        return [day for one in given for day in (one if isinstance(one, list) else [one]) if day]


class HoursWidget(forms.MultiWidget):
    """Rows of days, from, to."""

    template_name = "admin/campaigns/campaign/hours.html"

    def __init__(self, rows: int) -> None:
        parts: dict[str, forms.Widget | type[forms.Widget]] = {}
        for row in range(rows):
            parts[f"{row}_days"] = DaysWidget()
            parts[f"{row}_from"], parts[f"{row}_to"] = _time_widget(row, "From"), _time_widget(row, "To")
        super().__init__(parts)

    def decompress(self, value: Any) -> list[Any]:
        windows = [window for window in value or [] if isinstance(window, dict)]
        parts = [part for each in windows for part in (each.get("days"), each.get("from"), each.get("to"))]
        return [*parts, *[None] * (len(self.widgets) - len(parts))]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        # Important: Django takes any list for one of parts, and ours is one of windows, unless it was submitted.
        parts = value if isinstance(value, list) and len(value) == len(self.widgets) else self.decompress(value)
        context = super().get_context(name, parts, attrs)
        parts = context["widget"]["subwidgets"]
        rows = [parts[at : at + 3] for at in range(0, len(parts), 3)]
        context["rows"] = [
            {"days": days, "from": begins, "to": ends, "used": bool(days["value"] or begins["value"] or ends["value"])}
            for days, begins, ends in rows
        ]
        context["shown"] = max(1, sum(row["used"] for row in context["rows"]))
        return context


class ComparedField(forms.MultiValueField):
    """A field that has changed when its whole value has: the parts that are empty do not count."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != (initial or self.compress([])))
        except forms.ValidationError:
            return True


class HoursField(ComparedField):
    """Calling hours as the model keeps them. What is wrong in a row is said by the model, which knows the rules."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        fields: list[forms.Field] = []
        for _ in range(rows):
            fields += [
                forms.MultipleChoiceField(choices=list(DAYS.items()), required=False),
                forms.CharField(required=False, max_length=5),
                forms.CharField(required=False, max_length=5),
            ]
        super().__init__(fields, widget=HoursWidget(rows), required=False, require_all_fields=False, **options)

    def compress(self, data_list: list[Any]) -> list[dict[str, Any]]:
        rows = [data_list[at : at + 3] for at in range(0, len(data_list), 3)]
        return [
            {"days": sorted(days or [], key=WEEKDAYS.index), "from": begins or "", "to": ends or ""}
            for days, begins, ends in rows
            if days or begins or ends
        ]


class RetryWidget(forms.MultiWidget):
    """A sentence for each result after which a lead may be called again."""

    template_name = "admin/campaigns/campaign/retry.html"

    def __init__(self) -> None:
        parts: dict[str, forms.Widget | type[forms.Widget]] = {}
        for result, words in AFTER.items():
            parts[f"{result}_wait"] = _number_widget(LONGEST_WAIT_MINUTES, f"Minutes after a {words}")
            parts[f"{result}_attempts"] = _number_widget(MOST_ATTEMPTS, f"Calls that end with a {words}")
        super().__init__(parts)

    def decompress(self, value: Any) -> list[Any]:
        rules = value or {}
        return [
            part
            for result in AFTER
            for part in (rules.get(result, {}).get("wait_minutes"), rules.get(result, {}).get("attempts"))
        ]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        parts = context["widget"]["subwidgets"]
        context["sentences"] = [
            {"after": words, "wait": parts[2 * place], "attempts": parts[2 * place + 1]}
            for place, words in enumerate(AFTER.values())
        ]
        return context


class RetryField(ComparedField):
    """Retry rules as the model keeps them. A result whose numbers are empty is not tried again."""

    def __init__(self, **options: Any) -> None:
        fields: list[forms.Field] = []
        for _ in AFTER:
            fields += [
                forms.IntegerField(required=False, min_value=SHORTEST_WAIT_MINUTES, max_value=LONGEST_WAIT_MINUTES),
                forms.IntegerField(required=False, min_value=1, max_value=MOST_ATTEMPTS),
            ]
        super().__init__(fields, widget=RetryWidget(), required=False, require_all_fields=False, **options)

    def compress(self, data_list: list[Any]) -> dict[str, dict[str, int]]:
        rules = {}
        for place, (result, words) in enumerate(AFTER.items()):
            wait, attempts = (data_list or [None] * 2 * len(AFTER))[2 * place : 2 * place + 2]
            if (wait is None) != (attempts is None):
                raise forms.ValidationError(
                    f"After a {words}: enter both numbers, or leave both empty not to call again."
                )
            if wait is not None:
                rules[result.value] = {"wait_minutes": wait, "attempts": attempts}
        return rules


def _time_widget(row: int, label: str) -> forms.TimeInput:
    attrs = {"type": "time", "class": INPUT, "aria-label": f"{label}, row {row + 1}"}
    return forms.TimeInput(attrs=attrs, format="%H:%M")


def _number_widget(most: int, label: str) -> forms.NumberInput:
    return forms.NumberInput(attrs={"class": INPUT, "min": 1, "max": most, "aria-label": label})
