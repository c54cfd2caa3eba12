"""The model reminder where residents ring back, and where spoken answers are kept: whole calls, all at once, by the
ways of tests/support/resident.py. What is said after the greeting, and to whom called, is test_reminder_ways.py's."""
import contextlib
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.peer import free_port, remove, temporary_folder
from tests.support.resident import City, RingsBack, Way, check_way, fixed

ROOT = Path(__file__).resolve().parents[2]
FIRST, PLAIN_FIRST = "こちらは", "大切なお知らせの、電話です"
THANKS, PLAIN_THANKS = "お電話ありがとうございます", "電話を、ありがとうございます"
KEPT, PLAIN_KEPT = "この通話のお答えは、記録します", "この電話の、あなたの答えは、録音します"
WHO, PLAIN_WHO = "ご本人ですか", "はい、の人は、1"
BIRTH, PLAIN_BIRTH, BIRTH_AGAIN = "お誕生日の月と日", "あなたの、生まれた月と日", "もう一度、お誕生日"
ANSWER, PLAIN_ANSWER, SECRET, PUBLIC = "お納めになった方は1", "もう払った人は、1", "固定資産税", "納付を確認できていない"
BYE, PLAIN_BYE, QUIET = "ATMの操作", "銀行の番号や、暗証番号を、聞きません", "番号を押せない電話の方"
LANGUAGE = {"言語": "por"}

# He is called, and hangs up at once; who answers then is of the other kind.
GONE = Way([(FIRST, None)], 16, [FIRST], reached="")
CALLED = {
    "says yes, and is it": Way(
        [(WHO, "はい。"), ("ご本人でよろしければ", "1"), (BIRTH, "0521"), (ANSWER, "1")], 10,
        [FIRST, KEPT, WHO, BIRTH, SECRET, BYE], main=True, replies="answer=paid", tasks="納付済申告", reached="照合一致"),
    "keys alone": Way([(WHO, "2")], 52, [FIRST, KEPT, WHO, "ご本人にお伝えください"], reached="本人以外"),
    "plain": Way([(PLAIN_WHO, "2")], 52, [PLAIN_FIRST, PLAIN_KEPT, PLAIN_WHO, "話は、本人だけにします"],
                 never=[KEPT, WHO], reached="本人以外", rows=[LANGUAGE]),
}
BACK = {
    "says yes, and will pay": Way(
        [(WHO, "はい。"), ("ご本人でよろしければ", "1"), (BIRTH, "0521"), (ANSWER, "2"), ("いつ納めますか", "1215"),
         ("ですね。", "1")], 10, [THANKS, KEPT, WHO, BIRTH, SECRET, "12月15日ですね", "承りました", BYE], main=True,
        replies="answer=promise;promise=2026-12-15", reached="照合一致"),
    "paid": Way([(WHO, "1"), (BIRTH, "0521"), (ANSWER, "1")], 10, [THANKS, KEPT, WHO, BIRTH, SECRET, BYE], main=True,
                replies="answer=paid", tasks="納付済申告", reached="照合一致"),
    "somebody else": Way([(WHO, "2")], 52, [THANKS, KEPT, WHO, "ご本人にお伝えください"], reached="本人以外"),
    "a wrong number": Way([(WHO, "3")], 51, [THANKS, "今後、この番号へはお電話しません"], reached="番号違い"),
    "twice another birthday": Way([(WHO, "1"), (BIRTH, "0101"), (BIRTH_AGAIN, "0202")], 50, [THANKS, BIRTH, BIRTH_AGAIN, BYE],
                                  reached="照合不一致"),
    "does not know it": Way([(WHO, "1"), (BIRTH, "#"), (ANSWER, "3")], 10, [THANKS, PUBLIC, "納付書のご希望を承りました", BYE],
                            main=True, replies="answer=slip", tasks="納付書再発行希望", reached="本人と回答"),
    "says nothing": Way([], 10, [THANKS, KEPT, WHO, QUIET, BYE]),
    "hangs up at once": Way([(THANKS, None)], 16, [THANKS], reached=""),
    "plain, by the file": Way([(PLAIN_WHO, "1"), (PLAIN_BIRTH, "0521"), (PLAIN_ANSWER, "1")], 10,
                              [PLAIN_THANKS, PLAIN_KEPT, PLAIN_WHO, "固定資産税の、第3期です", PLAIN_BYE], main=True,
                              replies="answer=paid", tasks="納付済申告", reached="照合一致", rows=[LANGUAGE],
                              never=[THANKS, KEPT, WHO]),
    "plain, by a key": Way([(WHO, "8"), (PLAIN_WHO, "2")], 52, [THANKS, KEPT, WHO, PLAIN_THANKS, PLAIN_WHO,
                                                                "話は、本人だけにします"], reached="本人以外"),
}


