"""What a resident heard, from baresip's recording: the amount of today and no other, at its level, whole.

The expected sentence is read aloud by Open JTalk once more, apart from Osame, and looked for in the
recording by normalised cross-correlation: the same words fit nearly everywhere, other words do not."""
import numpy as np
import pytest

from tests.support import sound
from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE_TWICE, Osamed, payment, payments, person, targets
from tests.support.peer import remove, temporary_folder, wait_until

ACCOUNTS = {"osame": "correct-horse", "0265784101": "pw-one", "0265784102": "pw-two"}

# 本人, then his birthday; the keys may come while it still speaks
KEYS = [(0.6, "1"), (1.2, "0"), (1.5, "5"), (1.8, "2"), (2.1, "1")]


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def sentence(amount):
    return f"{amount:,}円です。"


def calls(callee):
    return callee.count("CALL_INCOMING")


def answer_second(callee):
    """The first call rings until the caller gives up; the second is answered."""
    wait_until(lambda: calls(callee) >= 2, 60, why="the second call")
    callee.command("accept")


def check_sentence(heard, amount, near, far):
    """The sentence of `amount` in the recording, whole and at its level, and no other: neither one that differs in its last
    word, nor one that was never to be said."""
    wanted = sound.spoken(sentence(amount))
    fit, at = sound.fit(heard, wanted)
    assert fit > 0.9, f"{amount}: {fit}"
    for other, most in ((near, fit - 0.1), (far, 0.65)):
        less, _ = sound.fit(heard, sound.spoken(sentence(other)))
        assert less < most, f"{amount}: {fit}, {other}: {less}"
    said = heard[at:at + wanted.size]
    assert said.size == wanted.size, "its end is there"
    around = max(np.abs(heard[max(0, at - 1600):at - 400]).max(), np.abs(said[-1:]).max(),
                 np.abs(heard[at + wanted.size + 400:at + wanted.size + 1200]).max())
    assert around < 0.02, f"silence before and behind it, not {around}: it is no longer than it should be"
    assert abs(sound.level_db(said) + 20) < 1.0, f"{sound.level_db(said)} dBFS"
    gap = sound.longest_gap_ms(said, wanted)
    assert gap <= 40, f"a gap of {gap} ms"


def test_the_amount_of_today_is_heard(folder):
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Baresip(folder / "one", "0265784101", "pw-one", trunk.port, keys=KEYS) as one, \
                Baresip(folder / "two", "0265784102", "pw-two", trunk.port, keys=KEYS) as two:
            one.run(answer=False)
            two.run()
            with Osamed(folder / "osame", trunk=trunk.uri) as engine:
                engine.keys["trunk main"] |= {"user": "osame", "password": ACCOUNTS["osame"], "register": "yes"}
                engine.campaign(waves=[VOICE_TWICE])
                engine.run()
                engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101"), person(2, "0265784102")]))
                engine.wait_run("draft")
                engine.start_run()
                wait_until(lambda: calls(one) >= 1, 30, why="the first call")
                engine.drop_in("015_202096_keshikomi_1.csv", payments([payment(1, rest=4321)]))
                answer_second(one)
                engine.wait_run("closed", seconds=90)
                engine.wait_delivered()
                results = {row["通知書番号"]: int(row["結果"]) for row in engine.out_rows("kekka")}
            heard = [sound.samples(callee.recordings()[-1][1]) for callee in (one, two)]
    assert results == {"N00001": 10, "N00002": 10}
    check_sentence(heard[0], 4321, near=4320, far=10001)
    check_sentence(heard[1], 10002, near=10001, far=4321)
