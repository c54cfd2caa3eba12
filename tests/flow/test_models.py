"""The model notice in whole calls: residents (baresip) who listen to each prompt and press keys, one for each way out.

What each of them heard is looked for in the recording of his own call: the sentence is read aloud by Open JTalk once more,
apart from Osame. The outcome, what he answered and the task for staff are looked up in the attempts."""
import contextlib

import pytest

from tests.support import sound
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.person import Person


# keys after each prompt; outcome; heard the message; replies; tasks; a sentence that was heard
NOTICE = {
    "no slip": (["2"], 10, True, "answer=slip", "納付書再発行希望", "納付書のご希望を承りました。"),
    "again, then staff": (["1", "3"], 10, True, "answer=callback", "折返し希望", "職員が折り返しお電話します。"),
    "never again": (["9", "1"], 51, True, "answer=stop", "停止要望", "この番号へのお知らせを止める方は1を押してください。"),
    "says nothing": ([], 10, True, "", "", "職員がお答えします。"),
    # slower than Open JTalk speaks by itself: its words are looked for by the unit tests alone
    "plain Japanese by key": (["8", "2"], 10, True, "answer=slip", "納付書再発行希望", None),
}


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def calls(folder, scenario, kind, ways):
    """{way: (attempt, what the telephone heard)}, all called at once."""
    numbers = {way: f"02659010{n:02d}" for n, way in enumerate(ways)}
    accounts = {"osame": "correct-horse", **{number: f"pw-{number}" for number in numbers.values()}}
    with contextlib.ExitStack() as stack:
        trunk = stack.enter_context(Kamailio(folder / "trunk", accounts))
        trunk.run()
        people = {}
        for way, (answers, *_) in ways.items():
            number = numbers[way]
            people[way] = stack.enter_context(
                Person(folder / number, number, f"pw-{number}", trunk.port, answers=answers))
            people[way].run()
        engine = stack.enter_context(Osamed(folder / "osame", trunk=trunk.uri))
        engine.keys["trunk main"].update(user="osame", password=accounts["osame"], register="yes")
        engine.keys["voice"]["lines"] = len(ways)
        engine.campaign(waves=(VOICE,), kind=kind, scenario=scenario, limit="5 min")
        engine.run()
        engine.drop_in("015_202096_taisho_1.csv",
                       targets([person(n, number) for n, number in enumerate(numbers.values())]))
        engine.wait_run("draft")
        engine.start_run()
        engine.wait_run("closed", seconds=400)
        attempts = {a["person"]: a for a in engine.attempts()}
        return {way: (attempts[f"{100000 + n}"], sound.samples(people[way].recordings()[-1][1]), people[way].pressed)
                for n, way in enumerate(ways)}


def test_every_way_out_of_the_notice(folder):
    for way, (attempt, heard, pressed) in calls(folder, "notice", "notice", NOTICE).items():
        _, code, message, replies, task, sentence = NOTICE[way]
        said = f"{way}: {attempt}, pressed {pressed}"
        assert attempt["code"] == code, said
        assert attempt["heard"] is message, said
        assert replies in attempt["replies"] and bool(replies) == bool(attempt["replies"]), said
        assert task in attempt["tasks"] and bool(task) == bool(attempt["tasks"]), said
        if sentence:
            fit, _ = sound.fit(heard, sound.spoken(sentence))
            assert fit > 0.85, f"{way}: {sentence} was not heard: {fit}"
