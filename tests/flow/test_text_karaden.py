"""Karaden's adapter against the stand-in, and two gateways behind one port."""
import socket

import pytest

from tests.support import texting
from tests.support.kannel import Kannel
from tests.support.karaden import SERVICE, TENANT, Karaden
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.texting import (ACCEPTED, BUFFERED, DELIVERED, FAILED, NONE, OUT_OF_AREA, REFUSED, RETRY,
                                   UNKNOWN)


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


@pytest.fixture
def karaden():
    with Karaden() as stand_in:
        yield stand_in


def driver_of(folder, *gateways, **options):
    return texting.Driver(folder, [{"gateway": name, **keys} for name, keys in gateways], **options)


@pytest.fixture
def driver(folder, karaden):
    d = driver_of(folder, ("karaden", karaden_keys(karaden)))
    yield d
    d.kill()


def karaden_keys(karaden, **more):
    # the driver's service is 1: the stand-in's is set to that
    return karaden.keys(timeout_ms=1500, **more)


@pytest.fixture(autouse=True)
def service(monkeypatch):
    monkeypatch.setattr("tests.support.karaden.SERVICE", 1)


def test_a_message_goes_out_with_the_published_fields_and_its_result_is_asked_for(karaden, driver):
    text = "伊那市税務課です。12月25日は納期限です。a+b&c=d"
    driver.say(f"send 5 09012345675 {text}")
    words = driver.wait("result", 5)[0]
    [message] = karaden.of(5)
    assert words[2:] == [str(ACCEPTED), "200", "0", message["id"]]
    assert message["to"] == "09012345675" and message["body"] == text
    assert message["is_shorten"] is False and message["limited_at"]
    driver.wait("receipt", 5, BUFFERED)
    karaden.result(message, "received")
    assert driver.wait("receipt", 5, DELIVERED)[0][4] == message["id"]
    asked = karaden.questions(message["id"])
    driver.say("send 6 09012345676 つぎ")
    driver.wait("result", 6)
    driver.wait("receipt", 6, BUFFERED)
    assert karaden.questions(message["id"]) == asked, "what is final is not asked for again"
    assert len(karaden.messages) == 2


@pytest.mark.parametrize("status, sent, result, receipt", [
    ("done", "received", "done", DELIVERED),
    ("done", "unconnected", "done", OUT_OF_AREA),
    ("done", "error", "done", FAILED),
    ("error", "none", "done", FAILED),
    ("canceled", "none", "done", FAILED),
    ("done", "none", "done", NONE),
    ("done", "unknown", "done", NONE),
])
def test_each_result(karaden, driver, status, sent, result, receipt):
    driver.say("send 1 09012345671 市役所です。")
    driver.wait("result", 1, ACCEPTED)
    karaden.result(karaden.of(1)[0], sent, status, result)
    driver.wait("receipt", 1, receipt)


def test_a_result_that_may_still_change_is_not_final(karaden, driver):
    driver.say("send 1 09012345671 市役所です。")
    driver.wait("result", 1, ACCEPTED)
    [message] = karaden.of(1)
    karaden.result(message, "unconnected", result="processing")
    before = karaden.questions(message["id"])
    wait_until(lambda: karaden.questions(message["id"]) > before + 1, 20, why="it is asked for on")
    karaden.result(message, "received")
    driver.wait("receipt", 1, DELIVERED)
    assert not [e for e in driver.events if e[:3] == ["receipt", "1", str(OUT_OF_AREA)]]


def test_refused(karaden, driver):
    karaden.answer = "refuse"
    driver.say("send 1 09012345671 市役所です。")
    assert driver.wait("result", 1)[0][2:4] == [str(REFUSED), "422"]
    assert karaden.messages == []


def test_too_many_requests_waits_and_sends_once(karaden, driver):
    karaden.answer = "slow"
    driver.say("send 1 09012345671 市役所です。")
    driver.say("send 2 09012345672 市役所です。")
    wait_until(lambda: "slow-down" in driver_log(driver), 15, why="it was told to slow down")
    karaden.answer = "accept"
    driver.wait("result", 1, ACCEPTED)
    driver.wait("result", 2, ACCEPTED)
    assert len(karaden.of(1)) == len(karaden.of(2)) == 1


def driver_log(driver):
    return open(driver.log.name, errors="replace").read()


@pytest.mark.parametrize("answer", ["silent-kept", "broken-kept", "garbled"])
def test_a_lost_answer_is_asked_for_and_found(karaden, driver, answer):
    karaden.answer = answer
    driver.say("send 1 09012345671 市役所です。")
    words = driver.wait("result", 1, seconds=40)[0]
    assert words[2] == str(ACCEPTED) and words[5] == karaden.of(1)[0]["id"]
    karaden.result(karaden.of(1)[0], "received")
    driver.wait("receipt", 1, DELIVERED, seconds=40)
    assert len(karaden.messages) == 1, "never sent twice"


@pytest.mark.parametrize("answer", ["silent", "broken"])
def test_a_lost_message_is_unknown_and_never_sent_again(karaden, driver, answer):
    karaden.answer = answer
    driver.say("send 1 09012345671 市役所です。")
    assert driver.wait("result", 1, seconds=90)[0][2] == str(UNKNOWN)
    assert karaden.messages == [] and karaden.questions("tag=") >= 6


