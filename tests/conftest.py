"""What all tests share."""

from hypothesis import settings

settings.register_profile("suite", deadline=None)  # machines are noisy, and the suite has a time limit for each test
settings.load_profile("suite")
