"""Residents who go one way through a scenario: once they heard a sentence, not before, they press, say a word, or
hang up. `Phone` is called, `RingsBack` rings; `City` is the engine that calls many of them at once, with a voice whose
sentences are known exactly (coded_speech.py), a trunk and a gateway.
"""
import re
import shutil
import threading
import time
import unicodedata
from functools import lru_cache
from pathlib import Path

from tests.flow.test_keys import Telephone
from tests.flow.test_voice import ulaw
from tests.support.caller import Caller
from tests.support.coded_speech import Heard
from tests.support.kamailio import Kamailio
from tests.support.kannel import Kannel
from tests.support.osamed import COLUMNS, VOICE, Osamed, csv_bytes, person
from tests.support.person_says import words
from tests.support.ua import Ua

ROOT = Path(__file__).resolve().parents[2]
OURS = "0265784111"
FILE = "015_202096_taisho_1.csv"
# What is said of a debt from level 2, and from level 1; the second each in plain Japanese.
SECRET, PUBLIC = ("固定資産税", "までの、"), ("納付を確認できていない", "まだ、お金が払われたことを")


class Way:
    """`presses`: what he presses once he heard each sentence. `heard`: sentences that were said, in this order;
    `never`: that were not."""

    def __init__(self, presses, code, heard, main=False, replies="", tasks="", never=(), rows=({},), reached="冒頭"):
        self.presses, self.code, self.heard, self.main = presses, code, heard, main
        self.replies, self.tasks, self.never = replies, tasks, never
        self.rows, self.reached = rows, reached  # rows: how his debts differ from person()'s


class Resident:
    """`fresh()`: the sound since it was asked last; `over`: he hung up, or was hung up on."""

    def goes(self, folder, n, way):
        self.n, self.way, self.ears = n, way, Heard(folder)
        self.engine = None
        self.at = 0    # packets, or bytes, that were listened to
        self.said = 0  # sentences that led to something already
        self.over = threading.Event()
        self.telephone = Telephone(self)
        self.person = threading.Thread(target=self.answer, daemon=True)

    def texts(self):
        self.ears.take(self.fresh())
        return [plain(text) for text in self.ears.texts]

    def hears(self, *wanted):
        """Which of these sentences came first since the last one; None: the call is over."""
        while not self.stop and not self.over.is_set():
            for n, text in enumerate(self.texts()[self.said:], self.said):
                for sentence in wanted:
                    if plain(sentence) in text:
                        self.said = n + 1
                        return sentence
            time.sleep(0.02)
        return None

    def press(self, keys):
        for key in keys:
            self.telephone.packets(key, 6, gap=0.02)

    def says(self, ulaw_bytes):
        self.telephone.sound(ulaw_bytes)

    def answer(self):
        self.begins()
        for sentence, does in self.way.presses:
            if sentence and self.hears(sentence) is None:
                return
            if does is None:
                self.hang_up()
                self.over.set()
            elif callable(does):
                does(self)
            elif does[0] in "0123456789*#":
                self.press(does)
            else:
                self.says(spoken(does) + b"\xff" * 8000)


class Phone(Resident, Ua):
    def __init__(self, folder, n, way):
        Ua.__init__(self)
        self.goes(folder, n, way)

    def __enter__(self):
        self.person.start()
        return super().__enter__()

    def fresh(self):
        packets = self.packets[self.at:]
        self.at += len(packets)
        return b"".join(payload for *_, payload in packets)

    def begins(self):
        self.talking.wait()

    def hang_up(self):
        self.ask("BYE")


class RingsBack(Resident, Caller):
    def __init__(self, folder, engine, number, n, way):
        Caller.__init__(self, engine.port, OURS, number=number, acks=True)
        self.goes(folder, n, way)

    def __enter__(self):
        super().__enter__()
        self.person.start()
        return self

    def fresh(self):
        new = bytes(self.heard[self.at:])
        self.at += len(new)
        return new

    def begins(self):
        self.invite()
        self.wait(200, 30)

    def respond(self, request, *rest, **more):
        super().respond(request, *rest, **more)
        if request.startswith("BYE"):
            self.over.set()

    def hang_up(self):
        self.bye()


def plain(text):
    return unicodedata.normalize("NFKC", text)


