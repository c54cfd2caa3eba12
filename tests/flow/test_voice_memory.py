"""No memory in the middle of a call: each allocation of the voice port fails in its turn. The call has one
outcome or none was begun, the port goes on, the next call is whole, and nothing is lost (under the sanitizers,
nothing leaks either)."""
import pytest

from tests.support.peer import remove, temporary_folder
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp

MOST = 60  # far more than a call needs; the loop must end by itself


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def struck(driver):
    at = len(driver.events)
    driver.say("struck")
    return driver.wait(lambda e: e["event"] == "struck" and e in driver.events[at:])["it"]


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_call(folder, where):
    (folder / "p.ulaw").write_bytes(b"\x40" * 800)
    with Sipp(folder / "listen", "listen") as person:
        person.run()
        with Driver(folder / "driver", person.uri, prompt0=folder / "p.ulaw", lines=2) as driver:
            ends = []
            for n in range(1, MOST):
                driver.say(f"fail {n} {where}")
                driver.call(n)
                driver.wait(lambda e: e.get("id") == n and e["event"] in ("ended", "dropped", "refused"))
                hit = struck(driver)
                words = driver.words(n)
                assert words.count("ended") + words.count("dropped") + words.count("refused") == 1, words
                assert words[-1] != "ended" or words[0] == "placed", words
                ends.append(words[-1])
                driver.call(1000 + n)
                assert driver.end_of(1000 + n)["code"] == 10, "the next call is whole"
                if not hit:
                    break
            assert not hit and n > 2, "it needs memory, and not for ever"
            assert ends[-1] == "ended" and set(ends[:-1]) & {"refused", "dropped", "ended"}
            driver.stop()
            assert driver.code == 0, driver.tail()


def test_the_start(folder):
    """Started whole, or not at all."""
    for n in range(1, MOST):
        driver = Driver(folder / f"driver{n}", "sip:127.0.0.1:5060", fail=n)
        driver.read()
        whole = any(e["event"] == "struck" for e in driver.events)
        started = any(e["event"] == "port" for e in driver.events)
        driver.stop()
        assert driver.code == (0 if started else 1), driver.tail()
        assert whole or not started, f"allocation {n} failed, and it started all the same"
        if whole:
            break
    assert whole and n > 2
