"""Does the API keep its promises to strange requests? schemathesis makes them up from the document: no 5xx, no answer
it does not describe.
"""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis.strategies import booleans
from schemathesis.specs.openapi import checks as promises

from tests.api.cast import EVERYTHING, make_cast, running
from tests.api.operations import document, operations
from tests.conftest import make_key
from voiceplatform.wsgi import application

EXAMPLES_EACH = 12
CHECKS = [
    schemathesis.checks.not_a_server_error,
    promises.status_code_conformance,
    promises.content_type_conformance,
    promises.response_headers_conformance,
    promises.response_schema_conformance,
    promises.unsupported_method,
]
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application
BOUNDS = bounds(
    max_examples=EXAMPLES_EACH,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_document_is_made_without_a_warning(capsys):
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)

    assert capsys.readouterr().err == ""


@pytest.fixture
def key(db, livekit, settings):
    """A all_customers key, with all rows of the examples there."""
    settings.API_REQUESTS_PER_MINUTE = settings.LEAD_UPLOADS_PER_MINUTE = 1_000_000
    settings.ALLOWED_HOSTS = ["*"]
    make_cast(**running())
    # As Django's own test client does: the end of a request must not close the connection that holds the test's
    # transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield make_key(*EVERYTHING)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
def test_no_request_meets_a_5xx_or_an_answer_that_is_not_described(key, operation):
    described = SCHEMA[operation.template][operation.method]
    answered = []

    @BOUNDS
    @given(
        described.as_strategy() | described.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
        booleans(),
    )
    def promise_is_kept(case, of_a_row_that_exists):
        if of_a_row_that_exists and case.path_parameters:
            case.path_parameters = dict.fromkeys(case.path_parameters, operation.row)
        answered.append(
            case.call_and_validate(headers={"X-Api-Key": key}, checks=CHECKS)
        )  # raises for a broken promise

    promise_is_kept()
    assert answered
