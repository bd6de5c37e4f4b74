"""`manage.py load_samples` makes the sample customers and the sample campaign."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.samples.loading import load_sample_campaign
from personas.samples.loading import load_samples

EXAMPLE = """\
Makes three customers (a clinic, a sales line, a helpdesk), each with a published persona and a number, one routing rule,
and a campaign in draft with 200 invented leads in six time zones.
What is there already stays as it is, so it can run again at any time.

Example:
  manage.py load_samples
"""


class Command(BaseCommand):
    help = "Load sample customers with personas that answer, and a campaign with leads."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLE, **kwargs
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = [*load_samples(), *load_sample_campaign()]
        for line in made:
            self.stdout.write(f"made {line}")
        if not made:
            self.stdout.write("The samples are all there already; nothing was changed.")
