"""Calls that come in, by the real voice port: who may ring, what the engine is told, what an order does,
and every way in which a caller can be gone."""
import pytest

from tests.support.caller import Caller
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver

KNOWN, WITHHELD, UNKNOWN = 1, 2, 0
OURS = "0265001111"
PROMPT = bytes(0x20 if i // 10 % 2 else 0xA0 for i in range(4000))  # what voice_driver plays


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


@pytest.fixture
def driver(folder):
    trunk = free_port()
    with Driver(folder / "driver", f"sip:127.0.0.1:{trunk}", inbound=1, lines=2) as d:
        d.trunk = trunk
        yield d
        d.stop()
        assert d.code == 0, d.tail()


def port(driver):
    return driver.events[0]["id"]


def caller(driver, **more):
    """At the trunk's own address: that is where our side sends its requests."""
    return Caller(port(driver), OURS, ours=driver.trunk, **more)


def rings(driver, n=1):
    """The n-th call that the engine was told of."""
    def found():
        driver.read()
        return [e for e in driver.events if e["event"] == "inbound"][n - 1:]
    return wait_until(found, 10, why="EV_INBOUND")[0]


def told(driver):
    driver.read()
    return [e for e in driver.events if e["event"] == "inbound"]


def test_an_answer_and_its_end(driver):
    with caller(driver) as c:
        c.invite()
        ring = rings(driver)
        assert (ring["kind"], ring["number"], ring["called"]) == (KNOWN, "0265784111", OURS)
        c.wait(180)
        driver.say(f"answer {ring['id']} 7 20000 0")
        answer = c.final(200)
        assert "m=audio" in answer
        assert c.silent_for(0.1), "nothing is said before the ACK"
        c.ack()
        c.over()
        end = driver.end_of(7)
        assert driver.words(7) == ["placed", "answered", "ended"]
        assert (end["code"], end["heard"], end["by_us"]) == (10, 1, 1)
        assert c.sound()[:4000] == PROMPT, "from its first byte to its last, without a gap"


def test_no_offer_gets_ours(driver):
    with caller(driver, offer=False) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 20000 0")
        assert "telephone-event" in c.final(200)
        c.ack(c.sdp())
        c.over()
        assert driver.end_of(7)["code"] == 10
        assert c.sound()[:4000] == PROMPT


def test_an_ack_without_the_answer_that_it_owes(driver):
    with caller(driver, offer=False) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 20000 0")
        c.final(200)
        c.ack()
        c.over()
        end = driver.end_of(7)
        assert (end["code"], end["local"]) == (40, 1)


@pytest.mark.parametrize("status", [486, 480])
def test_a_refusal(driver, status):
    with caller(driver) as c:
        c.invite()
        driver.say(f"refuse {rings(driver)['id']} {status}")
        c.final(status)


def test_cancelled_before_an_order(driver):
    with caller(driver) as c:
        c.invite()
        ring = rings(driver)
        c.cancel()
        c.final(487)
        gone = driver.wait(lambda e: e["event"] == "gone")
        assert gone["id"] == ring["id"] and gone["why"] == "the caller gave up"
        driver.say(f"answer {ring['id']} 7 20000 0")  # they crossed
        assert driver.wait(lambda e: e["event"] == "dropped")["id"] == 7
        assert driver.words(7) == ["dropped"]
        driver.say(f"refuse {ring['id']} 486")  # no mistake, and nothing follows
    with caller(driver) as c:
        c.invite()
        rings(driver, 2)


def test_he_hangs_up_in_the_middle(driver):
    with caller(driver) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 20000 3")
        c.final(200)
        c.ack()
        driver.wait(lambda e: e["event"] == "answered")
        c.bye()
        end = driver.end_of(7)
        assert end["code"] in (11, 16) and end["by_us"] == 0


def test_he_hangs_up_before_his_ack(driver):
    with caller(driver) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 20000 3")
        c.final(200)
        c.bye()
        end = driver.end_of(7)
        assert (end["code"], end["heard"]) == (16, 0)
        assert driver.words(7) == ["placed", "ended"]


def test_no_ack_frees_the_line(driver):
    with caller(driver) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 1000 0")  # the call's limit
        c.final(200)
        end = driver.end_of(7, 20)
        assert (end["code"], end["local"]) == (40, 0) and not c.sound()


def test_the_limit_ends_it(driver):
    with caller(driver) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 1500 9")
        c.final(200)
        c.ack()
        c.over()
        assert driver.end_of(7)["by_us"] == 1


def test_a_recall_reaches_the_scenario(driver):
    with caller(driver) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 20000 1")
        driver.say("recall 7")
        assert driver.wait(lambda e: e["event"] == "too_late")["id"] == 7
        c.final(200)
        c.ack()
        driver.wait(lambda e: e["event"] == "answered")
        driver.say("hangup 7")
        assert driver.end_of(7)["stale"] == 1


def test_prompts_of_an_older_state_are_not_said(driver):
    with caller(driver) as c:
        c.invite()
        driver.say(f"answer {rings(driver)['id']} 7 20000 0 stale")
        c.final(480)
        assert "older state" in driver.wait(lambda e: e["event"] == "dropped")["why"]


def test_full_lines_are_busy(driver):
    with Caller(port(driver), OURS) as a, Caller(port(driver), OURS) as b, Caller(port(driver), OURS) as c:
        a.invite()
        b.invite()
        rings(driver, 2)
        c.invite()
        c.final(486)
        driver.call(9)  # and nobody is dialled meanwhile
        assert driver.wait(lambda e: e["event"] == "dropped")["why"] == "no line free"
        a.cancel()
        a.final(487)
        with Caller(port(driver), OURS) as d:
            d.invite()
            rings(driver, 3)


def test_shutting_down_refuses_who_rings(folder):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}", inbound=1) as driver:
        with Caller(port(driver), OURS) as c:
            c.invite()
            rings(driver)
            driver.stop()
            c.final(480)
        assert [e["event"] for e in driver.events][-2:] == ["gone", "stopped"]


