"""`manage.py load_samples` makes the sample customers."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from personas.samples.loading import load_samples

EXAMPLE = """\
Makes three customers (a clinic, a sales line, a helpdesk), each with a published persona and a number, and one routing rule.
What is there already stays as it is, so it can run again at any time.

Example:
  manage.py load_samples
"""


class Command(BaseCommand):
    help = "Load sample customers with personas that answer."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLE, **kwargs
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = load_samples()
        for line in made:
            self.stdout.write(f"made {line}")
        if not made:
            self.stdout.write("The samples are all there already; nothing was changed.")
