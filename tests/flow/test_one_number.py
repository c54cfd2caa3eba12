"""One telephone number, two departments, the whole engine and a real trunk: never two calls at once, at most three
attempts and one conversation a day in all. (Who is asked when, on pretended lines: test_turn_dialling.c.)"""
import contextlib
import os
from collections import Counter

import pytest

from tests.support.kamailio import Kamailio
from tests.support.osamed import WINDOW, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp
from tests.support.ua import Ua

SHARED, ALONE = "0265784112", "0265784113"  # of somebody whom both want to reach; of one whom only the second does
ACCOUNTS = {"osame": "correct-horse"}
KAIGO = 61004
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="two departments' users need two user ids")


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


class Engaged(Ua):
    """A telephone that rings until it is let go, and then is busy, or answers, at once."""

    def __init__(self, busy):
        super().__init__()
        self.busy, self.waiting, self.free = busy, [], False
        self.under_way, self.most = set(), 0

    def take_request(self, method, message, source):
        if method == "INVITE":
            if all(self.call_id(m) != self.call_id(message) for m, _ in self.waiting):  # no copy
                self.begins(message)
                self.waiting.append((message, source))
            self.respond(message, source, "180 Ringing")
            if self.free:
                self.let_go()
        else:
            if method == "BYE":
                self.ends(message)
            super().take_request(method, message, source)

    def begins(self, message):
        self.under_way.add(self.call_id(message))
        self.most = max(self.most, len(self.under_way))

    def ends(self, message):
        self.under_way.discard(self.call_id(message))

    @staticmethod
    def call_id(message):
        return next(line for line in message.split("\r\n") if line.startswith("Call-ID:"))

    def let_go(self):
        self.free = True
        waiting, self.waiting = self.waiting, []
        for message, source in waiting:
            if self.busy:
                self.ends(message)
                self.respond(message, source, "486 Busy Here")
            else:
                super().take_request("INVITE", message, source)


def wave(attempts):
    return (f'<wave id="denwa" channel="voice" from-day="0" to-day="3" attempts="{attempts}" ring="60 s">{WINDOW}'
            '<retry outcome="21" after="5 min"/></wave>')


@contextlib.contextmanager
def city(folder, he, attempts):
    """The engine with both departments, and a trunk behind which he and the other person are. The other's telephone."""
    with contextlib.ExitStack() as stack:
        alone = stack.enter_context(Sipp(folder / "alone", "busy"))
        alone.run()
        trunk = stack.enter_context(Kamailio(folder / "trunk", ACCOUNTS, routes={SHARED: he.uri, ALONE: alone.uri}))
        trunk.run()
        engine = stack.enter_context(Osamed(folder / "osame", trunk=trunk.uri))
        engine.keys["trunk main"] |= {"user": "osame", "password": ACCOUNTS["osame"]}
        engine.keys["department kaigo"] = {"name": "介護高齢課", "phone": ALONE, "caller": ALONE, "payments_check": "off"}
        engine.keys["user shiro"] = {"uid": KAIGO, "name": "高遠四郎", "department": "kaigo", "roles": "manager staff"}
        os.chmod(engine.folder, 0o755)
        for id, department, pattern in (("saikoku", "zeimu", "taisho"), ("kaigo", "kaigo", "kaigo")):
            engine.campaign(id=id, department=department, pattern=f"015_202096_{pattern}_*.csv", waves=[wave(attempts)],
                            scenario="quick")
        engine.run()
        yield engine, alone


def called_by_both(folder, he, attempts):
    """Run 2 is started while run 1's first call rings, and calls the other person on its list meanwhile; then he picks up
    or not, and both runs come to their end. Their attempts on his number, in the order of their days."""
    with city(folder, he, attempts) as (engine, alone):
        engine.drop_in("015_202096_taisho_1.csv", targets([person(1, SHARED)]))
        engine.start_run()
        engine.until(lambda: he.waiting, 30, "he is called")
        engine.drop_in("015_202096_kaigo_1.csv", targets([person(1, SHARED, 通知書番号="K1"), person(2, ALONE)]))
        state = lambda: engine.osame("run", "show", 2, uid=KAIGO, check=False)  # noqa: E731
        engine.until(lambda: '"draft"' in state().out, 30, "run 2 is there")
        for verb in ("submit", "approve", "start"):
            engine.osame("run", verb, 2, uid=KAIGO)
        engine.until(lambda: any(text.startswith("INVITE") for _, _, text in alone.messages()), 30, "the other is called")
        assert len(he.waiting) == 1 and he.most == 1, "not he, while he is called"
        he.let_go()
        engine.wait_run("closed", 1, 60)
        engine.until(lambda: '"closed"' in state().out, 60, "run 2 is over")
        rows = engine.attempts() + engine.rows("attempts", "--person", "100001", uid=KAIGO)
    assert he.most == 1, "never two calls at once"
    return sorted(({"day": row["intended"][:10], **row} for row in rows), key=lambda row: row["intended"])


def test_three_attempts_a_day(folder):
    """Each department would call four times within twenty minutes."""
    with Engaged(busy=True) as he:
        rows = called_by_both(folder, he, 4)
    assert Counter(row["day"] for row in rows) == {"2026-12-07": 3, "2026-12-08": 3, "2026-12-09": 2}
    assert Counter(row["run"] for row in rows) == {1: 4, 2: 4} and {row["code"] for row in rows} == {21}
    assert {row["run"] for row in rows[:3]} == {1, 2}, "neither has the number for itself"


def test_one_conversation_a_day(folder):
    """Who spoke with one department today hears the other tomorrow."""
    with Engaged(busy=False) as he:
        rows = called_by_both(folder, he, 4)
    assert [(row["day"], row["run"], row["code"], row["heard"]) for row in rows] == [
        ("2026-12-07", 1, 10, True), ("2026-12-08", 2, 10, True)]