# ---- who may ring ----

def test_only_the_trunk_may_ring(driver):
    """Whoever else knocks is not heard: no answer, and nothing that an answer would cost."""
    with Caller(port(driver), OURS, address="127.0.0.2") as c, caller(driver) as ours:
        c.invite()
        ours.invite()
        ours.wait(180)
        assert not c.answers and [e["number"] for e in told(driver)] == ["0265784111"]


def test_strangers_are_refused_where_they_are_heard(folder):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}", inbound=1, hear_all=1) as driver:
        with Caller(port(driver), OURS, address="127.0.0.2") as c:
            c.invite()
            c.final(403)
        assert not told(driver)


def test_the_trunk_may_have_other_addresses(folder):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}", inbound=1,
                inbound_from="127.0.0.2 127.0.0.3") as driver:
        for address, may in (("127.0.0.1", False), ("127.0.0.2", True), ("127.0.0.3", True)):
            with Caller(port(driver), OURS, address=address) as c:
                c.invite()
                c.wait(180) if may else c.final(403)  # the trunk's own: heard, for its answers, and refused


def test_a_trunk_that_is_a_name_needs_its_addresses(folder):
    with Driver(folder / "driver", "sip:trunk.example", inbound=1) as driver:
        with Caller(port(driver), OURS) as c:
            c.invite()
            c.final(403)


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1 x", "::1"])
def test_wrong_addresses_do_not_start(folder, address):
    driver = Driver(folder / "driver", "sip:127.0.0.1:5060", inbound=1, inbound_from=address)
    assert driver.events[0]["event"] == "start"
    driver.stop()


def test_not_wanted(folder):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}") as driver:
        with Caller(port(driver), OURS) as c:
            c.invite()
            c.final(486)
        assert not told(driver)


@pytest.mark.parametrize("headers, status", [
    (["Replaces: a;to-tag=b;from-tag=c"], 481),
    (["Replaces: a;to-tag=b;from-tag=c", "Require: replaces"], 420),
])
def test_nobody_takes_over_a_call(driver, headers, status):
    with Caller(port(driver), OURS, headers=headers) as c:
        c.invite()
        c.final(status)
    assert not told(driver)


@pytest.mark.parametrize("sdp", ["v=0\r\n", "nonsense",
                                 "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                                 "m=video 5000 RTP/AVP 34\r\n"])
def test_an_offer_that_cannot_be_used(driver, sdp):
    with Caller(port(driver), OURS, sdp=sdp) as c:
        c.invite()
        c.final(488)
    assert not told(driver)


# ---- whose number, and which was dialled (the rest: test_voice_ident) ----

@pytest.mark.parametrize("headers, config, kind, number", [
    (["P-Asserted-Identity: <sip:+81312345678@t>"], 0, KNOWN, "0312345678"),
    (["P-Asserted-Identity: <sip:+81312345678@t>"], 2, KNOWN, "0265784111"),
    ([], 1, UNKNOWN, ""),
    (["P-Asserted-Identity: <tel:+81-3-1234-5678>", "Privacy: id"], 1, WITHHELD, ""),
])
def test_whose_number(folder, headers, config, kind, number):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}", inbound=1, caller_id=config) as driver:
        with Caller(port(driver), OURS, headers=headers) as c:
            c.invite()
            ring = rings(driver)
            assert (ring["kind"], ring["number"]) == (kind, number)


@pytest.mark.parametrize("config, request_uri, to, called", [
    (0, OURS, "0265009999", OURS), (1, OURS, "0265009999", "0265009999"),
    (0, "osame", "0265009999", "0265009999"), (1, OURS, "osame", OURS), (0, "osame", "osame", "")])
def test_what_was_dialled(folder, config, request_uri, to, called):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}", inbound=1, called_id=config) as driver:
        with Caller(port(driver), request_uri, to=to) as c:
            c.invite()
            assert rings(driver)["called"] == called
