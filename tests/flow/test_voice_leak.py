"""Calls leave nothing behind: the small size of tests/bench/bench_voice_leak.py."""
import pytest

from tests.support.leak import Many
from tests.support.peer import remove, temporary_folder, wait_until


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def test_three_hundred_calls(folder):
    with Many(folder, lines=20) as many:
        many.calls(20)  # what is allocated once
        before = many.quiet()
        codes = many.calls(300)
        assert set(codes) == {10, 21} and sum(codes.values()) == 300
        # Sofia's 32 s pass; a lost handle is 2.9 kB, so three hundred of them 870.
        wait_until(lambda: many.figures()["kb"] - before["kb"] < 150, 60, every=1, why="memory comes back")
        after = many.quiet()
        assert (after["fds"], after["threads"]) == (before["fds"], before["threads"])
        many.driver.stop()
        assert many.driver.code == 0, many.driver.tail()
