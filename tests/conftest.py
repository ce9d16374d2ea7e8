"""What all tests share."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.drawn import some
from tests.ports import free_port, refusing

settings.register_profile("suite", deadline=None, max_examples=some(100))
settings.load_profile("suite")

gc.disable()
"""Until all tests are collected: what is imported and collected stays, and is not looked through again and again."""


def pytest_configure(config: object) -> None:
    config.addinivalue_line("markers", "calm: measures real time, on a machine that has little else to do")  # type: ignore[attr-defined]


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture
def unused_tcp_port() -> int:
    return free_port()


@pytest.fixture
def unused_udp_port() -> int:
    return free_port()


@pytest.fixture
def dead_port() -> Iterator[int]:
    """Where TCP connections are refused."""
    with refusing() as port:
        yield port