@pytest.fixture(scope="module")
def city():
    """Everybody was called; who was to ring back did."""
    folder = temporary_folder("osame-flow-")

    def prepare(engine):
        engine.keys["voice"]["port"] = engine.port = free_port()
        engine.keys["voice"]["keep_sound"] = "yes"
        engine.keys["engine"]["callback_ring"] = "15 s"

    try:
        with contextlib.ExitStack() as stack:
            gone = {name: Way(GONE.presses, 16, GONE.heard, reached="", rows=way.rows) for name, way in BACK.items()}
            city = City(folder, stack, CALLED | gone, numbers="02657845", prepare=prepare)
            city.back = {name: stack.enter_context(
                RingsBack(city.speech, city.engine, city.numbers[name], city.phones[name].n, way)) for name, way in BACK.items()}

            def records():
                rows = city.engine.rows("callbacks", "--whole", "--reason", "試験")
                return len(rows) == len(BACK) and all(r["state"] == "ended" for r in rows) and rows
            city.callbacks = {r["from"]: r for r in city.engine.until(records, 120, "all who rang back hung up", every=0.3)}
            city.answered = {a["person"]: a for a in city.engine.attempts() if a["inbound"]}
            yield city
    finally:
        remove(folder)


@pytest.mark.parametrize("name", CALLED)
def test_called(city, name):
    check_way(CALLED[name], city.attempt(name), city.phones[name].texts())


@pytest.mark.parametrize("name", BACK)
def test_rings_back(city, name):
    way, phone = BACK[name], city.back[name]
    row = city.callbacks[city.numbers[name]]
    assert (row["said"], row["why"], row["person"], row["heard"]) == ("scenario", "", f"{100000 + phone.n}", way.main), row
    assert row["note"] == ("" if way.main else "open"), row
    check_way(way, city.answered[f"{100000 + phone.n}"], phone.texts())


def test_everything_was_heard(city):
    """Each sentence that only who rings back hears, and that answers are kept; both in plain Japanese too."""
    document = ElementTree.parse(ROOT / "specs/scenarios/reminder.vxml")
    vxml, ours = "{http://www.w3.org/2001/vxml}", "{urn:osame:scenario:1}"
    prompts = [p for p in document.iter(f"{vxml}prompt") if re.search(r"(?<!!)inbound\(\)", p.get("cond", ""))]
    prompts += document.findall(f"{ours}announce/{vxml}prompt")
    said = list(fixed(prompts))
    heard = "\n".join(text for phone in (*city.phones.values(), *city.back.values()) for text in phone.texts())
    assert len(said) >= 6 and [text for text in said if text not in heard] == []


def test_spoken_answers_are_kept_and_keys_are_not(city):
    """Each call that heard the announcement and a word; no other has a recording."""
    calls = {a["attempt"]: a["person"] for a in (*city.attempts.values(), *city.answered.values())}
    kept = [(calls[r["call"]], r["kind"], r["field"], r["sound"]) for r in city.engine.rows("recordings")]
    spoke = [city.phones[name].n for name, way in (CALLED | BACK).items() if ("はい。" in [does for _, does in way.presses])]
    assert sorted(kept) == sorted((f"{100000 + n}", "answer", "who", "kept") for n in spoke)


def test_what_becomes_of_them(city):
    people = {f"{100000 + phone.n}": name for name, phone in city.phones.items()}
    holds = {people[h["person"]]: h["kind"] for h in city.engine.rows("hold", "list", "--ended")}
    assert holds == {name: kind for name, way in (CALLED | BACK).items() for word, kind in
                     (("納付済申告", "paid"), ("promise=", "promise")) if word in way.tasks + way.replies}
    wrong = {people[e["person"]] for e in city.engine.rows("number", "list") if e["mark"] == "wrong"}
    assert wrong == {"a wrong number"}
