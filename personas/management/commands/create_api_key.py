"""`manage.py create_api_key "nightly export" --customer riverside-clinic --scopes calls:read` makes an API key."""

from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from personas.models import ApiKey, Customer
from personas.models.api_key import refuse_installation_scopes
from personas.scopes import SCOPES, find_unknown

EXAMPLE = """\
Prints the key on one line of stdout, once: only its hash is kept. Without --customer it reaches all
customers. Without --scopes it may read calls and personas.

Scopes:
{scopes}

Example:
  manage.py create_api_key "nightly export" --customer riverside-clinic --scopes calls:read,personas:read
""".format(scopes="\n".join(f"  {name:16} {meaning}" for name, meaning in SCOPES.items()))


def parse_scopes(written: str) -> list[str]:
    scopes = [scope.strip() for scope in written.split(",") if scope.strip()]
    if unknown := find_unknown(scopes):
        raise ArgumentTypeError(f"{', '.join(unknown)} is no scope; there are: {', '.join(SCOPES)}")
    return scopes


def parse_name(written: str) -> str:
    longest = ApiKey._meta.get_field("name").max_length or 0
    if not written.strip() or len(written) > longest:
        raise ArgumentTypeError(f"“{written}” is no name; it has 1 to {longest} characters")
    return written.strip()


class Command(BaseCommand):
    help = "Make an API key and print it once."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=EXAMPLE, **kwargs
        )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", type=parse_name, help="who will use it, e.g. “nightly export”")
        parser.add_argument("--customer", metavar="SLUG", help="the customer whose rows it reaches; left out: all")
        parser.add_argument(
            "--scopes",
            type=parse_scopes,
            default=["calls:read", "personas:read"],
            help="what it may do, separated by commas",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        customer = self._customer(options["customer"])
        try:
            refuse_installation_scopes(customer.pk if customer else None, options["scopes"])
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        _, key = ApiKey.objects.create_key(name=options["name"], customer=customer, scopes=options["scopes"])
        self.stderr.write(
            f"Key “{options['name']}” for {customer or 'all customers'}: {', '.join(options['scopes'])}. It is shown this once."
        )
        self.stdout.write(key)

    def _customer(self, slug: str | None) -> Customer | None:
        if slug is None:
            return None
        customer: Customer | None = Customer.objects.filter(slug=slug).first()
        if customer is None:
            known = ", ".join(Customer.objects.order_by("slug").values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no customer “{slug}”. There are: {known}.")
        return customer
