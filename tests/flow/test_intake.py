"""Files that come in, through the whole engine: what is refused, what is taken, what is left alone,
and what the core system is told. No call is made: every run stays a draft."""
import os
import time

import pytest

from tests.support.osamed import COLUMNS, Osamed, csv_bytes, payment, payments, person, targets
from tests.support.peer import remove, temporary_folder

GOOD = targets([person(1, "0265784111")])


@pytest.fixture(scope="module")
def engine():
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame") as osamed:
        osamed.campaign()
        osamed.campaign("futatsu", pattern="015_202096_taisho_two*.csv")
        osamed.run()
        yield osamed
    remove(folder)


def receipt_of(engine, name):
    """The rows of receipts about that file: one, or it was acknowledged twice."""
    return [row for row in engine.out_rows("uketsuke") if row["ファイル名"] == name]


def intake_of(engine, name):
    return [row for row in engine.rows("intake") if row["name"] == name]


def wait_receipt(engine, name):
    return engine.until(lambda: receipt_of(engine, name), 20, f"a receipt for {name}")


def without(name):
    return csv_bytes([c for c in COLUMNS if c != name], [person(1)])


WHOLE = [
    # what is wrong with it, its bytes, code, words of the reason
    ("empty", b"", "E0001", "0 バイト"),
    ("a column is missing", without("通知書番号"), "E0001", "通知書番号"),
    ("a column too many", csv_bytes([*COLUMNS, "所得"], [person(1)]), "E0004", "所得"),
    ("a column twice", csv_bytes([*COLUMNS, "氏名"], [person(1)]), "E0004", "氏名"),
    ("個人番号 in the header", csv_bytes([*COLUMNS, "個人番号"], [person(1)]), "E0004", "個人番号"),
    ("Shift_JIS", GOOD.decode().encode("cp932", "replace"), "E0002", "UTF-8"),
    ("cut inside a quoted field", GOOD[:GOOD.rindex(b'"S1"') + 2], "E0004", "引用符の中で"),
    ("a quote in the middle of a field", GOOD.replace(b'"N00001"', b'"N0"0001"'), "E0002", "引用符"),
    ("a NUL byte", GOOD.replace("太郎".encode(), b"\0\0\0\0\0\0"), "E0002", "NUL"),
    ("a field over the limit", GOOD.replace("備考,".encode(), b"x" * 70000), "E0003", "長すぎ"),
    ("only a BOM", b"\xef\xbb\xbf", "E0001", "見出し"),
]


@pytest.mark.parametrize("n, data, code, words", [(n, *w[1:]) for n, w in enumerate(WHOLE)],
                         ids=[w[0] for w in WHOLE])
def test_a_broken_file_is_refused_whole(engine, n, data, code, words):
    name = f"015_202096_taisho_broken{n}.csv"
    engine.drop_in(name, data)
    row, = wait_receipt(engine, name)
    assert (row["受付結果"], row["エラーコード"]) == ("9", code)
    assert words in row["内容"]
    assert row["受付件数"] in ("0", "") and row["配信番号"] == ""
    engine.wait_taken(name, "refused")
    intake, = intake_of(engine, name)
    assert intake["state"] == "refused" and intake["run"] == 0
    errors = engine.until(lambda: [r for r in engine.out_rows("error") if r["ファイル名"] == name], 10,
                          "the errors file")
    assert errors[0]["エラーコード"] == code and words in errors[0]["内容"]
    moved, = (engine.drop / "in" / "refused").glob(f"{name}.*")
    assert moved.read_bytes() == data, "bytes that came in go back"
    assert moved.name == f"{name}.{intake['intake']}"
    kept, = (engine.var / "archive").rglob(f"exchange-in/{intake['intake']:010}.*")
    assert kept.read_bytes() == data, "and into the archive"


