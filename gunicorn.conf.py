"""How gunicorn serves the product.

`gunicorn voiceplatform.wsgi` reads this file automatically; options on the command line override it.
"""

import gc
import os
from pathlib import Path
from typing import Any

# A wrong setting stops the start here, once, and not in each process again and again.
from voiceplatform.settings import LOGGING

logconfig_dict = LOGGING  # gunicorn's own lines too: one JSON object each, without what looks like a phone number
worker_class = "voiceplatform.web.gunicorn_worker.BufferingWorker"  # gthread that waits for no slow client
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)  # processes: as many as processors; 150 MB each
threads = 8  # in each; a webhook waits for the database and for LiveKit, not for the processor
timeout = 30  # seconds; the slowest webhook takes the CRM's budget and that of a dispatch, 13 s at the very most
# Seconds; after SIGTERM requests at hand finish, new ones are refused: LiveKit delivers those again
graceful_timeout = 30
# Seconds; longer than the 60 after which proxies let go, so that they never write to a line we just closed
keepalive = 65
control_socket_disable = True  # it would be a file in the home directory, and the file system may be read-only
# Each process touches a file so that the master sees it live. Not on a disk: a slow write looks like a dead process.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def post_worker_init(worker: Any) -> None:
    """Pay before the first call, not while its phone rings: 2 s for livekit.api, 0.1 s for aiohttp,
    0.5 s for the admin's pages.

    Here rather than in an app's ready(): `manage.py help` and the tests need none of it. After the fork, so that it is
    true with and without --preload. The socket is open already: a client that connects meanwhile waits; none is refused.
    """
    from django.urls import get_resolver

    import personas.crm.fetch  # noqa: F401
    from calls.livekit.gateway import warm_up
    from voiceplatform.observability.metrics import keep_flushing

    warm_up()
    _ = get_resolver().url_patterns
    # All of that stays for good: without this the collector walks through it again and again, during webhooks.
    gc.collect()
    gc.freeze()
    keep_flushing()


def worker_exit(server: Any, worker: Any) -> None:
    """Store what this process counted since the last time."""
    from voiceplatform.observability.metrics import flush_at_exit

    flush_at_exit()
