"""`manage.py import_prompts PATH` makes campaigns of the older dialer's prompt modules."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.management.import_prompts_options import find_customer, list_sources
from campaigns.older_prompts.importing import NotImportedError, import_source
from campaigns.older_prompts.prompt_module import AGENT_NAME, SESSION_NAME

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
        names = {"agent_constant": options["agent_name"], "session_constant": options["session_name"]}
        refused = False
        for source in sources:
            try:
                self.stdout.write(import_source(customer, source, **names, dry_run=options["dry_run"]))
            except NotImportedError as error:
                self.stderr.write(str(error))
                refused = True
        if refused:
            sys.exit(1)
