"""Files that went out, once more; and a drop that takes nothing for a long time."""
import os

import pytest

from tests.support.osamed import Osamed, person, targets
from tests.support.peer import remove, temporary_folder

NAME = "015_202096_taisho_1.csv"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o777)
    yield path
    remove(path)


@pytest.fixture
def engine(folder):
    with Osamed(folder / "osame", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.keys.setdefault("engine", {})["deliver_alert"] = "1 s"
        osamed.run()
        osamed.drop_in(NAME, targets([person(1, "0265784101"), person(2, 氏名="")]))
        osamed.wait_out("error", 1)
        osamed.wait_delivered()
        yield osamed


def test_the_same_bytes(engine, folder):
    for f in engine.rows("outfiles"):
        out = folder / f"again-{f['file']}"
        sent = (engine.drop / "out" / f["name"]).read_bytes()
        answer = engine.osame("results", "rebuild", f["file"], "--out", out)
        assert out.read_bytes() == sent
        assert answer.json["sha256"] == f["sha256"]
        twice = engine.osame("results", "rebuild", f["file"], "--out", out, check=False)
        assert twice.code == 4 and "exists" in twice.err and out.read_bytes() == sent
    no = engine.osame("results", "rebuild", 99, "--out", folder / "no", check=False)
    assert no.code == 1 and "there is no file 99" in no.err and not (folder / "no").exists()
    assert engine.osame("results", "rebuild", 1, check=False).code == 2


def test_other_bytes_are_given_to_nobody(engine, folder):
    engine.stop()
    layout = engine.specs / "layouts" / "receipt.xml"
    layout.write_text(layout.read_text().replace('item="内容"', 'item="内容等"'))
    engine.restart()
    f, = [f for f in engine.rows("outfiles") if f["kind"] == "receipt"]
    no = engine.osame("results", "rebuild", f["file"], "--out", folder / "no", check=False)
    assert no.code == 1 and "other bytes" in no.err and not (folder / "no").exists()
    assert not [p for p in engine.folder.rglob("tmp/*") if p.is_file()]


def test_put_again(engine, folder):
    """The receiver took it at once and lost it: the same name and bytes come again. What still lies there
    is delivered without being touched."""
    f = engine.rows("outfiles")[0]
    path = engine.drop / "out" / f["name"]
    sent = path.read_bytes()
    for taken in (True, False):
        before = path.stat().st_ino
        if taken:
            path.unlink()
        engine.osame("results", "rebuild", f["file"], "--again", "--reason", "先方で消えた")
        engine.wait_delivered()
        assert path.read_bytes() == sent
        assert taken or path.stat().st_ino == before
    engine.stop()
    engine.restart()
    assert path.read_bytes() == sent
    assert not [a for a in engine.rows("alerts") if a["alert"] == "archive"]


def test_a_drop_that_takes_nothing(engine):
    """Tried with growing waits and said so, also after a restart; delivered when it can be."""
    out = engine.drop / "out"
    out.rename(engine.drop / "gone")
    engine.drop_in("015_202096_taisho_2.csv", targets([person(3, "0265784103")]))

    def waiting():
        return [f for f in engine.rows("outfiles") if f["state"] == "sending" and f["tries"] >= 2]
    f, = engine.until(waiting, 40, "two tries failed", every=0.2)
    assert f["why"]
    alert, = [a for a in engine.rows("alerts") if a["alert"] == "late-core"]
    assert alert["state"] == "now" and "tries failed" in alert["words"]
    engine.kill9()
    engine.restart()
    f, = engine.until(waiting, 40, "it is not forgotten", every=0.2)
    (engine.drop / "gone").rename(out)
    engine.wait_delivered(60)
    assert [a["state"] for a in engine.rows("alerts") if a["alert"] == "late-core"] in (["over"], [])
