"""The model reminder in whole calls: every way through it that ends otherwise, each with a telephone of its own, all
called at once. Which sentences were said is known exactly (tests/support/coded_speech.py), so each way tells what
must be heard, and nobody who did not prove who he is may have heard a tax or an amount.

How it sounds is test_models.py's and test_heard.py's.
"""
import contextlib
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.osamed import payment, payments
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.person_says import tone
from tests.support.resident import City, Way, check_way, fixed, mulaw, spoken

ROOT = Path(__file__).resolve().parents[2]

# Sentences by which a question, and an end, is known.
WHO, WHO_AGAIN, BIRTH, BIRTH_AGAIN = "ご本人ですか", "はい、または、いいえ", "お誕生日の月と日", "もう一度、お誕生日"
ANSWER, DAY, DAY_AGAIN, SURE = "お納めになった方は1", "いつ納めますか", "30日のうちの日付", "ですね。"
PUBLIC, SECRET, AMOUNT, TOTAL = "納付を確認できていない", "固定資産税", "円です", "合計は"
BYE, QUIET, STAFF = "ATMの操作", "番号を押せない電話の方", "職員が折り返しお電話します"
SELF, MATCHED = [(WHO, "1")], [(WHO, "1"), (BIRTH, "0521")]
CALL_BACK = "相談希望;折返し希望"
STALE = "このお電話はこれで終わります"
# Not much longer than the first prompt is here: what is said behind it is an answer that is none.
GREETING = "ただいま留守にしております。発信音のあとに、お話しください。"
SCREENING = "お名前とご用件をお話しください。"


def pays(phone):
    """He pays at the counter meanwhile, and asks to hear it once more until the engine knows it."""
    phone.engine.drop_in("015_202096_keshikomi_1.csv", payments([payment(phone.n)]))
    while phone.hears(ANSWER, STALE) == ANSWER:
        phone.press("0")


def greets(text, *tones):
    """A machine's greeting: at once, whatever is said meanwhile."""
    def sounds(phone):
        phone.says(spoken(text))
        for hertz, seconds in tones:
            phone.says(mulaw(tone((hertz,), seconds)))
        phone.says(b"\xff" * 24000)
    return ("", sounds)


def after(presses, *more, **result):
    """Somebody who matched and heard the amount, and then answered."""
    return Way(MATCHED + presses, 10, [WHO, BIRTH, SECRET, *more], main=True, reached="照合一致", **result)


