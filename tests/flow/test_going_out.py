"""What goes out, to whom: completion files for receivers that wait for them, over a real OpenSSH server and
with the engine killed between; holds and numbers of two departments to two core systems."""
import os
import random
import re
import threading
import time

import pytest

from tests.support.osamed import Osamed, OutFile, csv_bytes, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sshd import Sshd

NAME = "015_202096_taisho_{}.csv"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o755)
    yield path
    remove(path)


def with_marks(engine, *layouts):
    for layout in layouts:
        path = engine.specs / "layouts" / f"{layout}.xml"
        text = path.read_text()
        assert "<file name=" in text
        path.write_text(text.replace("<file name=", '<file completion=".end" name=', 1))


class Receiver(threading.Thread):
    """A core system that looks for NAME.end, then takes NAME away, and NAME.end last."""

    def __init__(self, out):
        super().__init__(daemon=True)
        self.out, self.files, self.wrong, self.over = out, {}, [], False

    def look(self):
        for mark in sorted(self.out.glob("*.end")):
            file = mark.with_suffix("")
            if not file.exists():
                self.wrong.append(f"{mark.name} without its file")
                continue
            data = file.read_bytes()
            if mark.read_bytes() != b"":
                self.wrong.append(f"{mark.name} is not empty")
            if self.files.setdefault(file.name, data) != data:
                self.wrong.append(f"{file.name} came again with other bytes")
            file.unlink()
            mark.unlink()

    def run(self):
        while not self.over:
            self.look()
            time.sleep(0.002)

    def stop(self):
        self.over = True
        self.join()
        self.look()


@pytest.mark.parametrize("way", ["sftp", "local"])
def test_completion_files(folder, way):
    """Forty results in files of four; the engine is killed again and again while they go out."""
    dice, many = random.Random(way), 40
    sshd = Sshd(folder / "sshd") if way == "sftp" else None
    try:
        if sshd:
            sshd.__enter__()
        with Osamed(folder / "osame", sftp=sshd) as engine:
            engine.campaign(scenario="quick")
            engine.keys["engine"]["results_rows"] = 4
            with_marks(engine, "results", "receipt")
            engine.run()
            receiver = Receiver(engine.drop / "out")
            engine.drop_in(NAME.format(1), targets([person(i, "0265784111") for i in range(1, many + 1)]))
            engine.wait_run("draft")
            receiver.start()
            engine.osame("run", "stop", 1)
            for _ in range(4):
                time.sleep(dice.uniform(0, 0.1))
                engine.kill9()
                engine.restart()
            engine.until(lambda: engine.run_row()["results"] == many, 20, "all results")
            engine.wait_delivered()
            receiver.stop()
            assert not receiver.wrong
            results = [data for name, data in receiver.files.items() if "kekka" in name]
            assert sum(data.count(b"\r\n") - 1 for data in results) == many
            sent = {f["name"] for f in engine.rows("outfiles") if f["kind"] in ("results", "receipt")}
            assert set(receiver.files) == sent
            assert not [p.name for p in (engine.drop / "out").iterdir() if "kekka" in p.name or "uketsuke" in p.name]
            # the receiver lost one: it comes again with its mark
            again = next(f for f in engine.rows("outfiles") if f["kind"] == "results")
            engine.osame("results", "rebuild", again["file"], "--again", "--reason", "先方で消えた")
            engine.wait_delivered()
            assert (engine.drop / "out" / again["name"]).read_bytes() == receiver.files[again["name"]]
            assert (engine.drop / "out" / f"{again['name']}.end").read_bytes() == b""
    finally:
        if sshd:
            sshd.__exit__(None, None, None)


HOLD = "市区町村コード,業務ID,宛名番号,保留区分,処理区分,保留期限,理由".split(",")


def test_holds_go_to_whose_they_are(folder):
    """Two core systems. What a file brought, what staff of each department made, and the ends of both."""
    second = folder / "kaigo"
    with Osamed(folder / "osame", rehearsal=False) as engine:
        for name in ("in/taken", "in/refused", "out"):
            (second / name).mkdir(parents=True)
        engine.keys["drop kaigo"] = {"kind": "local", "folder": second}
        engine.keys["department kaigo"] = {"name": "介護高齢課", "phone": "0265784112", "caller": "0265784112",
                                           "book_drop": "kaigo", "payments_check": "off"}
        engine.keys["engine"]["book_every"] = "1 s"
        other = 61004 if engine.ids else None
        if other:
            engine.keys["user shiro"] = {"uid": other, "name": "shiro", "department": "kaigo", "roles": "staff"}
            os.chmod(engine.folder, 0o755)
        engine.campaign()
        engine.write_config()
        for path in (second, *second.rglob("*")):
            if engine.ids:
                os.chown(path, *engine.ids)
        engine.restart()
        engine.osame("hold", "add", "100001", "--kind", "complaint", "--reason", "税の窓口で")
        engine.osame("number", "add", "0265784101", "--mark", "stop", "--reason", "税へ電話")
        if other:
            engine.osame("hold", "add", "100002", "--kind", "care", "--reason", "介護の相談", uid=other)
        row = {"市区町村コード": "202096", "宛名番号": "100003", "保留区分": "3", "処理区分": "1", "理由": "介護から"}
        data = csv_bytes(layout_items(engine, "holds-in"), [row])
        engine.drop_in("023_202096_horyu_1.csv", data)  # by the first drop
        row["宛名番号"] = "100004"
        temporary = second / "in" / ".x.tmp"
        temporary.write_bytes(csv_bytes(layout_items(engine, "holds-in"), [row]))
        if engine.ids:
            os.chown(temporary, *engine.ids)
        temporary.rename(second / "in" / "023_202096_horyu_2.csv")

        def rows(place, kind):
            return [r for p in sorted((place / "out").iterdir()) if kind in p.name and p.suffix == ".csv"
                    and not p.name.startswith(".") for r in OutFile(p.name, p.read_bytes()).rows]

        def all_there():
            return len(rows(engine.drop, "horyuichiran")) >= 2 and len(rows(second, "horyuichiran")) >= 1 + bool(other)
        engine.until(all_there, 30, "the holds go back")
        engine.osame("hold", "end", 1, "--person", "100001", "--reason", "解決")
        engine.until(lambda: len(rows(engine.drop, "horyuichiran")) >= 3, 30, "its end goes back")
        assert [r["宛名番号"] for r in sorted(rows(engine.drop, "horyuichiran"), key=lambda r: r["宛名番号"])] == \
            ["100001", "100001", "100003"]
        assert sorted(r["宛名番号"] for r in rows(second, "horyuichiran")) == ["100002", "100004"][not other:]
        assert "税" not in "".join(r["理由"] for r in rows(second, "horyuichiran"))
        engine.until(lambda: rows(engine.drop, "bangoichiran"), 30, "the number goes back")
        engine.wait_delivered()
        assert len(rows(engine.drop, "bangoichiran")) == 1 and not rows(second, "bangoichiran")
        listed = {(f["drop"], f["kind"]): f["rows"] for f in engine.rows("outfiles") if f["kind"] == "numbers"}
        assert listed == {("core", "numbers"): 1}


def layout_items(engine, layout):
    text = (engine.specs / "layouts" / f"{layout}.xml").read_text()
    return re.findall(r'item="([^"]+)"', text)