def test_wrong_rows_are_refused_one_by_one(engine):
    rows = [person(11, "0265784111"), person(12, 宛名番号=""), person(13, 期別="x"), person(14, 納期限="2026-02-30"),
            person(15, 科目="999"), person(16, 未納額="0"), person(17, "119"), person(18, 市区町村コード="131016"),
            person(11, "0265784111")]
    name = "015_202096_taisho_rows.csv"
    engine.drop_in(name, targets(rows) + b'"202096","short row"\r\n')
    receipt, = wait_receipt(engine, name)
    assert receipt["受付結果"] == "1"
    assert [receipt[c] for c in ("総件数", "受付件数", "エラー件数", "警告件数")] == ["10", "2", "8", "1"]
    errors = engine.until(lambda: [r for r in engine.out_rows("error") if r["ファイル名"] == name], 10,
                          "the errors file")
    found = {(int(e["行番号"]), e["エラーコード"], e["項目"]) for e in errors}
    assert found == {(2, "E0001", "宛名番号"), (3, "E0002", "期別"), (4, "E0004", "納期限"), (5, "E0005", "科目"),
                     (6, "E0004", "未納額"), (7, "E0002", "電話番号1"), (8, "E0005", "市区町村コード"),
                     (9, "E0004", ""), (10, "E0004", "行")}
    shown = engine.osame("intake", "show", receipt["受付番号"]).json
    assert len(shown["rows"]) == 9 and shown["intake"]["refused"] == 8


def test_the_same_drop_is_acknowledged_once(engine):
    name, mtime = "015_202096_taisho_again.csv", int(time.time()) - 100
    data = targets([person(21, "0265784111")])
    engine.drop_in(name, data, mtime)
    wait_receipt(engine, name)
    engine.wait_taken(name)
    engine.drop_in(name, data, mtime)
    engine.wait_taken(name, count=2)  # it does not stay in in/, and overwrites nothing
    engine.drop_in(name, data, mtime)
    engine.wait_taken(name, count=3)
    assert len(intake_of(engine, name)) == 1 and len(receipt_of(engine, name)) == 1
    # Another time of writing is another drop; its row is a repeat, and nothing runs.
    engine.drop_in(name, data, mtime + 1)
    engine.until(lambda: len(receipt_of(engine, name)) == 2, 10, "a second receipt")
    second = receipt_of(engine, name)[1]
    assert (second["受付結果"], second["受付件数"], second["エラー件数"], second["配信番号"]) == ("1", "0", "1", "")


def test_the_same_content_under_a_new_name_is_a_repeat(engine):
    data = targets([person(31, "0265784111"), person(32, "0265784112")])
    engine.drop_in("015_202096_taisho_first.csv", data)
    wait_receipt(engine, "015_202096_taisho_first.csv")
    first, = intake_of(engine, "015_202096_taisho_first.csv")
    both = data + targets([person(33, "0265784113")]).split(b"\r\n", 1)[1]
    for name, taken in (("015_202096_taisho_second.csv", 0), ("015_202096_taisho_third.csv", 1)):
        engine.drop_in(name, both if taken else data)
        receipt, = wait_receipt(engine, name)
        assert (receipt["受付結果"], receipt["受付件数"], receipt["エラー件数"]) == ("1", str(taken), "2")
        assert bool(receipt["配信番号"]) == bool(taken)
        errors = engine.until(lambda name=name: [r for r in engine.out_rows("error") if r["ファイル名"] == name], 10,
                              "the errors file")
        assert {e["エラーコード"] for e in errors} == {"E0004"}
        assert all(f"配信{first['run']}" in e["内容"] for e in errors)


