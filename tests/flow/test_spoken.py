"""Spoken answers in whole calls: a resident (baresip) who speaks with Open JTalk's voice, over a real trunk."""
import array
import io
import subprocess
import wave

import pytest

from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder

ACCOUNTS = {"osame": "correct-horse", "0265784101": "pw-person"}
VOICE_FILE = "/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def words(text):
    """Open JTalk's words at 8 kHz: each sixth sample of a mean over six."""
    done = subprocess.run(["open_jtalk", "-x", "/var/lib/mecab/dic/open-jtalk/naist-jdic", "-m", VOICE_FILE,
                           "-ow", "/dev/stdout"], input=text.encode(), capture_output=True, check=True, timeout=60)
    with wave.open(io.BytesIO(done.stdout)) as w:
        fast = array.array("h", w.readframes(w.getnframes()))
    return array.array("h", (sum(fast[i:i + 6]) // 6 for i in range(0, len(fast) - 6, 6)))


def said(*parts):
    """Words, and seconds of silence between them."""
    sound = array.array("h")
    for part in parts:
        sound.extend(words(part) if isinstance(part, str) else array.array("h", bytes(2 * int(8000 * part))))
    return sound.tobytes()


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
