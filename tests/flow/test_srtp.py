"""Encrypted sound: baresip on the other side, over a trunk on TLS."""
import math

import pytest

from tests.flow.test_voice import check_heard, tone
from tests.support.baresip import Baresip
from tests.support.certificates import Authority
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.ua import Ua

ACCOUNTS = {"osame": "correct-horse", "0265784111": "pw-person"}


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def call(folder, we_want, person_wants, sound=b"", **config):
    """(the call's end, what the person heard, the driver's events)."""
    ca = Authority(folder / "ca")
    with Kamailio(folder / "trunk", ACCOUNTS, tls=(*ca.issue("trunk", ip="127.0.0.1"), None)) as trunk:
        trunk.run()
        with Baresip(folder / "person", "0265784111", "pw-person", trunk.port, srtp=person_wants, sound=sound,
                     keys=[(2.6, "1"), (2.9, "2")]) as person:
            person.run()
            with Driver(folder / "driver", trunk.tls_uri, user="osame", password=ACCOUNTS["osame"], register=1,
                        tls_folder=ca.folder_for(folder / "tls"), srtp=int(we_want),
                        prompt0=tone(folder / "p.ulaw", 2.0), **config) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                driver.call(42, keys=2)
                end = driver.end_of(42)
                driver.stop()
            if end["code"] == 10:
                wait_until(lambda: person.count("CALL_CLOSED"), 3)
        return end, person.recordings()


def test_both_ways(folder):
    """The person hears the prompt, and we hear the keys."""
    end, heard = call(folder, True, True)
    assert (end["code"], end["keys"]) == (10, "12")
    check_heard(heard[0][1], seconds=2.0, level=8000)


def dtmf(low, high):
    wave = (int(6000 * (math.sin(2 * math.pi * low * i / 8000) + math.sin(2 * math.pi * high * i / 8000)))
            for i in range(1600))
    return b"".join(sample.to_bytes(2, "little", signed=True) for sample in wave)


def test_what_the_person_sends_is_heard(folder):
    """The sound itself: a key as a tone in it, found by our own ear."""
    end, _ = call(folder, True, True, sound=b"\0\0" * 8000 + dtmf(852, 1477), tones=1)
    assert "9" in end["keys"]


@pytest.mark.parametrize("we_want", [True, False], ids=["we alone", "they alone"])
def test_one_side_alone_is_no_call(folder, we_want):
    """baresip refuses what it cannot do (488): never a call in the clear."""
    end, heard = call(folder, we_want, not we_want)
    assert end["code"] == 40 and not heard


def test_an_answer_without_a_key(folder):
    """We asked for SRTP, and the answer is in the clear: hung up, and not a packet of sound was sent."""
    ca = Authority(folder / "ca")
    with Ua() as callee, Kamailio(folder / "trunk", ACCOUNTS, {"0265784111": callee.uri},
                                  tls=(*ca.issue("trunk", ip="127.0.0.1"), None)) as trunk:
        trunk.run()
        with Driver(folder / "driver", trunk.tls_uri, user="osame", password=ACCOUNTS["osame"], register=1,
                    tls_folder=ca.folder_for(folder / "tls"), srtp=1) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
            driver.call(42)
            end = driver.end_of(42)
        assert (end["code"], end["by_us"]) == (40, 1)
        assert callee.over.wait(10) and not callee.packets
