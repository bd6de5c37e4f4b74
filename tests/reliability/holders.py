"""Which worker has a call?"""

import psutil

from calls.models import Call
from tests.telephony.processes import Process


async def holder_of(call: Call, *workers: Process) -> Process:
    """Return the worker that has the call."""
    for worker in workers:
        if call.agent_job_id in worker.log.read_text() or job_process_of(worker):
            return worker
    raise AssertionError(f"no worker has {call.agent_job_id}")


def job_process_of(worker: Process) -> psutil.Process | None:
    """Return the process of a worker that has a UDP connection: only one in a room does."""
    return next((p for p in worker.descendants() if p.net_connections(kind="udp")), None)