WAYS = {
    # who it is
    "somebody else": Way([(WHO, "2")], 52, ["ご本人にお伝えください"], never=[BYE], reached="本人以外"),
    "a wrong number": Way([(WHO, "3")], 51, ["今後、この番号へはお電話しません"], never=[BYE], reached="番号違い"),
    "says nothing": Way([], 10, [WHO, WHO_AGAIN, QUIET, BYE]),
    "keys that are none": Way([(WHO, "7"), (WHO_AGAIN, "7"), (WHO_AGAIN, "7")], 10, [WHO, WHO_AGAIN, BYE], never=[QUIET]),
    # the birthday
    "twice another birthday": Way(SELF + [(BIRTH, "0101"), (BIRTH_AGAIN, "0202")], 50, [BIRTH, BIRTH_AGAIN, BYE],
                                  never=[PUBLIC], reached="照合不一致"),
    "once wrong, then right": Way(SELF + [(BIRTH, "0101"), (BIRTH_AGAIN, "0521"), (ANSWER, "1")], 10,
                                  [BIRTH, BIRTH_AGAIN, SECRET, BYE], main=True, replies="answer=paid", tasks="納付済申告",
                                  reached="照合一致"),
    "does not know it": Way(SELF + [(BIRTH, "#"), (ANSWER, "3")], 10, [BIRTH, PUBLIC, "納付書のご希望を承りました", BYE],
                            main=True, replies="answer=slip", tasks="納付書再発行希望", reached="本人と回答"),
    "wrong, then does not know it": Way(SELF + [(BIRTH, "0101"), (BIRTH_AGAIN, "#")], 10, [BIRTH_AGAIN, BYE],
                                        never=[PUBLIC], reached="本人と回答"),
    "no birthday pressed": Way(SELF, 10, [BIRTH, BIRTH_AGAIN, QUIET, BYE], never=[PUBLIC], reached="本人と回答"),
    "a company": Way(SELF + [(ANSWER, "4")], 10, [PUBLIC, STAFF, BYE], main=True, replies="answer=consult", tasks=CALL_BACK,
                     never=[BIRTH], rows=[{"生年月日": ""}], reached="本人と回答"),
    # the answer
    "paid": after([(ANSWER, "1")], "二週間ほどかかる", BYE, replies="answer=paid", tasks="納付済申告"),
    "no slip": after([(ANSWER, "3")], "納付書のご希望を承りました", BYE, replies="answer=slip", tasks="納付書再発行希望"),
    "staff": after([(ANSWER, "4")], STAFF, BYE, replies="answer=consult", tasks=CALL_BACK),
    "a message": after([(ANSWER, "5")], "あとでメッセージでお送りします", BYE, replies="answer=sms",
                       rows=[{"電話番号2": "09012345671", "電話区分2": "2", "SMS可否2": "1"}]),
    "again, then paid": after([(ANSWER, "0"), (ANSWER, "1")], ANSWER, SECRET, ANSWER, BYE, replies="answer=paid",
                              tasks="納付済申告"),
    "two debts": after([(ANSWER, "1")], TOTAL, ANSWER, BYE, replies="answer=paid", tasks="納付済申告",
                       rows=[{}, {"期別": "4", "通知書番号": "N90001", "未納額": "500"}]),
    "no answer": after([], ANSWER, ANSWER, QUIET, BYE),
    "answers that are none": after([(ANSWER, "9"), (ANSWER, "9"), (ANSWER, "9")], ANSWER, ANSWER, BYE, never=[QUIET]),
    # a promise
    "promises": after([(ANSWER, "2"), (DAY, "1215"), (SURE, "1")], DAY, "12月15日ですね", "承りました", BYE,
                      replies="answer=promise;promise=2026-12-15"),
    "another day, then promises": after([(ANSWER, "2"), (DAY, "1215"), (SURE, "2"), (DAY_AGAIN, "1220"), (SURE, "1")],
                                        "12月15日ですね", DAY_AGAIN, "12月20日ですね", "承りました", BYE,
                                        replies="answer=promise;promise=2026-12-20"),
    "days out of reach": after([(ANSWER, "2"), (DAY, "0315"), (DAY_AGAIN, "0230")], DAY, DAY_AGAIN, STAFF, BYE,
                               replies="answer=promise", tasks=CALL_BACK, never=["承りました"]),
    "never sure": after([(ANSWER, "2"), (DAY, "1215"), (SURE, "2"), (DAY_AGAIN, "1216"), (SURE, "2"),
                         (DAY_AGAIN, "1217"), (SURE, "2")], DAY, "12月17日ですね", STAFF, BYE, replies="answer=promise",
                        tasks=CALL_BACK, never=["承りました"]),
    "no day pressed": after([(ANSWER, "2")], DAY, DAY_AGAIN, STAFF, BYE, replies="answer=promise", tasks=CALL_BACK),
    "days cut short": after([(ANSWER, "2"), (DAY, "12"), (DAY_AGAIN, "1")], DAY, DAY_AGAIN, STAFF, BYE,
                            replies="answer=promise", tasks=CALL_BACK),
    "sure of nothing": after([(ANSWER, "2"), (DAY, "1215")], "12月15日ですね", "12月15日ですね", STAFF, BYE,
                             replies="answer=promise", tasks=CALL_BACK, never=["承りました"]),
    "sure of another key": after([(ANSWER, "2"), (DAY, "1215"), (SURE, "5"), (SURE, "5")], "12月15日ですね", STAFF, BYE,
                                 replies="answer=promise", tasks=CALL_BACK, never=["承りました"]),
    # plain Japanese
    "plain, promises": Way([(WHO, "8"), ("はい、の人は、1", "1"), ("あなたの、生まれた月と日", "0521"),
                            ("もう払った人は、1", "2"), ("いつ、払いますか", "1215"), (SURE, "1")], 10,
                           ["大切なお知らせの、電話です", "固定資産税の、第3期です", "いつ、払いますか", "12月15日ですね",
                            "払う日が、変わることはありません", "銀行の番号や、暗証番号を、聞きません"], main=True,
                           replies="answer=promise;promise=2026-12-15", never=[BIRTH, BYE], reached="照合一致"),
    "plain, somebody else": Way([(WHO, "8"), ("はい、の人は、1", "2")], 52, ["話は、本人だけにします"], never=[BYE],
                                reached="本人以外"),
    # he hangs up
    "hangs up at once": Way([("こちらは", None)], 16, ["こちらは"], never=[WHO, BIRTH], reached=""),
    "hangs up at the question": Way([(WHO, None)], 11, [WHO], never=[BIRTH]),
    "hangs up before the amount": Way(MATCHED + [(SECRET, None)], 11, [SECRET], never=[ANSWER], reached="照合一致"),
    "hangs up at the answer": Way(MATCHED + [(ANSWER, None)], 10, [SECRET], main=True, never=[BYE], reached="照合一致"),
    "pays during the call": Way(MATCHED + [(ANSWER, "0"), (SECRET, pays)], 10, [SECRET, ANSWER, SECRET, STALE],
                                main=True, never=[BYE], reached="照合一致"),
    # no person, or one behind a device
    "a machine": Way([greets(GREETING, (1000, 0.6))], 12, ["お伝えしたいことがあり"], never=[BYE], reached=""),
    "a device that asks who calls": Way([greets(SCREENING), ("お知らせのお電話です", "1"), (WHO, "2")], 52,
                                        ["お知らせのお電話です", WHO, "ご本人にお伝えください"], reached="本人以外"),
    # as long as T.30 has it: on a busy machine it comes in pieces
    "a fax": Way([greets("", (2100, 3.5))], 13, [], never=[BYE], reached=""),
    # he speaks: a word proves nothing, and is confirmed by a key, or by a second one
    "says yes, and is it": Way([(WHO, "はい。"), ("ご本人でよろしければ", "1"), (BIRTH, "0521"), (ANSWER, "1")], 10,
                               [WHO, "ご本人でよろしければ", BIRTH, SECRET, BYE], main=True, replies="answer=paid",
                               tasks="納付済申告", reached="照合一致"),
    "says no, a wrong number": Way([(WHO, "いいえ。"), ("ご家族などは1、番号違いは2", "2")], 51,
                                   ["今後、この番号へはお電話しません"], never=[BIRTH], reached="番号違い"),
    "says no, family": Way([(WHO, "いいえ。"), ("ご家族などは1、番号違いは2", "1")], 52, ["ご本人にお伝えください"],
                           never=[BIRTH], reached="本人以外"),
    "asks for a slip": after([(ANSWER, "納付書。"), ("納付書がない、でよろしければ", "1")], "納付書のご希望を承りました", BYE,
                             replies="answer=slip", tasks="納付書再発行希望"),
    "asks for staff, yes": after([(ANSWER, "相談。"), ("相談したい、でよろしければ", "はい。")], STAFF, BYE,
                                 replies="answer=consult", tasks=CALL_BACK),
    "will pay, says so": after([(ANSWER, "これから払います。"), ("これから納める、でよろしければ", "1"), (DAY, "1215"), (SURE, "1")],
                               DAY, "12月15日ですね", "承りました", BYE, replies="answer=promise;promise=2026-12-15"),
    "will pay, not so": after([(ANSWER, "これから払います。"), ("これから納める、でよろしければ", "2"), (ANSWER, "1")], ANSWER,
                              "二週間ほどかかる", BYE, replies="answer=paid", tasks="納付済申告", never=["いつ納めますか"]),
    "says paid, no": after([(ANSWER, "払いました。"), ("お納めになった、でよろしければ", "2"), (ANSWER, "4")], ANSWER, STAFF, BYE,
                           replies="answer=consult", tasks=CALL_BACK, never=["二週間ほど"]),
}


