"""Every targets layout that ships, with every column filled: what staff see of it, what goes back, and what each
column does: who is called, who is not, who gets a message, what is said."""
import os
import re

import pytest

from tests.flow.test_payments import TRACE, plain, spoken
from tests.support import karaden as karaden_module
from tests.support.karaden import Karaden
from tests.support.layout import Layout
from tests.support.osamed import QUICK, SHORT, VOICE, WINDOW, Osamed
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp

TARGETS = ["targets-014", "targets-015", "targets-023", "targets-024", "targets-025", "targets-036", "targets-037",
           "targets-general"]
SMS_TODAY = f'<wave id="sms" channel="sms" from-day="1" to-day="1" attempts="1" text="reminder">{WINDOW}</wave>'


def name_of(layout, n=1):
    return layout.pattern.replace("*", str(n))


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o755)
    yield path
    remove(path)


@pytest.fixture(scope="module")
def engine():
    folder = temporary_folder("osame-flow-")
    os.chmod(folder, 0o755)
    with Osamed(folder / "osame") as osamed:
        (osamed.specs / "scenarios/ippan.vxml").write_text(QUICK.replace('o:kind="reminder"', 'o:kind="general"'))
        for name in TARGETS:
            layout = Layout(name)
            general = name == "targets-general"
            osamed.campaign(name, layout=name, pattern=layout.pattern, kind="general" if general else "reminder",
                            scenario="ippan" if general else "quick")
        osamed.run()
        yield osamed
    remove(folder)


@pytest.mark.parametrize("name", TARGETS)
def test_every_column_is_taken(engine, name):
    layout = Layout(name)
    values = {"number1": "0265-78-4101", "number2": "090-1234-5671", "number3": "0265784103", "contact": "tax-manager",
              "contact_name": "管理　花子", "contact_kana": "カンリ　ハナコ", "contact_birth": "1960-04-01",
              "language": "pt", "care": "sms-only", "整理番号": "S-1", "備考": "備考,\"一\"\r\n二行目"}
    missing = {"late_charge", "pay_method", "demand_sent", "slip_until"} - layout.fields
    assert missing == (set() if name != "targets-general" else missing)
    assert not {"contact", "contact_name", "contact_kana", "contact_birth", "name_group", "household", "language",
                "care", "kind1", "kind2", "kind3", "sms1", "sms2", "sms3"} - layout.fields
    engine.drop_in(name_of(layout), layout.file([layout.row(1, **values)]))
    intake = engine.until(lambda: [i for i in engine.rows("intake") if i["name"] == name_of(layout) and
                                   i["state"] in ("taken", "refused")], 20, f"{name} is taken")[0]
    assert (intake["state"], intake["taken"], intake["warned"]) == ("taken", 1, 0), \
        engine.osame("intake", "show", intake["intake"]).json["rows"]
    shown = engine.target(1, intake["run"])
    assert (shown["name"], shown["kana"], shown["owner_name"]) == ("管＊＊", "カ＊＊", "髙＊＊")
    shown |= {k: v for k, v in engine.unmasked(1, intake["run"]).items() if k in ("name", "kana", "owner_name")}
    assert {k: shown[k] for k in ("name", "kana", "owner_name", "contact", "care", "language", "name_group",
                                  "household")} == {
        "name": "管理　花子", "kana": "カンリ　ハナコ", "owner_name": "髙橋　太郎", "contact": "tax-manager",
        "care": "sms-only", "language": "pt", "name_group": "900001", "household": "800001"}
    assert [(n["kind"], n["sms"], n["number"][-2:]) for n in shown["numbers"]] == [
        ("home", False, "01"), ("mobile", True, "71"), ("work", False, "03")]
    debt, = shown["debts"]
    gyomu = layout.row(1).get("業務ID", layout.gyomu)
    assert debt["gyomu"] == gyomu
    if name != "targets-general":
        assert {k: debt[k] for k in ("amount", "late_charge", "pay_method", "demand_sent", "slip_until", "due")} == {
            "amount": 12300, "late_charge": 150, "pay_method": "slip", "demand_sent": "2026-12-03",
            "slip_until": "2026-12-25", "due": "2026-11-30"}
    engine.osame("run", "stop", intake["run"])
    engine.until(lambda: [r for r in engine.out_rows("kekka") if r["配信番号"] == str(intake["run"])], 20, "its result")
    engine.wait_delivered()
    row, = [r for r in engine.out_rows("kekka") if r["配信番号"] == str(intake["run"])]
    assert (row["業務ID"], row["整理番号"], row["備考"], row["結果"]) == (gyomu, "S-1", values["備考"], "86")


