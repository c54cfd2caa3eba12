"""Spoken answers in whole calls: a resident (baresip) who speaks with Open JTalk's voice, over a real trunk."""
import pytest

from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.person_says import joined, silence, words

ACCOUNTS = {"osame": "correct-horse", "0265784101": "pw-person"}


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def said(*parts):
    """Words, and seconds of silence between them."""
    return joined(*(words(part) if isinstance(part, str) else silence(part) for part in parts))


def one_call(folder, sound, recognition, scenario="reminder"):
    """The attempt of a campaign's one call to somebody who says `sound` from the call's beginning."""
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Baresip(folder / "callee", "0265784101", "pw-person", trunk.port, sound=sound) as callee:
            callee.run()
            with Osamed(folder / "osame", trunk=trunk.uri) as engine:
                engine.keys["trunk main"].update(user="osame", password=ACCOUNTS["osame"], register="yes")
                engine.keys["recognition"] = recognition
                engine.campaign(waves=(VOICE,), scenario=scenario, limit="3 min")
                engine.run()
                engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101")]))
                engine.wait_run("draft")
                engine.start_run()
                engine.wait_run("closed", seconds=180)
                attempt, = engine.attempts()
                return attempt


def test_a_spoken_no_and_silence(folder):
    """いいえ while the question plays: asked who it is, silence, another person; nothing secret was said."""
    attempt = one_call(folder, said(6, "いいえ。"), {"enabled": "yes"})
    assert attempt["spoken"].startswith("who=いいえ("), attempt
    assert attempt["listener"] == "pocketsphinx en-us"
    assert (attempt["code"], attempt["unheard"], attempt["replies"]) == (52, 0, "")


def test_a_spoken_yes_raises_nothing(folder):
    """はい again and again: without the key nothing is told, and nothing is recorded."""
    attempt = one_call(folder, said(6, *("はい。", 4) * 8), {"enabled": "yes"})
    assert attempt["spoken"].startswith("who=はい("), attempt
    assert (attempt["code"], attempt["heard"], attempt["replies"]) == (10, False, "")
