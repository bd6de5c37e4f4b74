"""The product's worker for gunicorn, which gives up sooner so that a test need not wait."""

from voiceplatform.web import gunicorn_worker
from voiceplatform.web.gunicorn_worker import BufferingWorker

gunicorn_worker.REQUEST_SECONDS = 3.0
gunicorn_worker.BODY_SECONDS = 3.0

__all__ = ["BufferingWorker"]
