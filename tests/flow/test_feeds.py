"""Files of the core system from their coming in to their results, over the real drop and command line: CP932 kept
byte for byte, a general campaign, full files and differences, exclusions of each reason, withdrawals, new keys."""
import os
import re

import pytest

from tests.support.layout import Layout
from tests.support.osamed import QUICK, Osamed
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp
from tests.support.sshd import Sshd

TARGETS = "015_202096_taisho_{}.csv"
REASONS = {"01": "滞納処分停止", "02": "分納", "03": "猶予", "04": "支援措置", "05": "死亡", "06": "破産", "07": "代理人受任",
           "08": "不服申立", "09": "生活保護", "10": "特別徴収", "11": "返戻", "12": "職員対応中", "13": "配慮", "99": "その他"}
WORDS = dict(zip(REASONS, ("suspended instalment deferred protected deceased bankrupt lawyer appeal welfare withheld "
                           "returned staff care other").split()))


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o777)  # osame, as nobody, writes there
    yield path
    remove(path)


@pytest.fixture
def callee(folder):
    sipp = Sipp(folder / "callee", "busy")
    sipp.run()
    yield sipp
    sipp.stop()


def dialled(callee):
    return sorted(set(re.findall(r"^INVITE sip:(\d+)@", "\n".join(
        text for _, way, text in callee.messages() if way == "in"), re.M)))


def taken(engine, name, state="taken"):
    return engine.until(lambda: [i for i in engine.rows("intake") if i["name"] == name and i["state"] == state],
                        20, f"{name} is {state}")[0]


def give(engine, layout, name, rows):
    engine.drop_in(name, layout.file(rows))
    return taken(engine, name)


def results(engine, run=None):
    return {r["通知書番号"]: r for r in engine.out_rows("kekka") if run is None or r["配信番号"] == str(run)}


def test_cp932_is_kept_byte_for_byte(folder, callee):
    """Characters that CP932 has by two or three codes, 外字 and the vendors' rows: the very bytes come back."""
    odd = bytes.fromhex("81ca" "eef9" "fa54" "879a" "81e6" "fa5b" "fbfc" "eee0" "f040" "f9fc" "ed40" "fa5c" "8740" "878a")
    with Sshd(folder / "sshd") as sshd, Osamed(folder / "osame", sftp=sshd, trunk=callee.uri) as engine:
        for name in ("targets-015", "results", "contacts", "receipt", "errors"):
            path = engine.specs / "layouts" / f"{name}.xml"
            path.write_text(path.read_text().replace('encoding="UTF-8" bom', 'encoding="CP932" bom'))
        layout = Layout("targets-015", engine.specs)
        assert layout.encoding == "cp932"
        engine.campaign(scenario="quick")
        engine.run()
        row = layout.row(1, number1="0265784101", name="髙﨑　瀨人", 備考="MARK", 整理番号="①㈱№")
        data = layout.file([row]).replace(b"MARK", odd)
        engine.drop_in(TARGETS.format(1), data)
        engine.start_run()
        engine.wait_run("closed")
        engine.wait_delivered()
        path, = [p for p in (engine.drop / "out").iterdir() if "kekka" in p.name]
        out = path.read_bytes()
        assert b'"' + odd + b'"' in out and '"①㈱№"'.encode("cp932") in out
        assert out.startswith('"市区町村コード"'.encode("cp932")) and dialled(callee) == ["0265784101"]
        moved, = (engine.drop / "in/taken").iterdir()
        assert moved.read_bytes() == data
        # marked behind the characters of which CP932 has two codes: docs/layouts.md
        assert re.sub("[\U000e01ee\U000e01ef]", "", engine.unmasked(1)["name"]) == "髙﨑　瀨人"
        number = int(re.search(r"_(\d{6})_\d{14}", path.name)[1])
        engine.osame("results", "rebuild", number, "--out", folder / "again")
        assert (folder / "again").read_bytes() == out


def test_a_general_campaign_from_file_to_results(folder, callee):
    """健診: no debt, no amount, and no payments are waited for."""
    layout = Layout("targets-general")
    with Osamed(folder / "osame", trunk=callee.uri) as engine:
        engine.keys["department zeimu"]["payments_check"] = "business-day"
        (engine.specs / "scenarios/ippan.vxml").write_text(QUICK.replace('o:kind="reminder"', 'o:kind="general"'))
        engine.campaign("kenshin", kind="general", layout="targets-general", pattern=layout.pattern, scenario="ippan")
        engine.run()
        name = layout.pattern.replace("*", "1")
        give(engine, layout, name, [layout.row(n, number1=f"026578410{n}", 備考=f"会場{n}") for n in (1, 2)])
        engine.start_run()
        engine.wait_run("closed")
        engine.wait_delivered()
        assert dialled(callee) == ["0265784101", "0265784102"]
        rows = results(engine)
        assert {n: (r["業務ID"], r["科目"], r["結果"], r["備考"], int(r["未納額"] or 0)) for n, r in rows.items()} == {
            f"N0000{n}": ("000", "901", "21", f"会場{n}", 0) for n in (1, 2)}
        contacts = engine.out_rows("kosho")
        assert len(contacts) == 2 and all("円" not in c["交渉内容"] for c in contacts)


