"""manage.py call_lead: call one person from the terminal."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from calls.labels import name_outcome
from calls.models import Call
from calls.outbound.opening import MayNotCallError, NoTrunkError, open_outbound_call
from calls.outbound.reading import read_request
from calls.outbound.request import CallRequest
from personas.models import Customer

LOOK_EVERY_SECONDS = 0.5
OPTIONS = ("name", "persona", "language", "emotion", "from_number", "trunk", "max_duration")


class Command(BaseCommand):
    help = "Call one person.  Example: manage.py call_lead --phone +13125550142 --persona nora --wait"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--phone", required=True, help="whom to call, E.164 or as written in the customer's country"
        )
        parser.add_argument("--customer", help="slug of the customer (default: the only one that has a trunk)")
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
        call = self._place(_read(options))
        self._say(f"queued: {call.pk} to {call.phone} from {call.caller_id} over {call.trunk}")
        if options["wait"]:
            self._follow(call)

    def _place(self, request: CallRequest) -> Call:
        try:
            return open_outbound_call(request)
        except MayNotCallError as error:
            raise CommandError(f"may not call {request.phone}: {error}") from error
        except NoTrunkError as error:
            raise CommandError("There is no enabled trunk with a caller ID for this customer.") from error

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


def _read(options: dict[str, Any]) -> CallRequest:
    try:
        params = json.loads(options["params"])
    except ValueError as error:
        raise CommandError(f"--params is not JSON: {error}", returncode=2) from error
    values = {name: options[name] for name in OPTIONS}
    values |= {"phone_number": options["phone"], "dynamic_instruction": options["instruction"]}
    values |= {"additional_params": params}
    try:
        return read_request(values, customer=_customer(options["customer"]), requested_by="call_lead")
    except ValidationError as error:
        wrong = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
        raise CommandError("\n".join(wrong), returncode=2) from error


def _customer(slug: str | None) -> Customer:
    found = Customer.objects.filter(slug=slug) if slug else Customer.objects.filter(trunks__enabled=True).distinct()
    customers: list[Customer] = list(found[:2])
    if len(customers) == 1:
        return customers[0]
    slugs = ", ".join(Customer.objects.values_list("slug", flat=True)[:20])
    raise CommandError(f"--customer: name one of {slugs}", returncode=2)