def test_a_file_that_grows_is_not_read_half():
    """A core system that does not rename: half files for two seconds. The engine looks so seldom that
    no slow machine's pause of the writer can look like a finished file."""
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame") as engine:
        engine.campaign()
        engine.keys["engine"]["poll"] = "700 ms"
        engine.run()
        growing = engine.drop / "in/015_202096_taisho_growing.csv"
        data = targets([person(41, "0265784111"), person(42, "0265784112")])
        for end in range(50, 500, 12):
            growing.write_bytes(data[:end])
            if engine.ids:
                os.chown(growing, *engine.ids)
            time.sleep(0.05)
        growing.write_bytes(data)
        row, = wait_receipt(engine, growing.name)
        assert (row["受付結果"], row["受付件数"]) == ("1", "2"), "never read half"
    remove(folder)


def test_uploads_in_progress_are_left_alone(engine):
    place = engine.drop / "in"
    before = len(engine.rows("intake"))
    for name in (".015_202096_taisho_a.csv", "015_202096_taisho_b.csv.part", "015_202096_taisho_c.csv.filepart",
                 "015_202096_taisho_d.csv.tmp"):
        (place / name).write_bytes(GOOD[:100])
    whole = "015_202096_taisho_whole.csv"
    engine.drop_in(whole, targets([person(41, "0265784111"), person(42, "0265784112")]))
    wait_receipt(engine, whole)  # so the folder was looked at, twice and more
    assert len(engine.rows("intake")) == before + 1
    for left in place.glob("*15_202096_taisho_[a-d].csv*"):
        assert left.read_bytes() == GOOD[:100]
        left.unlink()


def test_a_file_without_records_is_a_file(engine):
    for name, data in (("015_202096_taisho_none.csv", targets([])), ("015_202096_keshikomi_none.csv", payments([]))):
        engine.drop_in(name, data)
        row, = wait_receipt(engine, name)
        assert (row["受付結果"], row["総件数"], row["配信番号"]) == ("1", "0", "")
        engine.wait_taken(name)


@pytest.mark.parametrize("name, words", [
    ("nazo.csv", "合う配信業務・レイアウトがありません"),
    ("015_202096_taisho_two1.csv", "複数の配信業務"),
    ("015_202096_kekka_1.csv", "合う配信業務・レイアウトがありません"),
])
def test_a_file_that_nobody_or_two_own_is_refused(engine, name, words):
    engine.drop_in(name, GOOD)
    row, = wait_receipt(engine, name)
    assert (row["受付結果"], row["エラーコード"]) == ("9", "E0005") and words in row["内容"]
    engine.wait_taken(name, "refused")


def test_names_that_attack_are_refused_without_harm(engine):
    for name in ("015_202096_taisho_;rm -rf $HOME.csv", "015_202096_taisho_\n.csv", "015_202096_taisho_" + "é" * 60 + ".csv"):
        (engine.drop / "in" / name).write_bytes(targets([person(51 + len(name), "0265784111")]))
        if engine.ids:
            os.chown(engine.drop / "in" / name, *engine.ids)
    engine.drop_in("015_202096_taisho_after.csv", targets([person(59, "0265784111")]))
    wait_receipt(engine, "015_202096_taisho_after.csv")
    assert engine.alive() and engine.osame("status").code == 0
    for path in (engine.drop / "in").iterdir():
        if path.is_file():
            path.unlink()


def test_a_payment_for_nobody_changes_nothing(engine):
    name = "015_202096_keshikomi_nobody.csv"
    engine.drop_in(name, payments([payment(999)]))
    row, = wait_receipt(engine, name)
    assert (row["受付結果"], row["受付件数"]) == ("1", "1")
    assert intake_of(engine, name)[0]["matched"] == 0


def test_every_file_stays_where_it_was_after_a_restart(engine):
    """Last: all that the tests above gave in is on record, and a start changes none of it."""
    before = engine.rows("intake"), sorted(p.name for p in (engine.drop / "out").iterdir()), engine.rows("run")
    engine.kill9()
    engine.restart()
    time.sleep(0.5)
    assert (engine.rows("intake"), sorted(p.name for p in (engine.drop / "out").iterdir()),
            engine.rows("run")) == before
    assert not [a for a in engine.rows("alerts") if a["state"] == "now"]
