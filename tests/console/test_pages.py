"""The console's pages in Debian's chromium (playwright-core), before a real engine, over TLS."""
import pytest

from tests.support.browser import browse, usable
from tests.support.console import console_keys
from tests.support.osamed import Osamed, person, targets


@pytest.fixture(scope="module")
def engine(place):
    """Two runs by the rehearsal clock, running, whose first window opens tomorrow morning: the clock stands at a call
    that nobody answers."""
    with Osamed(place / "osame", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.keys["console"] = console_keys(osamed.folder)
        osamed.keys["money"] = {"call": "8.5", "month": "12000", "limit": "250000"}
        osamed.run()
        for n in (1, 2):
            osamed.drop_in(f"015_202096_taisho_{n}.csv", targets([person(10 * n + i, f"026578410{i}") for i in range(3)]))
            osamed.wait_run("draft", n)
            osamed.osame("run", "submit", n)
        yield osamed


def test_sign_in_see_and_stop(console, engine, shots, place):
    tanto = console.invited("tanto", "manager operator").accept()
    other = console.invited("atarashii")
    seen = browse("today.mjs", console, shots, place, user=tanto.user, password=tanto.password, code=tanto.code(),
                  invite=other.token)
    assert "利用者名、パスワード、確認コードのいずれかが違います" in seen["wrong"][0]
    assert seen["cookie"] == [""], "scripts see no session"
    runs = {r["run"]: r for r in engine.rows("run", "list")}
    for row in seen["rows"][0]:
        assert "試験の配信業務" in row and "承認待ち" in row and f"0/{runs[1]['targets']}人" in row
    figures = "\n".join(seen["figures"][0])
    assert "0/4回線" in figures and "12,000円" in figures.replace("\n", "") and "250,000円" in figures
    assert seen["after-escape"] == ["承認待ち"]
    assert sorted(seen["after-one"][0]) == sorted(["緊急停止", "承認待ち"])
    assert "配信1を緊急停止しました" in seen["said"][0]
    assert {r["state"] for r in engine.rows("run", "list")} == {"stopped"}
    assert {a["name"] for a in seen["axe"]} == {"invite", "signin", "today", "stop", "stopped"}
    usable(seen, pages=5)
    audit = [(r["user"], r["method"], r["result"]) for r in engine.rows("audit")]
    assert (tanto.user, "run.stop", "done") in audit and (tanto.user, "stop.all", "done") in audit


def test_the_engine_is_down(console, engine, shots, place):
    engine.stop()
    try:
        seen = browse("down.mjs", console, shots, place)
    finally:
        engine.restart()
    assert "システムが応答しません" in seen["alert"][0] and "内線2222" in seen["alert"][0] and "から停止しています" in seen["alert"][0]
