"""The browser's tests live by the same rules as the flow tests: their folder, their leftovers. Each file makes its own
`engine`, whose console is here."""
from pathlib import Path

import pytest

from tests.flow.conftest import *  # noqa: F401,F403
from tests.support.browser import SHOTS, site
from tests.support.certificates import Authority
from tests.support.console import Console
from tests.support.peer import remove, temporary_folder


@pytest.fixture(scope="module")
def place():
    folder = temporary_folder("osame-flow-")
    yield folder
    remove(folder)


@pytest.fixture(scope="module")
def shots(place):
    folder = Path(SHOTS) if SHOTS else place / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def console(place, engine):
    with Console(place / "console", engine, Authority(place / "ca"), web=site(place)) as c:
        yield c