def test_anothers_message_is_not_taken_for_ours(karaden, driver):
    """A list that ignores the tag, and one that goes on, prove nothing."""
    driver.say("send 9 09012345679 市役所です。")
    driver.wait("result", 9, ACCEPTED)
    karaden.ignore_tag = karaden.has_more = True
    karaden.answer = "broken"
    driver.say("send 1 09012345671 市役所です。")
    wait_until(lambda: karaden.questions("tag=") >= 3, 30, why="it is asked for")
    assert not [e for e in driver.events if e[:2] == ["result", "1"]]


def test_after_a_restart_results_are_asked_for_again(folder, karaden):
    first = driver_of(folder, ("karaden", karaden_keys(karaden)))
    first.say("send 1 09012345671 市役所です。")
    first.wait("result", 1, ACCEPTED)
    karaden.answer = "silent-kept"
    first.say("send 2 09012345672 市役所です。")
    wait_until(lambda: karaden.of(2), 15, why="the second was kept")
    first.kill()  # -9: the second is an intent without an outcome
    second = driver_of(folder, ("karaden", karaden_keys(karaden)))
    second.say(f"watch 1 {karaden.of(1)[0]['id']}")
    second.say("watch 2 -")
    second.say("watch 3 -")  # never reached the gateway
    second.wait("receipt", 2, BUFFERED)
    for n in (1, 2):
        karaden.result(karaden.of(n)[0], "received")
        second.wait("receipt", n, DELIVERED, seconds=40)
    assert len(karaden.messages) == 2
    assert not [e for e in second.events if e[1] == "3"]
    second.stop()


def test_a_wrong_token_keeps_nothing(folder, karaden):
    driver = driver_of(folder, ("karaden", {**karaden_keys(karaden), "password": "wrong"}))
    driver.say("send 1 09012345671 市役所です。")
    driver.wait("gateway", "karaden", 0)
    assert driver.wait("result", 1)[0][2:4] == [str(RETRY), "401"]
    driver.stop()


def test_660_characters_and_no_more(karaden, driver):
    driver.say("send 1 09012345671 " + "あ" * 660)
    driver.wait("result", 1, ACCEPTED)
    driver.say("send 2 09012345672 " + "あ" * 661)
    driver.wait("dropped", 2)
    assert karaden.of(1)[0]["charged_count_per_sent"] == 10 and not karaden.of(2)


# ---- two gateways ----

def test_the_next_gateway_takes_over_only_where_nothing_was_sent(folder, karaden):
    """Kannel is down: Karaden takes it. Then Kannel is there and does not answer: nobody else is asked."""
    with Kannel(folder / "kannel") as kannel:
        ports = kannel.ports
        kannel_keys = {"url": kannel.sendsms_url, "user": kannel.user, "password": kannel.password}
        kannel.stop()
        driver = driver_of(folder, ("kannel", {**kannel_keys, "timeout_ms": 1500}), ("karaden", karaden_keys(karaden)))
        driver.say("send 1 09012345671 市役所です。")
        driver.wait("gateway", "kannel", 0)
        assert driver.wait("result", 1)[0][2:5] == [str(ACCEPTED), "200", "1"]
        driver.say("send 2 09012345672 市役所です。")  # it rests: not even tried
        assert driver.wait("result", 2)[0][4] == "1"
        driver.stop()
        kannel.start(ports)
        driver = driver_of(folder, ("kannel", kannel_keys), ("karaden", karaden_keys(karaden)))
        driver.say("send 3 09012345673 市役所です。")
        assert driver.wait("result", 3)[0][2:5] == [str(ACCEPTED), "202", "0"]
        driver.wait("receipt", 3, DELIVERED)
        driver.stop()
        assert [r.to for r in kannel.received()] == ["09012345673"]
    assert [m["to"] for m in karaden.messages] == ["09012345671", "09012345672"]


def test_a_gateway_that_took_the_bytes_and_hung_up_is_not_passed_over(folder, karaden):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        driver = driver_of(folder, ("kannel", {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/sendsms",
                                               "timeout_ms": 800}), ("karaden", karaden_keys(karaden)))
        driver.say("send 1 09012345671 市役所です。")
        assert driver.wait("result", 1)[0][2] == str(UNKNOWN)
        assert karaden.messages == []
        driver.stop()


def test_all_gateways_down_means_not_sent(folder):
    nobody = [{"url": f"http://127.0.0.1:{free_port()}/x"} for _ in range(2)]
    driver = driver_of(folder, ("one", nobody[0]), ("two", nobody[1]))
    driver.say("send 1 09012345671 市役所です。")
    assert driver.wait("result", 1)[0][2] == str(RETRY)
    driver.wait("gateway", "one", 0)
    driver.wait("gateway", "two", 0)
    driver.stop()


def test_the_rate_of_a_gateway_is_kept(folder, karaden):
    driver = driver_of(folder, ("karaden", karaden_keys(karaden, rate=10)))
    import time
    begin = time.monotonic()
    for n in range(1, 16):
        driver.say(f"send {n} 090123456{n:02} 市役所です。")
    for n in range(1, 16):
        driver.wait("result", n, ACCEPTED)
    assert time.monotonic() - begin >= 1.3, "15 messages at 10 a second"
    driver.stop()


def test_the_tag_is_of_this_installation(karaden, driver):
    driver.say("send 1 09012345671 市役所です。")
    driver.wait("result", 1, ACCEPTED)
    [tag] = karaden.of(1)[0]["tags"]
    assert tag.startswith("osame-1-") and len(tag.rsplit("-", 1)[1]) == 16
    assert TENANT and SERVICE
