"""What is kept of dozens of messages when the engine ends in the middle of them: by SIGTERM, and by kill -9."""
import contextlib
import threading
import time

import numpy as np
import pytest

from tests.flow.test_archive import keygen, rehearse_to, sealed, verify
from tests.flow.test_recording import SCENARIO, samples_of
from tests.support import sound
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.person_says import tone
from tests.support.resident import Phone, Way, coded_voice, mulaw

FILE = "015_202096_taisho_1.csv"
MANY = 30
ASKED = "ご用件を"
TONE, PAUSE = 0.3, 0.2  # seconds: what has no pauses is taken for the line's noise


def pitch(n):
    """What telephone n says: a tone of its own."""
    return 500 + 20 * n


def speaks(n, seconds):
    """His tone for so long, and silence then, until the call is over."""
    def does(phone):
        phone.speaking.set()
        pause = b"\xff" * int(PAUSE * sound.RATE)
        told = mulaw(tone((pitch(n),), TONE)) + pause
        end = time.monotonic() + seconds
        while not phone.stop and not phone.over.is_set():
            phone.says(told if time.monotonic() < end else pause)
    return does


class Speaker(Phone):
    def __init__(self, folder, n, seconds):
        self.speaking = threading.Event()
        super().__init__(folder, n, Way([(ASKED, speaks(n, seconds))], 10, []))

    def __exit__(self, *error):
        self.over.set()
        self.talking.set()
        self.person.join()
        super().__exit__(*error)


def loudest(samples):
    """In Hz."""
    power = np.abs(np.fft.rfft(samples))
    return np.argmax(power) * sound.RATE / samples.size


class Town:
    """`seconds`: how long each of them speaks."""

    def __init__(self, folder, stack, seconds):
        speech, program = coded_voice(folder)
        self.phones = [stack.enter_context(Speaker(speech, n, s)) for n, s in enumerate(seconds, 1)]
        numbers = {phone.n: f"02657846{phone.n:02d}" for phone in self.phones}
        trunk = stack.enter_context(Kamailio(folder / "trunk", {"osame": "correct-horse"},
                                             routes={numbers[phone.n]: phone.uri for phone in self.phones}))
        trunk.run()
        self.engine = engine = stack.enter_context(Osamed(folder / "osame", trunk=trunk.uri))
        engine.keys["trunk main"].update(user="osame", password="correct-horse")
        engine.keys["voice"].update(lines=len(self.phones), keep_sound="yes", detection="no")
        engine.keys["engine"]["calls_per_second"] = 50
        engine.keys["speech"] = {"program": program}
        (engine.specs / "scenarios" / "say.vxml").write_text(SCENARIO)
        engine.campaign(waves=[VOICE], scenario="say", limit="3 min")
        self.key = keygen(engine)
        engine.run()
        engine.drop_in(FILE, targets([person(phone.n, numbers[phone.n]) for phone in self.phones]))
        engine.start_run()

    def all_speak(self, seconds):
        """All of them are in the middle of their message, for so long at least."""
        for phone in self.phones:
            assert phone.speaking.wait(60), f"telephone {phone.n} was not asked"
        time.sleep(seconds)

    def files(self, pattern="*.wav"):
        return sorted(self.engine.var.glob(f"archive/*/*/*/recordings/{pattern}"))

    def check(self):
        """Nobody is called twice, and each recording's record says what there is."""
        engine = self.engine
        engine.wait_run("closed", seconds=60)
        attempts = {a["attempt"]: a for a in engine.attempts()}
        assert len(attempts) == len(self.phones) and {a["state"] for a in attempts.values()} <= {"ended", "unknown"}
        assert [len(phone.came("INVITE")) for phone in self.phones] == [1] * len(self.phones)
        rows = engine.rows("recordings")
        self.there = {f"call-{r['call']:010d}-{r['n']:02d}.wav" for r in rows if r["sound"] == "kept"}
        assert {path.name for path in self.files()} == self.there
        for path in self.files():  # whole, as its header says, and his
            n = int(attempts[int(path.name[5:15])]["person"]) - 100000
            assert abs(loudest(samples_of(path)) - pitch(n)) < 5, path.name
        return attempts, rows

    def seal(self):
        """The day holds what the records say, and what a kill left half written (.afile-…) is gone."""
        rehearse_to(self.engine, "2026-12-08 12:00")
        sealed(self.engine)
        assert verify(self.engine, "--key", self.key)[0] == 0
        assert {path.name for path in [*self.files(), *self.files(".*")]} == self.there


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def test_an_orderly_end_keeps_all_of_them(folder):
    with contextlib.ExitStack() as stack:
        town = Town(folder, stack, [120] * MANY)
        town.all_speak(4)
        town.engine.stop(30)
        before = [path.read_bytes() for path in town.files()]
        town.engine.restart()
        attempts, rows = town.check()
        assert before == [path.read_bytes() for path in town.files()], "written before it ended"
        assert {a["code"] for a in attempts.values()} == {11}, "we hung up in the middle"
        assert sorted(r["call"] for r in rows) == sorted(attempts)
        assert {r["sound"] for r in rows} == {"kept"} and min(r["ms"] for r in rows) > 2000, rows
        town.seal()


@pytest.mark.parametrize("files", [1, 7])
def test_a_kill_loses_no_record(folder, files):
    """As soon as so many of the first half's messages are on disk; the other half still speaks."""
    with contextlib.ExitStack() as stack:
        town = Town(folder, stack, [3] * (MANY // 2) + [120] * (MANY // 2))
        town.engine.until(lambda: len(town.files()) >= files, 90, "messages are kept", every=0.001)
        town.engine.kill9()
        for phone in town.phones:
            phone.over.set()
        town.engine.restart()
        attempts, rows = town.check()
        sounds = {r["call"]: r["sound"] for r in rows}
        over = {n for n, a in attempts.items() if a["state"] == "ended"}
        assert over and set(sounds) == over, "who left a message is known by the call's own outcome"
        assert set(sounds.values()) <= {"kept", "missing"} and list(sounds.values()).count("kept") >= files, rows
        assert all(attempts[n]["code"] == 90 for n in set(attempts) - over)
        town.seal()