@pytest.fixture(scope="module")
def city():
    """Everybody was called; the engine is still there."""
    folder = temporary_folder("osame-flow-")
    try:
        with contextlib.ExitStack() as stack:
            yield City(folder, stack, WAYS)
    finally:
        remove(folder)


@pytest.mark.parametrize("name", WAYS)
def test_way(city, name):
    check_way(WAYS[name], city.attempt(name), city.phones[name].texts())


def sentences(scenario):
    """What a document says at the usual pace to who was called."""
    document = ElementTree.parse(scenario)
    vxml, ours = "{http://www.w3.org/2001/vxml}", "{urn:osame:scenario:1}"
    unkept = set(document.findall(f"{ours}announce/{vxml}prompt"))  # said only where utterances are kept: not here
    staff = set(document.findall(f".//{vxml}transfer/{vxml}prompt"))  # nobody to transfer to: test_transfer_engine.py
    said = set(document.iter(f"{vxml}prompt")) - unkept - staff
    return list(fixed(p for p in said if not re.search(r"(?<!!)(easy|inbound\(\))", p.get("cond", ""))))


def test_everything_that_it_can_say_was_heard(city):
    """So no way is forgotten above."""
    heard = "\n".join(text for phone in city.phones.values() for text in phone.texts())
    said = sentences(ROOT / "specs/scenarios/reminder.vxml")
    assert len(said) > 50
    assert [text for text in said if text not in heard] == []


def test_what_becomes_of_them(city):
    """Holds, the number book, and the message."""
    people = {f"{100000 + phone.n}": name for name, phone in city.phones.items()}
    # The rehearsal clock may have jumped over their days meanwhile.
    holds = {people[h["person"]]: h["kind"] for h in city.engine.rows("hold", "list", "--ended")}
    assert holds == {name: kind for name, way in WAYS.items() for word, kind in
                     (("納付済申告", "paid"), ("promise=", "promise")) if word in way.tasks + way.replies}
    wrong = {people[e["person"]] for e in city.engine.rows("number", "list") if e["mark"] == "wrong"}
    assert wrong == {name for name, way in WAYS.items() if way.code == 51}
    wait_until(city.kannel.received, 20, why="the message")
    assert [(m.to, "お伝えしたいことがあります" in m.text) for m in city.kannel.received()] == [("09012345671", True)]
