"""A filter of a list with words of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Labelled:
    """A dropdown filter with a label of its own instead of “By …”, and words of its own for its choices."""

    label = ""
    words: dict[str, str] = {}  # by the choice's value

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = self.label

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):  # type: ignore[misc]
            for field in choice["form"].fields.values():
                field.label = self.label
                field.choices = [(value, self.words.get(value, words)) for value, words in field.choices]
            yield choice
