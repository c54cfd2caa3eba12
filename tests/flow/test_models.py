"""The model notice in whole calls, and the way to staff of both models: residents (baresip) who listen to each prompt and press keys, one for each way out.

What each of them heard is looked for in the recording of his own call: the sentence is read aloud by Open JTalk once more,
apart from Osame. The outcome, what he answered and the task for staff are looked up in the attempts."""
import contextlib

import pytest

from tests.support import sound
from tests.support.kamailio import Kamailio
from tests.support.osamed import COLUMNS, VOICE, Osamed, csv_bytes, person
from tests.support.peer import remove, temporary_folder
from tests.support.person import Person
from tests.support.sipp import Sipp


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


def calls(folder, scenario, kind, ways, routes=None, keys=None, rows=None, prepare=None):
    """{way: (attempt, what the telephone heard)}, all called at once. `keys`: more of the configuration; `rows`: more
    columns of each person's row; `prepare` is called before the engine starts."""
    more = rows or {}
    numbers = {way: f"02659010{n:02d}" for n, way in enumerate(ways)}
    accounts = {"osame": "correct-horse", **{number: f"pw-{number}" for number in numbers.values()}}
    with contextlib.ExitStack() as stack:
        trunk = stack.enter_context(Kamailio(folder / "trunk", accounts, routes=routes or {}))
        trunk.run()
        people = {}
        for way, (answers, *_) in ways.items():
            number = numbers[way]
            people[way] = stack.enter_context(
                Person(folder / number, number, f"pw-{number}", trunk.port, answers=answers))
            people[way].run()
        engine = stack.enter_context(Osamed(folder / "osame", trunk=trunk.uri))
        engine.keys["trunk main"].update(user="osame", password=accounts["osame"], register="yes")
        engine.keys["voice"]["lines"] = len(ways) + 1
        for section, values in (keys or {}).items():
            engine.keys.setdefault(section, {}).update(values)
        if prepare:
            prepare(engine)
        engine.campaign(waves=(VOICE,), kind=kind, scenario=scenario, limit="5 min")
        engine.run()
        engine.drop_in("015_202096_taisho_1.csv",
                       csv_bytes([*COLUMNS, *sorted({name for row in more.values() for name in row})],
                                 [person(n, number, **more.get(way, {})) for n, (way, number) in enumerate(numbers.items())]))
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


STAFF = "0265784199"
# scenario; keys after each prompt; what he answered where staff speak with him, and where they cannot; the tasks then
TO_STAFF = {
    "notice": (["3"], "answer=staff", "answer=callback", "折返し希望"),
    "reminder": (["1", "0521", "4"], "answer=consult", "answer=consult", "相談希望;折返し希望"),
}


@pytest.mark.parametrize("scenario, hours, staff, transfer", [
    ("reminder", "8:30-20:30", "hang_up", "window=far_end_disconnect("),
    ("notice", "8:30-20:30", "busy", "window=busy("),
    ("notice", "3:00-3:01", "hang_up", "")])
def test_staff_in_their_hours_and_else_a_task(folder, scenario, hours, staff, transfer):
    keys, spoke, asked, tasks = TO_STAFF[scenario]
    with Sipp(folder / "staff", staff, name="staff") as window:
        window.run()
        (attempt, heard, pressed), = calls(
            folder, scenario, scenario, {"staff": (keys,)}, routes={STAFF: window.uri},
            keys={"transfer window": {"number": STAFF}, "department zeimu": {"callback_hours": hours}}).values()
        rung = [text for _, way, text in window.messages() if way == "in" and text.startswith("INVITE")]
    said = f"{attempt}, pressed {pressed}"
    reached = transfer.startswith("window=far_end")
    assert attempt["code"] == 10 and attempt["heard"], said
    done = attempt.get("transfer", "")
    assert done.startswith(transfer) and bool(done) == bool(transfer) == bool(rung), said
    assert (attempt["replies"], attempt["tasks"]) == ((spoke, "") if reached else (asked, tasks)), said
    fits = {text: sound.fit(heard, sound.spoken(text))[0] for text in ("おつなぎします。", "職員が折り返しお電話します。")}
    assert [fit > 0.85 for fit in fits.values()] == [bool(transfer), not reached], f"{fits}: {said}"
