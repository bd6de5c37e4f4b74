"""Does the API keep its promises to strange requests? schemathesis makes them up from the document: no 5xx, no answer it does not describe."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
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


@pytest.fixture
def key(db, livekit, settings) -> str:
    """A house key, with all rows of the examples there."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.ALLOWED_HOSTS = ["*"]
    make_cast(**running())
    return make_key(*EVERYTHING)


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
def test_no_request_meets_a_5xx_or_an_answer_that_is_not_described(key, operation):
    described = SCHEMA[operation.template][operation.method]

    @BOUNDS
    @given(described.as_strategy() | described.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def promise_is_kept(case):
        case.path_parameters = case.path_parameters and dict(case.path_parameters.items())
        case.call_and_validate(headers={"X-Api-Key": key}, checks=CHECKS)

    promise_is_kept()