def test_who_is_called_and_who_is_not(folder):
    """Voice today, messages tomorrow. Each person has a home number and a mobile, but where it says otherwise."""
    layout = Layout("targets-015")
    people = {
        # n: (values, calls, messages, result, reason)
        1: ({}, 1, 1, 60, ""),
        2: ({"care": "no-voice"}, 0, 1, 60, ""),
        3: ({"care": "sms-only"}, 0, 1, 60, ""),
        4: ({"care": "sms-only", "sms2": "no"}, 0, 0, 82, "13"),
        5: ({"sms2": "no"}, 1, 0, 21, ""),
        6: ({"kind1": "work", "number2": ""}, 0, 0, 84, ""),
        7: ({"contact": "tax-manager", "contact_name": "管理　花子", "contact_kana": "カンリ　ハナコ"}, 1, 1, 60, ""),
        8: ({"number1": ""}, 1, 1, 60, ""),
    }
    callee = Sipp(folder / "callee", "busy")
    callee.run()
    try:
        with Karaden() as karaden, Osamed(folder / "osame", trunk=callee.uri) as engine:
            del engine.keys["gateway kannel"]
            engine.keys["gateway karaden"] = karaden.keys(service=karaden_module.SERVICE, timeout="3 s", poll="100 ms",
                                                          poll_rate=1000)
            program = engine.folder / "open_jtalk"
            program.write_text(TRACE.format(log=str(engine.folder / "spoken")))
            program.chmod(0o755)
            engine.keys["speech"] = {"program": program}
            engine.campaign(waves=[VOICE, SMS_TODAY], scenario="reminder")
            engine.run()
            rows = [layout.row(n, **({"number1": f"026578420{n}", "number2": f"0901234567{n}"} | values))
                    for n, (values, *_) in people.items()]
            engine.drop_in(name_of(layout), layout.file(rows))
            engine.start_run()
            engine.wait_run("closed", seconds=120)
            engine.wait_delivered()
            attempts = engine.attempts()
            got = {int(r["通知書番号"][1:]): r for r in engine.out_rows("kekka")}
            for n, (values, calls, messages, result, reason) in people.items():
                mine = [a for a in attempts if a["person"] == str(100000 + n)]
                ways = [sum(a["channel"] == way for a in mine) for way in ("voice", "sms")]
                code = int(got[n]["結果"])
                code = 60 if code == 61 else code  # its receipt came after the wait
                assert (ways, code, got[n]["理由"]) == ([calls, messages], result, reason), (n, values)
            dialled = {re.search(r"sip:(\d+)@", text)[1] for _, way, text in callee.messages()
                       if way == "in" and text.startswith("INVITE ")}
            assert dialled == {"0265784201", "0265784205", "0265784207", "09012345678"}
            words = spoken(engine)
            assert "カンリ" in words, "the manager is asked for, by his own name"
    finally:
        callee.stop()


COLUMNS_IN_A_CALL = SHORT.replace('<o:reply name="answer" expr="\'heard\'"/>', """\
<if cond="target.debts[0].demand_sent">
        <prompt>督促状は<say-as interpret-as="date"><value expr="target.debts[0].demand_sent"/></say-as>です。</prompt>
      </if>
      <if cond="target.debts[0].late_charge > 0">
        <prompt>延滞金は<say-as interpret-as="currency"><value expr="target.debts[0].late_charge"/></say-as>です。</prompt>
      </if>
      <o:reply name="slip" expr="target.debts[0].slip_over ? 'over' : 'valid'"/>
      <o:reply name="method" expr="target.debts[0].method"/>
      <o:reply name="language" expr="target.language"/>
      <if cond="target.debts[0].slip_over"><o:task kind="納付書再発行希望"/></if>""")


@pytest.mark.parametrize("until, said, tasks", [("2026-12-04", "over", "納付書再発行希望"), ("2026-12-07", "valid", "")])
def test_what_a_call_can_say_of_them(folder, until, said, tasks):
    """督促状発送日 and 延滞金 are spoken to a matched person alone; a slip whose last day is over asks for a new one."""
    if os.geteuid() != 0:
        pytest.skip("sipp plays captures by a raw socket: root only")
    layout = Layout("targets-015")
    callee = Sipp(folder / "callee", "match_birth", raw=True)
    callee.run()
    try:
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            program = engine.folder / "open_jtalk"
            program.write_text(TRACE.format(log=str(engine.folder / "spoken")))
            program.chmod(0o755)
            engine.keys["speech"] = {"program": program}
            (engine.specs / "scenarios/short.vxml").write_text(COLUMNS_IN_A_CALL)
            engine.campaign()
            engine.run()
            engine.drop_in(name_of(layout), layout.file(
                [layout.row(1, number1="0265784101", slip_until=until, language="pt", pay_method="debit")]))
            engine.start_run()
            engine.wait_run("closed")
            engine.wait_delivered()
            call, = engine.target(1)["attempts"]
            assert (call["code"], call["reached"]) == (10, "照合一致") or call["heard"], call
            replies = call["replies"]
            assert f"slip={said}" in replies and "method=debit" in replies and "language=pt" in replies
            assert call["tasks"] == tasks
            words = plain(spoken(engine))
            assert "12月3日" in words and "150円" in words
            row, = engine.out_rows("kekka")
            assert row["未納額"] == "12300", "the late charge is no part of it"
    finally:
        callee.stop()
