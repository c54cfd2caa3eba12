"""The text port against the real Kannel and its fake SMS centre."""
import time

import pytest

from tests.support import texting
from tests.support.kannel import Kannel
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.texting import ACCEPTED, BUFFERED, DELIVERED, RETRY


def Driver(gateway, **options):
    port = {"port": options.pop("port")} if "port" in options else {}
    return texting.Driver(gateway.folder, [{"gateway": "kannel", "url": gateway.sendsms_url, "user": gateway.user,
                                            "password": gateway.password, **options}], **port)


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


@pytest.fixture
def gateway(folder):
    with Kannel(folder / "kannel") as kannel:
        yield kannel


def test_texts_arrive_and_receipts_come_back(gateway):
    driver = Driver(gateway)
    texts = {1: "伊那市税務課です。12月25日は納期限です。", 2: "a+b & c=d 100% #1 ?", 3: "あ" * 70,
             4: "い" * 71, 5: "う" * 670}
    for attempt, text in texts.items():
        driver.say(f"send {attempt} 0901234567{attempt} {text}")
    for attempt in texts:
        assert driver.wait("result", attempt)[0][2:4] == [str(ACCEPTED), "202"]
        driver.wait("receipt", attempt, DELIVERED, 1)
        driver.wait("receipt", attempt, BUFFERED, 8)
    parts = {n: [r for r in gateway.received() if r.to.endswith(str(n))] for n in texts}
    assert "".join(p.text for p in parts[1]) == texts[1] and len(parts[1]) == 1
    assert "".join(p.text for p in parts[2]) == texts[2]
    assert [len(parts[n]) for n in (3, 4, 5)] == [1, 2, 10], "segments as sms_segments counts them"
    for n in (4, 5):
        assert "".join(p.text for p in parts[n]) == texts[n]
    assert all(r.sender == "0265784111" for r in gateway.received())
    driver.stop()
    # Neither texts, nor whole numbers, nor the password in any log that is kept (the fake SMS
    # centre's own is the network).
    for log in gateway.folder.glob("*.log"):
        if log.name != "fakesmsc.log":
            words = log.read_text(errors="replace")
            for secret in ("税務課", "09012345671", gateway.password, "receipt/1"):
                assert secret not in words, (log.name, secret)


def test_a_wrong_password_uses_up_no_message(gateway):
    driver = Driver(gateway, password="wrong")
    driver.say("send 1 09012345671 市役所です。")
    assert driver.wait("result", 1)[0][2:4] == [str(RETRY), "403"]
    assert gateway.received() == []
    driver.stop()


def test_a_gateway_that_is_down_means_not_sent(gateway):
    driver = Driver(gateway)
    ports = gateway.ports
    gateway.stop()
    driver.say("send 1 09012345671 市役所です。")
    assert driver.wait("result", 1)[0][2] == str(RETRY)
    gateway.start(ports)
    driver.say("send 2 09012345672 市役所です。")
    assert driver.wait("result", 2)[0][2] == str(ACCEPTED)
    driver.wait("receipt", 2, DELIVERED)
    assert [r.to for r in gateway.received()] == ["09012345672"]
    driver.stop()


def test_receipts_wait_for_our_return(gateway):
    """The engine is killed between Kannel's 202 and the receipt: it comes to the next one."""
    port = free_port()
    driver = Driver(gateway, port=port)
    centre = next(box for box in gateway.boxes if box.name == "fakesmsc")
    centre.stop()  # so that nothing is delivered yet
    driver.say("send 7 09012345677 市役所です。")
    driver.wait("result", 7, ACCEPTED)
    driver.kill()
    gateway.restart_centre()
    wait_until(lambda: gateway.received(), 20, why="the message reached the network")
    time.sleep(1)  # Kannel has asked in vain by now
    driver = Driver(gateway, port=port)
    driver.wait("receipt", 7, DELIVERED, seconds=20)
    assert len(gateway.received()) == 1
    driver.stop()


def test_a_recalled_message_never_reaches_the_gateway(gateway):
    driver = Driver(gateway)
    for attempt in range(100, 200):
        driver.say(f"send {attempt} 09011110{attempt} 市役所です。")
        if attempt % 2:
            driver.say(f"recall {attempt}")
    dropped, sent = set(), set()

    def all_told():
        driver.pump()
        dropped.update(e[1] for e in driver.events if e[0] == "dropped")
        sent.update(e[1] for e in driver.events if e[0] == "result")
        return len(dropped | sent) == 100
    wait_until(all_told, 20, why="each message ends once")
    assert not dropped & sent
    assert {str(n) for n in range(100, 200, 2)} <= sent, "what nobody recalled is sent"
    wait_until(lambda: len(gateway.received()) == len(sent), 20, why="what was sent arrived")
    assert {r.to[-3:] for r in gateway.received()} == sent
    driver.stop()
