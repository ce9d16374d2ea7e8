"""The models of the table, for tests that name one."""

from cuelang.models import Model, find


def known(name: str) -> Model:
    found = find(name)
    assert found is not None, name
    return found
