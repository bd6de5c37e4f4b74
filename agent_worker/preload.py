"""Imports and builds once, in the server that job processes are forked from, everything slow that they share.

LiveKit starts the next idle process at the moment a call takes one: whatever that process has to import, it imports
while the phone rings, on the processors the call needs. Here it is paid once, and its memory is shared.

Important: nothing that does not survive a fork. No database connection, no thread, no event loop, and never LiveKit's
noise cancellation, whose import starts threads. The framework freezes what is here against garbage collection (80 ms a
time).
"""

import agent_worker.entrypoint  # noqa: F401
import personas.crm.fetch  # noqa: F401  # a number that loads in the background asks the CRM during the call
from agent_worker import database
from agent_worker.voices import google
from calls.outbound.machine_detection.wording import find_wordings
from calls.outbound.opt_out.wording import wordings

google.warm_up()
wordings()  # patterns that the first turn of each call needs
list(find_wordings(""))
database.read_calling_rules()  # a call that we place is asked for right before it is dialed
