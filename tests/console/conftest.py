"""The browser's tests live by the same rules as the flow tests: their folder, their leftovers."""
from tests.flow.conftest import *  # noqa: F401,F403
