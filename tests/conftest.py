"""What all tests share."""

from hypothesis import settings

from tests.drawn import some

settings.register_profile("suite", deadline=None, max_examples=some(100))
settings.load_profile("suite")


def pytest_configure(config: object) -> None:
    config.addinivalue_line("markers", "calm: measures real time, on a machine that has little else to do")  # type: ignore[attr-defined]
