"""Messages that differ from person to person: what a general campaign's file carries, real osamed, Karaden's stand-in."""
import pytest

from tests.support import karaden as karaden_module
from tests.support.karaden import Karaden
from tests.support.osamed import Osamed, csv_bytes
from tests.support.peer import remove, temporary_folder, wait_until

FILE = "000_202096_taisho_1.csv"
WINDOW = '<window days="all" from="0:00" to="24:00"/>'
WAVE = f'<wave id="sms" channel="sms" from-day="0" to-day="1" attempts="1" text="kenshin">{WINDOW}</wave>'
COLUMNS = ("市区町村コード,宛名番号,氏名,フリガナ,生年月日,案件区分,年度,案件番号,期限日,電話番号1,電話区分1,SMS可否1,"
           "電話番号2,電話区分2,SMS可否2,電話番号3,電話区分3,SMS可否3,整理番号,備考").split(",")
TEXT = "{city}役所です。健康診査の会場は{words 備考}、受付番号は{digits 整理番号}です。お問い合わせは{phone}。\n"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


@pytest.fixture
def karaden():
    with Karaden() as stand_in:
        yield stand_in


def person(n, place, number="0012", **changes):
    return {"市区町村コード": "202096", "宛名番号": f"{100000 + n}", "氏名": "髙遠　花子", "フリガナ": "タカトオ　ハナコ",
            "案件区分": "901", "年度": "2026", "案件番号": f"K{n:04d}", "電話番号1": f"0901234567{n}", "電話区分1": "2",
            "SMS可否1": "1", "整理番号": number, "備考": place} | changes


def engine_of(folder, karaden, text=TEXT, kind="general", layout="targets-general"):
    engine = Osamed(folder / "osame")
    (engine.specs / "texts" / "kenshin.txt").write_text(text)
    engine.campaign(waves=[WAVE], kind=kind, layout=layout, pattern="000_202096_taisho_*.csv")
    path = engine.specs / "campaigns" / "saikoku.xml"  # no calls: a scenario of another kind is not wanted
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "<voice" not in line) + "\n")
    del engine.keys["gateway kannel"]
    engine.keys["gateway karaden"] = karaden.keys(service=karaden_module.SERVICE, timeout="3 s", poll="100 ms",
                                                  poll_rate=1000)
    engine.keys["department zeimu"]["gateways"] = "karaden"
    engine.keys["money"] = {"segment": "3.3"}
    return engine


PEOPLE = [
    person(1, "保健センター"),
    person(2, "高遠町総合福祉センターやますそ一階の大会議室(駐車場は北側)", number="000000000000123"),
    person(3, "http://ina.example/"),          # somebody else's link
    person(4, "保険料の滞納のため相談要"),      # a secret word
    person(5, "髙遠花子様のお宅"),              # her name
    person(6, "会館", number="A-7"),            # not of its type
    person(7, ""),                              # nothing
]


def test_each_gets_his_own_words_and_who_cannot_is_85(folder, karaden):
    with engine_of(folder, karaden).run() as engine:
        engine.drop_in(FILE, csv_bytes(COLUMNS, PEOPLE))
        engine.wait_run("draft")
        before = engine.run_row()
        assert (before["sms_targets"], before["sms_unfit"]) == (7, 5)
        assert (before["sms_segments_least"], before["sms_segments_most"], before["sms_segments_total"]) == (1, 2, 3)
        assert (before["forecast_segments"], before["forecast_yen"]) == (3, "9.90"), "of the messages that can be made"
        engine.start_run()
        engine.wait_run("closed")
        engine.wait_delivered()
        bodies = {m["to"]: m["body"] for m in karaden.messages}
        assert bodies == {
            "09012345671": "伊那市役所です。健康診査の会場は保健センター、受付番号は0012です。お問い合わせは0265784111。",
            "09012345672": "伊那市役所です。健康診査の会場は高遠町総合福祉センターやますそ一階の大会議室(駐車場は北側)、"
                           "受付番号は000000000000123です。お問い合わせは0265784111。"}
        assert {a["person"]: a["segments"] for a in engine.attempts()} == {"100001": 1, "100002": 2}
        results = {row["宛名番号"]: int(row["結果"]) for row in engine.out_rows("kekka")}
        assert results == {"100001": 61, "100002": 61, **{f"10000{n}": 85 for n in range(3, 8)}}
        log = engine.log_text()
        assert "滞納" not in log and "ina.example" not in log, "what a file says about people is in no log"


def test_who_looks_at_a_refused_text_sees_why_and_no_name(folder, karaden):
    """Neither of who is written to, nor of whose debt it is: a guardian's message names no ward."""
    ward = {"連絡先区分": "5", "連絡先氏名": "伊那　太郎", "連絡先フリガナ": "イナ　タロウ", "連絡先生年月日": "1950-03-04"}
    people = [person(1, "保健センター") | ward, person(2, "髙遠 花子様のお宅") | ward, person(3, "伊那太郎様のお宅") | ward,
              person(4, "髙遠花子様のお宅"), person(5, "保険料の滞納のため相談要")]
    with engine_of(folder, karaden).run() as engine:
        engine.drop_in(FILE, csv_bytes(COLUMNS + list(ward), people))
        engine.wait_run("draft")
        assert (engine.run_row()["sms_targets"], engine.run_row()["sms_unfit"]) == (5, 4)
        shown = [engine.osame("text", "preview", "kenshin", "--run", 1, "--person", 100000 + n).json for n in range(1, 6)]
        assert shown[0]["fit"] and "保健センター" in shown[0]["finished"]
        for one in shown[1:]:
            assert not one["fit"] and one["finished"] == "" and one["why"]
            assert "花子" not in str(one) and "太郎" not in str(one) and "滞納" not in str(one)
        assert ["name" in one["why"] for one in shown[1:]] == [True, True, True, False]


def test_changed_words_are_counted_again_before_anybody_approves(folder, karaden):
    with engine_of(folder, karaden).run() as engine:
        engine.drop_in(FILE, csv_bytes(COLUMNS, PEOPLE[:1]))
        engine.wait_run("draft")
        engine.stop()
        (engine.specs / "texts" / "kenshin.txt").write_text(TEXT.replace("健康診査", "がん検診"))
        engine.own_all()
        engine.restart()
        refused = engine.osame("run", "submit", 1, check=False)
        assert refused.code != 0 and "texts" in refused.err + refused.out
        assert not karaden.messages


@pytest.mark.parametrize("kind, layout, text, words", [
    ("reminder", "targets-015", "会場は{words 備考}です。", "general campaigns"),
    ("general", "targets-general", "期限は{date 期限日}です。", "does not carry"),
    ("general", "targets-general", "{target.name}様", "no value of an SMS"),
])
def test_such_texts_are_refused_at_the_start(folder, karaden, kind, layout, text, words):
    engine = engine_of(folder, karaden, text, kind, layout)
    engine.write_config()
    with pytest.raises(AssertionError):
        engine.restart()
    wait_until(lambda: words in engine.log_text(), 5, why="the reason")
