"""The browser's tests live by the same rules as the flow tests: their folder, their leftovers. Each file makes its own
`engine`, whose console is here.

What knows where osamed lies is imported by the fixtures: pytest_configure() decides it after this file is read, and
lends copies where the user nobody may not enter the repository."""
from pathlib import Path

import pytest

from tests.flow.conftest import *  # noqa: F401,F403
from tests.support.certificates import Authority
from tests.support.peer import remove, temporary_folder


@pytest.fixture(scope="module")
def place():
    folder = temporary_folder("osame-flow-")
    yield folder
    remove(folder)


@pytest.fixture(scope="module")
def shots(place):
    from tests.support.browser import SHOTS
    folder = Path(SHOTS) if SHOTS else place / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def console(place, engine):
    from tests.support.browser import site
    from tests.support.console import Console
    with Console(place / "console", engine, Authority(place / "ca"), web=site(place)) as c:
        yield c
