"""Encrypted sound: baresip on the other side, over a trunk on TLS."""
import math

import pytest

from tests.flow.test_voice import check_heard, tone
from tests.support.baresip import Baresip
from tests.support.caller import Caller
from tests.support.certificates import Authority
from tests.support.kamailio import Kamailio
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.ua import SDP, Ua

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


@pytest.mark.parametrize("they_want, required, answered", [(True, 0, True), (True, 1, True), (False, 1, False)],
                         ids=["they ask for it", "both do", "we alone"])
def test_a_call_that_comes_in(folder, they_want, required, answered):
    """A person rings through the trunk on TLS: encrypted where he asks for it, and no call where only we do."""
    ca = Authority(folder / "ca")
    with Kamailio(folder / "trunk", ACCOUNTS, tls=(*ca.issue("trunk", ip="127.0.0.1"), None)) as trunk:
        trunk.run()
        ours = ca.folder_for(folder / "tls", *ca.issue("us", ip="127.0.0.1"))
        with Baresip(folder / "person", "0265784111", "pw-person", trunk.port, srtp=they_want,
                     sound=b"\0\0" * 24000 + dtmf(852, 1477), keys=[(2.5, "1")]) as person, \
                Driver(folder / "driver", trunk.tls_uri, user="osame", password=ACCOUNTS["osame"], register=1,
                       tls_folder=ours, srtp=required, inbound=1, tones=1, prompt0=tone(folder / "p.ulaw", 2.0)) as driver:
            person.run()
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
            person.command("dial", "sip:osame@ina.example")
            if not answered:
                wait_until(lambda: person.count("CALL_CLOSED"), 10)
                assert not [e for e in driver.events if e["event"] == "inbound"]
                assert any("488" in str(e.get("param")) for e in person.events if e.get("type") == "CALL_CLOSED")
                return
            driver.say(f"answer {driver.wait(lambda e: e['event'] == 'inbound')['id']} 7 30000 2")
            end = driver.end_of(7, 30)
            driver.stop()
            assert driver.code == 0, driver.tail()
            wait_until(lambda: person.count("CALL_CLOSED"), 10)
        heard = person.recordings()
    assert end["code"] == 10 and sorted(end["keys"]) == ["1", "9"], end
    check_heard(heard[0][1], seconds=2.0, level=8000)


@pytest.mark.parametrize("required", [0, 1])
def test_a_key_that_everybody_could_read(folder, required):
    """Offered over UDP, where the key stands in the clear: that is no secret, and no call."""
    trunk = free_port()
    crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
    body = SDP.format(version=1, address="127.0.0.1", port=4000, codec=0, name="PCMU", direction="sendrecv")
    uri = f"sip:127.0.0.1:{trunk}" + (";transport=tls" if required else "")
    more = {"tls_folder": Authority(folder / "ca").folder_for(folder / "tls")} if required else {}
    with Driver(folder / "driver", uri, inbound=1, srtp=required, **more) as driver:
        with Caller(driver.events[0]["id"], "0265001111", ours=trunk,
                    sdp=body.replace("RTP/AVP", "RTP/SAVP") + crypto + "\r\n") as c:
            c.invite()
            c.final(488)
        assert not [e for e in driver.events if e["event"] == "inbound"]


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
