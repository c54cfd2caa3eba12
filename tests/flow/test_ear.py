"""What a call hears: keys as tones and by INFO, and who answered: a machine, a device that asks who calls.

The callee's sound is made of Open JTalk's words and of tones, and baresip sends it."""
import pytest

from tests.support import sound as speech
from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.person_says import joined, silence, tone, words
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp

ACCOUNTS = {"osame": "correct-horse", "0265784101": "pw-person"}
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477)


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def key(name):
    at = "123456789*0#".index(name)
    return tone((LOW[at // 3], HIGH[at % 3]), 0.12)


def loud_s(samples):
    """Seconds of sound in a recording."""
    return sum(0.02 for i in range(0, len(samples) - 160, 160)
               if sum(map(abs, samples[i:i + 160])) > 160 * 200)


def test_keys_by_info(folder):
    with Sipp(folder / "callee", "press_info") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, detect=1) as driver:
            driver.call(7, keys=2)
            end = driver.end_of(7)
        answers = [text.splitlines()[0] for _, way, text in callee.messages() if way == "in"]
    assert (end["code"], end["keys"]) == (10, "57")
    assert answers.count("SIP/2.0 200 OK") == 3, "each INFO is answered, also the one that is no key"


@pytest.mark.parametrize("pressed", [(), [(2.52, "0"), (3.12, "5"), (3.72, "0"), (4.32, "3")]],
                         ids=["tones alone", "tones and events"])
def test_keys_as_tones(folder, pressed):
    """One press is one key, whether it comes as a tone, or as a tone and as an event."""
    sound = joined(silence(2.5), *(part for k in "0503" for part in (key(k), silence(0.48))))
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Baresip(folder / "person", "0265784101", "pw-person", trunk.port, keys=pressed, sound=sound) as callee:
            callee.run()
            with Driver(folder / "driver", trunk.uri, user="osame", password=ACCOUNTS["osame"], register=1,
                        tones=1, detect=1) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                driver.call(42, number="0265784101", keys=5)
                end = driver.end_of(42, 30)
    assert end["keys"] == "0503", "and the fifth never came"


@pytest.fixture
def call_of(folder):
    """call_of(sound, scenario) -> (the attempt, what the callee heard): one call of a whole campaign."""
    made = []

    def make(sound, scenario="reminder"):
        trunk = Kamailio(folder / "trunk", ACCOUNTS)
        made.append(trunk)
        trunk.run()
        callee = Baresip(folder / "callee", "0265784101", "pw-person", trunk.port, sound=sound)
        made.append(callee)
        callee.run()
        engine = Osamed(folder / "osame", trunk=trunk.uri)
        made.append(engine)
        engine.keys["trunk main"].update(user="osame", password=ACCOUNTS["osame"], register="yes")
        engine.campaign(waves=(VOICE,), scenario=scenario, limit="3 min")
        engine.run()
        engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101")]))
        engine.wait_run("draft")
        engine.start_run()
        engine.wait_run("closed", seconds=120)
        attempt, = engine.attempts()
        return attempt, [samples for _, samples in callee.recordings()], engine
    yield make
    failed = None
    for peer in reversed(made):
        try:
            peer.stop()
        except AssertionError as e:
            failed = e
    if failed:
        raise failed


GREETING = ("ただいま、留守にしております。", "ピーという発信音のあとに、お名前とご用件をお話しください。")


# specs/scenarios/reminder.vxml: what anybody may hear who plays the tape, and what of it is not for the tape
MESSAGE = ("伊那市役所です。", "お伝えしたいことがあり、お電話しました。")
NOT_ON_TAPE = ("タカハシ　タロウ様ご本人ですか。", "ご本人は1を押してください。", "市税や保険料の中に、納付を確認できていないものがあります。")


def test_a_machine_gets_its_message_after_the_beep(call_of):
    greeting = joined(silence(0.8), *map(words, GREETING))
    attempt, heard, engine = call_of(greeting + joined(silence(0.4), tone((1000,), 0.6)))
    assert attempt["code"] == 12, attempt
    assert attempt["heard"] is False and attempt["replies"] == ""
    beep_over = len(greeting) // 2 + int(8000 * 1.0)
    tape = speech.samples(heard[0][beep_over:])
    for sentence in MESSAGE:
        fit, _ = speech.fit(tape, speech.spoken(sentence))
        assert fit > 0.85, f"{sentence} is on the tape, from behind the beep on: {fit}"
    for sentence in NOT_ON_TAPE:
        fit, _ = speech.fit(tape, speech.spoken(sentence))
        assert fit < 0.75, f"{sentence} is for nobody but him: {fit}"
    rows = engine.out_rows("kekka")
    assert [row["結果"] for row in rows] == ["12"]


def test_a_device_that_asks_and_nobody_comes(call_of):
    sound = joined(silence(0.8), words("この電話は、迷惑電話防止のため、会話内容が、自動録音されます。"),
                   silence(0.3), words("恐れ入りますが、お名前を、お話しください。"))
    attempt, heard, _ = call_of(sound)
    assert attempt["code"] == 15, attempt
    assert attempt["heard"] is False


def test_a_fax(call_of):
    attempt, _, _ = call_of(joined(silence(1.0), tone((2100,), 3.0)))
    assert attempt["code"] == 13, attempt
