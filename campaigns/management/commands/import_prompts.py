"""`manage.py import_prompts PATH` makes campaigns of the older dialer's prompt modules."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from campaigns.older_prompts.folder import REGISTRY, NoTextsError, PromptSource, find_sources
from campaigns.older_prompts.prompt_module import AGENT_NAME, SESSION_NAME, PromptModuleError
from campaigns.older_prompts.registry import RegistryError
from campaigns.older_prompts.saving import save_prompts
from campaigns.older_prompts.words import explain_module, explain_registry
from personas.models import Customer
from personas.models.customer import DEFAULT_CUSTOMER

EXAMPLES = """\
Reads one module, a folder of modules with its campaigns.json, or a campaigns.json with the modules beside it. The modules
are parsed and never run. Running it twice changes nothing.

Examples:
  manage.py import_prompts campaigns_prompts --customer riverside-clinic --dry-run
  manage.py import_prompts campaigns_prompts/google.py --agent-name AGENT_PROMPT --session-name CALL_SCRIPT"""


class Command(BaseCommand):
    help = "Make campaigns of the older dialer's prompt modules."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": EXAMPLES}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("path", type=Path, help="a module, a folder of modules, or a campaigns.json")
        parser.add_argument("--customer", default="", help="its slug; may be left out when there is only one")
        parser.add_argument("--agent-name", default=AGENT_NAME, help="constant with the agent instructions")
        parser.add_argument("--session-name", default=SESSION_NAME, help="constant with the call script")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, write nothing")

    def handle(self, *_: object, **options: Any) -> None:
        customer, sources = find_customer(options["customer"]), list_sources(options["path"])
        results = [self._import(customer, source, options) for source in sources]
        if not all(results):
            sys.exit(1)

    def _import(self, customer: Customer, source: PromptSource, options: dict[str, Any]) -> bool:
        """Import one campaign, and say what became of it. Returns whether all is well."""
        try:
            agent, session = source.read(agent_constant=options["agent_name"], session_constant=options["session_name"])
            texts = {"agent_text": agent, "session_text": session}
            name = source.registered.name if source.registered else ""
            row, saved = save_prompts(customer, module=source.module, name=name, dry_run=options["dry_run"], **texts)
        except NoTextsError:
            self.stdout.write(f"{source.shown}: skipped, it has no prompts.")
            return True
        except PromptModuleError as error:
            return self._refuse(explain_module(error, source.shown))
        except ValidationError as error:
            return self._refuse(f"{source.shown}: {' '.join(error.messages)}")
        except OSError as error:
            return self._refuse(
                f"{source.shown}: the module cannot be read: {error.strerror or 'there is no such file'}."
            )
        self.stdout.write(f"{row.module}: {saved.value}{' (dry run, nothing written)' if options['dry_run'] else ''}.")
        return True

    def _refuse(self, said: str) -> bool:
        self.stderr.write(said)
        return False


def find_customer(slug: str) -> Customer:
    """Return the customer named, else the only one. Raises CommandError (2)."""
    rows = Customer.objects.filter(slug=slug) if slug else Customer.objects.exclude(slug=DEFAULT_CUSTOMER)
    found: list[Customer] = list(rows[:2])
    if len(found) == 1:
        return found[0]
    said = f"There is no customer “{slug}”." if slug else "Name the customer: --customer SLUG."
    raise CommandError(f"{said} Customers: {', '.join(Customer.objects.values_list('slug', flat=True))}.", returncode=2)


def list_sources(path: Path) -> list[PromptSource]:
    """Return the campaigns at a path. Raises CommandError (2) when there are none."""
    try:
        sources = find_sources(path)
    except RegistryError as error:
        raise CommandError(explain_registry(error, REGISTRY if path.is_dir() else path.name), returncode=2) from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error
    if not sources:
        raise CommandError(f"{path} has no prompt modules (*.py).", returncode=2)
    return sources