def test_full_files_and_differences(folder):
    """What a full file lacks is withdrawn; one that lacks much asks first, and an operator's word counts."""
    layout = Layout("targets-015")
    full = "015_202096_taisho_zenken_{}.csv"

    def debt(n, run=1):
        return engine.target(n, run)["debts"][0]
    with Osamed(folder / "osame") as engine:
        engine.campaign()
        path = engine.specs / "campaigns/saikoku.xml"
        path.write_text(path.read_text().replace("<files ", '<files full="015_202096_taisho_zenken_*.csv" '))
        engine.run()
        give(engine, layout, TARGETS.format(1), [layout.row(n, number1="0265784101") for n in range(1, 11)])
        engine.wait_run("draft")
        # a difference: it brings one more, in a run of its own, and withdraws nobody
        give(engine, layout, TARGETS.format(2), [layout.row(11, number1="0265784101")])
        engine.wait_run("draft", 2)
        assert debt(1)["settled"] == ""
        # a full one: 10 is missing, 2 owes less, 12 is new; the others are no repeats
        intake = give(engine, layout, full.format(1), [
            layout.row(n, number1="0265784101", amount="500" if n == 2 else "12300") for n in [*range(1, 10), 11, 12]])
        assert intake["refused"] == 0
        assert (debt(10)["settled"], debt(10)["result"]) == ("withdrawn", 81)
        assert (debt(2)["amount"], debt(2)["amount_first"]) == (500, 12300)
        assert engine.target(12, intake["run"])["debts"][0]["settled"] == "" and debt(11, 2)["settled"] == ""
        # one that was cut off on its way: nobody is withdrawn until somebody says so
        engine.drop_in(full.format(2), layout.file([layout.row(n, number1="0265784101") for n in (1, 2)]))
        alert = engine.until(lambda: [a for a in engine.rows("alerts") if a["alert"] == "full-file" and
                                      a["state"] == "now"], 20, "it asks")[0]
        assert "osame intake withdraw" in alert["words"]
        cut, = [i for i in engine.rows("intake") if i["name"] == full.format(2)]
        assert cut["state"] == "checked" and debt(3)["settled"] == ""
        engine.kill9()
        engine.restart()
        engine.osame("intake", "keep", cut["intake"])
        taken(engine, full.format(2))
        assert debt(3)["settled"] == ""
        # without a row it lacks all of them, and asks too
        engine.drop_in(full.format(3), layout.file([]))
        empty = taken(engine, full.format(3), "checked")
        engine.until(lambda: engine.osame("intake", "withdraw", empty["intake"], check=False).code == 0, 20, "withdrawn")
        taken(engine, full.format(3))
        engine.wait_run("closed", 1)
        engine.wait_delivered()
        assert {r["結果"] for r in results(engine).values()} == {"81"} and len(results(engine)) == 12


def test_each_reason_of_an_exclusion(folder, callee):
    """One person each; who has none is called. 支援措置 and 死亡 are nobody's to override; 解除 lets call again."""
    targets, out, back = Layout("targets-015"), Layout("exclusions"), Layout("withdrawals")
    codes = dict(enumerate(REASONS, 1))
    with Osamed(folder / "osame", trunk=callee.uri) as engine:
        engine.campaign(scenario="quick")
        engine.run()
        give(engine, targets, TARGETS.format(1), [targets.row(n, number1=f"02657842{n:02}") for n in range(1, 21)])
        engine.wait_run("draft")
        name = "015_202096_jogai_{}.csv"
        intake = give(engine, out, name.format(1), [
            out.row(n, action="set", exclusion=WORDS[code], notice="") for n, code in codes.items()])
        assert (intake["taken"], intake["refused"]) == (14, 0)
        listed = {r["person"]: r["reason"] for r in engine.rows("exclusion")}
        assert listed == {f"{100000 + n}": WORDS[code] for n, code in codes.items()}
        give(engine, back, "015_202096_torisage_1.csv", [back.row(16)])
        # staff contact one in what comes later, for a reason that is kept; never these two
        engine.osame("exclusion", "override", 100012, "--reason", "staff", "--words", "担当者と協議済")
        for n, reason in ((4, "protected"), (5, "deceased")):
            no = engine.osame("exclusion", "override", 100000 + n, "--reason", reason, "--words", "x", check=False)
            assert no.code == 1 and "nobody may override" in no.err
        give(engine, out, name.format(2), [out.row(13, action="lift", exclusion="care", notice="")])
        engine.start_run()
        engine.wait_run("closed")
        called = {15, 17, 18, 19, 20}
        assert dialled(callee) == [f"02657842{n:02}" for n in sorted(called)]
        give(engine, targets, TARGETS.format(2), [
            targets.row(n, number1=f"02657842{n:02}", notice=f"M{n:05d}") for n in (4, 5, 12, 13, 14)])
        engine.wait_run("draft", 2)
        engine.start_run(2)
        engine.wait_run("closed", 2)
        engine.wait_delivered()
        rows = results(engine)
        for n in range(1, 21):
            row = rows[f"N{n:05d}"]
            want = ("21", "", "") if n in called else ("81", "", "") if n == 16 else \
                ("82", codes[n], REASONS[codes[n]])
            assert (row["結果"], row["理由"], row["理由名"]) == want, n
        assert {n: rows[f"M{n:05d}"]["結果"] for n in (4, 5, 12, 13, 14)} == {4: "82", 5: "82", 12: "21", 13: "21",
                                                                             14: "82"}