def mulaw(samples):
    return bytes(ulaw(s) for s in samples)


@lru_cache(maxsize=None)
def spoken(text):
    """A word by Open JTalk's voice, as µ-law."""
    return mulaw(words(text)) if text else b""


def coded_voice(folder):
    """The folder where its sentences are known by, and the program."""
    speech = folder / "speech"
    (speech / "said").mkdir(parents=True)
    for place in (speech, speech / "said"):
        place.chmod(0o1777)
    return speech, shutil.copy(ROOT / "tests/support/coded_speech.py", speech)


def check_way(way, attempt, texts):
    """What is on record, what he heard, and that nobody who did not prove who he is heard more than he may."""
    told = f"{attempt}\n{texts}"
    assert (attempt["code"], attempt["heard"], attempt["reached"]) == (way.code, way.main, way.reached), told
    assert (attempt["replies"], attempt["tasks"]) == (way.replies, way.tasks), told
    at = 0
    for wanted in map(plain, way.heard):
        found = [n for n in range(at, len(texts)) if wanted in texts[n]]
        assert found, f"{wanted} was not heard, or not then: {told}"
        at = found[0] + 1
    secret = () if way.reached == "照合一致" else SECRET
    unsaid = () if way.reached in ("照合一致", "本人と回答") else PUBLIC
    for never in (*way.never, *secret, *unsaid):
        assert not [text for text in texts if plain(never) in text], f"{never} was said: {told}"


def fixed(prompts):
    """The sentences of <prompt> elements between their values, as the voice is given them."""
    words = [line.split("\t") for line in (ROOT / "specs/lexicon/replacements").read_text().splitlines() if "\t" in line]
    words.sort(key=lambda pair: -len(pair[0]))
    for prompt in prompts:
        for part in [text for element in prompt.iter() for text in (element.text, element.tail) if text]:
            for sentence in re.split("。", plain(part).replace("\n", "")):
                for word, spoken_as in words:
                    sentence = sentence.replace(plain(word), plain(spoken_as))
                if sentence.strip():
                    yield sentence.strip()


class City:
    """`ways`: {name: Way}; all are called at once, by the model reminder, until the run is closed. `prepare` is
    called with the engine before it starts."""

    def __init__(self, folder, stack, ways, numbers="02657843", prepare=None):
        self.speech, program = coded_voice(folder)
        self.phones = {way: stack.enter_context(Phone(self.speech, n, wanted)) for n, (way, wanted) in enumerate(ways.items(), 1)}
        for word in {does for way in ways.values() for _, does in way.presses if isinstance(does, str)}:
            if word[0] not in "0123456789*#":
                spoken(word)
        self.numbers = {way: f"{numbers}{phone.n:02d}" for way, phone in self.phones.items()}
        self.trunk = stack.enter_context(Kamailio(
            folder / "trunk", {"osame": "correct-horse"},
            routes={self.numbers[way]: phone.uri for way, phone in self.phones.items()}))
        self.trunk.run()
        self.kannel = stack.enter_context(Kannel(folder / "kannel"))
        self.engine = engine = stack.enter_context(Osamed(folder / "osame", trunk=self.trunk.uri, sms=self.kannel))
        engine.keys["trunk main"].update(user="osame", password="correct-horse")
        engine.keys["voice"]["lines"] = len(ways)
        engine.keys["engine"]["calls_per_second"] = 50
        engine.keys["speech"] = {"program": program}
        engine.keys["recognition"] = {"enabled": "yes"}
        if prepare:
            prepare(engine)
        engine.campaign(waves=(VOICE,), scenario="reminder", limit="5 min")
        engine.run()
        for phone in self.phones.values():
            phone.engine = engine
        rows = [person(phone.n, self.numbers[way], **row) for way, phone in self.phones.items() for row in ways[way].rows]
        columns = [*COLUMNS, *sorted({name for row in rows for name in row} - set(COLUMNS))]
        engine.drop_in(FILE, csv_bytes(columns, rows))
        engine.start_run()
        engine.wait_run("closed", seconds=120)
        self.attempts = {a["person"]: a for a in engine.attempts() if a["channel"] == "voice"}

    def attempt(self, name):
        return self.attempts[f"{100000 + self.phones[name].n}"]
