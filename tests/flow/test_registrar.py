"""A trunk that wants us registered, over UDP, TCP and TLS: digest, refreshes with a nonce that has run out, a call
of which the person's recording is compared with the prompt, and the farewell. Calls that we give up behind it."""
import pytest

from tests.flow.test_voice import check_heard, tone
from tests.support.baresip import Baresip
from tests.support.certificates import Authority
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp

ACCOUNTS = {"osame": "correct-horse", "0265784111": "pw-person"}


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def registers(trunk):
    return [e for e in trunk.lines() if e["method"] == "REGISTER" and e["from"] == "osame"]


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_over(folder, way):
    more, tls = {}, None
    if way == "tls":
        ca = Authority(folder / "ca")
        tls = (*ca.issue("trunk", ip="127.0.0.1"), None)
        more = {"tls_folder": ca.folder_for(folder / "tls", *ca.issue("us", ip="127.0.0.1"))}
    with Kamailio(folder / "trunk", ACCOUNTS, min_expires=1, nonce_expire=1, tls=tls) as trunk:
        trunk.run()
        uri = {"udp": trunk.uri, "tcp": trunk.uri + ";transport=tcp", "tls": trunk.tls_uri if tls else ""}[way]
        with Baresip(folder / "person", "0265784111", "pw-person", trunk.port,
                     keys=[(2.6, "1"), (2.9, "2"), (3.2, "#")]) as person:
            person.run()
            with Driver(folder / "driver", uri, user="osame", password=ACCOUNTS["osame"], register=1, register_s=4,
                        prompt0=tone(folder / "p.ulaw", 2.0), prompt1=tone(folder / "q.ulaw", 0.1, level=0),
                        **more) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                # each: with the old nonce, refused, with the new one
                wait_until(lambda: len(registers(trunk)) >= 6, 20, why="two refreshes")
                driver.call(42, keys=3)
                end = driver.end_of(42, 30)
                assert not [e for e in driver.events if e["event"] == "trunk" and not e["up"] and e["status"]], "never down"
                known = len(registers(trunk))
                driver.stop()
                assert driver.code == 0, driver.tail()
            wait_until(lambda: person.count("CALL_CLOSED"), 10)
        assert len(registers(trunk)) > known, "the farewell"
        path, samples = person.recordings()[0]
        answered = [e for e in trunk.lines() if e["method"] == "INVITE" and e["callid"] == "42.1@127.0.0.1"]
    assert (end["code"], end["keys"]) == (10, "12#")
    assert [e["status"] for e in answered if e["dir"] == "reply"][-1] == 200
    check_heard(samples, seconds=2.0, level=8000)
    # as long as the prompt, and silence around it
    loud = [max(map(abs, samples[i:i + 80])) > 4000 for i in range(0, len(samples) - 80, 80)]
    first, last = loud.index(True), len(loud) - loud[::-1].index(True)
    assert 195 <= last - first <= 206, f"{last - first} frames of 10 ms"


@pytest.mark.parametrize("peer, status, words", [
    ("no_answer", 487, ["placed", "ended"]),
    ("never_487", 0, ["placed", "ended"]),
    ("cancel_crossing", 200, ["placed", "ended"]),
])
def test_we_give_up_after_the_challenge(folder, peer, status, words):
    """The INVITE that was sent again with our digest is the one that is cancelled, and its answer is ours."""
    with Sipp(folder / "person", peer) as person:
        person.run()
        with Kamailio(folder / "trunk", ACCOUNTS, routes={"0265784111": person.uri}) as trunk:
            trunk.run()
            with Driver(folder / "driver", trunk.uri, user="osame", password=ACCOUNTS["osame"],
                        hangup_wait_ms=4000 if status else 600) as driver:
                driver.call(7, ring=700)
                end = driver.end_of(7)
            seen = [text.split(" ")[0] for _, way, text in person.messages() if way == "in"]
            assert [e["status"] for e in trunk.lines() if e["method"] == "INVITE" and e["dir"] == "reply"][-1] == (status or 180)
    assert (end["code"], end["status"], end["by_us"]) == (20, status, 1)
    # a peer that crosses answers no CANCEL, so the proxy may say it again
    asked = [w for w in seen if w in ("INVITE", "CANCEL")]
    assert [w for n, w in enumerate(asked) if asked[n - 1:n] != [w]] == ["INVITE", "CANCEL"] and driver.words(7) == words
    assert ("BYE" in seen) == (status == 200)