def test_a_new_key_and_its_payment(folder, callee):
    """年度替わり: what is paid by the new key settles the debt; what goes back keeps the key it came by."""
    targets, keys, pay = Layout("targets-015"), Layout("key-changes"), Layout("payments")
    with Osamed(folder / "osame", trunk=callee.uri) as engine:
        engine.campaign(scenario="quick")
        engine.run()
        give(engine, targets, TARGETS.format(1), [targets.row(n, number1=f"026578410{n}") for n in (1, 2)])
        engine.wait_run("draft")
        old = targets.row(1)
        key = {c: old[c] for c in ("宛名番号", "科目", "調定年度", "賦課年度", "期別", "通知書番号")}
        change = keys.row(1, gyomu="015", new_notice="K99001", new_chotei_year="2027", new_fuka_year="2026",
                          **key)
        assert give(engine, keys, keys.pattern.replace("*", "1"), [change])["matched"] == 1
        paid = pay.row(1, gyomu="015", payment="full", **(key | {"通知書番号": "K99001", "調定年度": "2027"}))
        assert give(engine, pay, pay.pattern.replace("*", "1"), [paid])["matched"] == 1
        engine.start_run()
        engine.wait_run("closed")
        engine.wait_delivered()
        rows = results(engine)
        assert (rows["N00001"]["結果"], rows["N00001"]["調定年度"], rows["N00002"]["結果"]) == ("80", "2026", "21")
        assert dialled(callee) == ["0265784102"]


@pytest.mark.parametrize("zeros", ["no", "yes"])
def test_a_person_number_that_lost_its_zeros(folder, zeros):
    """The city's 宛名番号 have fifteen digits. A spreadsheet took the zeros: refused, or put back and said; the
    payment that comes with whole numbers finds its debt. Never another person in silence."""
    targets, pay = Layout("targets-015"), Layout("payments")
    whole, short = "000000000100001", "100001"
    with Osamed(folder / "osame") as engine:
        engine.keys["engine"] |= {"person_width": 15, "person_zeros": zeros}
        engine.campaign()
        engine.run()
        intake = give(engine, targets, TARGETS.format(1), [
            targets.row(1, person=short), targets.row(2, person="000000000100002"),
            targets.row(3, person="10000A"), targets.row(4, person="0000000001000040")])
        errors = {r["row"]: (r["code"], r["item"], r["words"]) for r in
                  engine.osame("intake", "show", intake["intake"]).json["rows"]}
        assert {n: e[:2] for n, e in errors.items() if n > 1} == {3: ("E0003", "宛名番号"), 4: ("E0003", "宛名番号")}
        assert (intake["taken"], intake["refused"], intake["warned"]) == ((2, 2, 1) if zeros == "yes" else (1, 3, 0))
        assert ("0 を補いました" if zeros == "yes" else "先頭の 0 が失われた") in errors[1][2]
        engine.wait_run("draft")
        people = {t["person"] for t in engine.rows("target", "list", "--run", 1)}
        assert people == ({whole} if zeros == "yes" else set()) | {"000000000100002"}
        key = {c: targets.row(1)[c] for c in ("科目", "調定年度", "賦課年度", "期別", "通知書番号")}
        paid = give(engine, pay, pay.pattern.replace("*", "1"), [
            pay.row(1, gyomu="015", payment="full", **(key | {"宛名番号": whole}))])
        assert paid["matched"] == (zeros == "yes")
