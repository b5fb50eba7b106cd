import pytest

from tests.support.strange_server import running_strange_server


@pytest.fixture
def server():
    """A server on loopback; who may ask it is up to the test."""
    with running_strange_server() as strange:
        yield strange
