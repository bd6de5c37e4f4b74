"""manage.py call_lead: call one lead of a campaign, or one number, from the terminal."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from calls.labels import name_outcome
from calls.management.call_lead_options import call_lead_of_list, read_options
from calls.models import Call
from calls.outbound.opening import (
    AlreadyCallingError,
    LeadClosedError,
    MayNotCallError,
    NoTrunkError,
    open_outbound_call,
)

LOOK_EVERY_SECONDS = 0.5
REFUSALS = (MayNotCallError, AlreadyCallingError, LeadClosedError)


class Command(BaseCommand):
    help = (
        "Call one lead, or one number.  Examples: manage.py call_lead --campaign q4_sales --lead 5 --wait, "
        "manage.py call_lead --phone +13125550142 --persona nora"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--phone", help="whom to call, E.164 or as written in the customer's country")
        whom.add_argument("--lead", type=int, help="place in the campaign's active list, from 1")
        parser.add_argument("--campaign", default="", help="module or id of the campaign whose words are said")
        parser.add_argument(
            "--customer", help="slug of the customer (default: the only one with the campaign or a trunk)"
        )
        parser.add_argument("--persona", default="", help="id or slug of the persona that speaks")
        parser.add_argument("--instruction", default="", help="what the call is for")
        parser.add_argument("--name", default="", help="of the person")
        parser.add_argument("--language", default="", help="e.g. de or de-AT (default: the persona's)")
        parser.add_argument("--emotion", default="", help="e.g. Friendly (default: the persona's)")
        parser.add_argument("--params", default="{}", help='additional parameters as JSON, e.g. \'{"tier": "gold"}\'')
        parser.add_argument("--from-number", default="", help="one of the trunk's numbers (default: the nearest)")
        parser.add_argument("--trunk", default="", help="id of the trunk (default: the customer's, else a shared one)")
        parser.add_argument("--max-duration", type=int, help="seconds, after which the agent says goodbye")
        parser.add_argument("--wait", action="store_true", help="until the call has ended; then print how it went")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LIVEKIT_CONFIGURED:
            raise CommandError("LIVEKIT_URL is not set, so no call can be placed. See .env.example.", returncode=2)
        try:
            call = (
                call_lead_of_list(options) if options["lead"] is not None else open_outbound_call(read_options(options))
            )
        except REFUSALS as error:
            whom = options["phone"] or f"lead {options['lead']}"
            raise CommandError(f"may not call {whom}: {error}") from error
        except NoTrunkError as error:
            raise CommandError("There is no enabled trunk with a caller ID for this customer.") from error
        self._say(f"queued: {call.pk} to {call.phone} from {call.caller_id} over {call.trunk}")
        if options["wait"]:
            self._follow(call)

    def _follow(self, call: Call) -> None:
        """Print each change until the call has ended. Raises CommandError unless the person was reached."""
        said = ""
        while True:
            call.refresh_from_db()
            if (now := name_outcome(call)) != said:
                self._say(f"{now.lower()}{f': {call.why_ended}' if call.status == Call.Status.ENDED else ''}")
                said = now
            if call.status == Call.Status.ENDED:
                break
            time.sleep(LOOK_EVERY_SECONDS)
        if call.result != Call.Result.COMPLETED:
            raise CommandError(f"the person was not reached: {call.why_ended}")

    def _say(self, words: str) -> None:
        self.stdout.write(f"call_lead: {words}")
        self.stdout.flush()
