"""シナリオ in Debian's chromium, before a real engine with the real synthesiser: what is said, at which level, and heard."""
from pathlib import Path

import pytest

from tests.console.test_pages import SHOTS, browse, site
from tests.support.certificates import Authority
from tests.support.console import Console, console_keys
from tests.support.osamed import Osamed
from tests.support.peer import remove, temporary_folder


@pytest.fixture(scope="module")
def place():
    folder = temporary_folder("osame-flow-")
    yield folder
    remove(folder)


@pytest.fixture(scope="module")
def engine(place):
    with Osamed(place / "osame", rehearsal=False) as osamed:
        osamed.campaign(scenario="short")
        osamed.keys["department kokuho"] = {"name": "保険課", "phone": "0265784112", "caller": "0265784112"}
        osamed.keys["console"] = console_keys(osamed.folder)
        osamed.run()
        yield osamed


@pytest.fixture(scope="module")
def console(place, engine):
    with Console(place / "console", engine, Authority(place / "ca"), web=site(place)) as c:
        yield c


@pytest.fixture(scope="module")
def seen(place, console):
    shots = Path(SHOTS) if SHOTS else place / "shots"
    shots.mkdir(parents=True, exist_ok=True)
    staff = console.invited("tanto", "staff").accept()
    return browse("scenario.mjs", console, shots, place, staff={"user": staff.user, "password": staff.password, "secret": staff.secret})


def test_what_is_said_and_at_which_level(seen):
    boxes = "\n".join(seen["boxes"][0])
    assert "ご本人は1を。" in boxes and "生年月日の月日" in boxes and "電話を切る" in boxes
    amount = next(box for box in seen["boxes"][0] if "です。" in box and "円" in box)
    assert "L2" in amount and "L0" not in amount


def test_it_is_heard(seen):
    assert seen["heard"] == [["playing", "ended"]] and 0.3 < seen["seconds"][0] < 30


def test_everybody_can_use_it(seen):
    serious = [(a["name"], v) for a in seen["axe"] for v in a["found"] if v["impact"] in ("serious", "critical")]
    assert not serious, serious
    assert all(w["over"] <= 0 for w in seen["wide"]), seen["wide"]
    assert seen["foreign"] == [[]] and all("status of 401" in e for e in seen["errors"][0]), seen["errors"]


def test_from_outside(engine, console):
    """Through /download/: the sound, or a refusal in words; nothing of another department."""
    staff, other = console.person("kiku", "staff"), console.person("yosono", "staff", "kokuho")

    def hear(who, data, csrf=True):
        more = ["-H", f"X-Osame-CSRF: {who.csrf}"] if csrf else []
        return console.curl("/download/scenario.say", "-b", who.cookie, "-H", "Content-Type: application/json", *more, data=data)

    first = hear(staff, b'{"campaign":"saikoku","prompt":0}')
    assert first.status == 200 and first.headers["content-type"] == "application/octet-stream"
    assert first.headers["cache-control"] == "no-store"
    assert first.body[:4] == b"RIFF" and first.body[8:16] == b"WAVEfmt "
    samples = int.from_bytes(first.body[42:46], "little")
    assert len(first.body) == 46 + samples and samples > 2000
    assert hear(staff, b'{"campaign":"saikoku","prompt":9999}').status == 404
    assert hear(staff, b'{"campaign":"saikoku"}').status == 400
    assert hear(staff, b'{"campaign":"saikoku","prompt":0}', csrf=False).status == 403
    assert hear(other, b'{"campaign":"saikoku","prompt":0}').status == 404
    assert staff.call("scenario.say", campaign="saikoku", prompt=0)[0] == 400, "without a file there is nothing to write it to"
    assert other.call("scenario.show", campaign="saikoku")[0] == 404
    rows = staff.call("scenario.show", campaign="saikoku")[1]["result"]["rows"]
    assert rows == engine.rows("scenario", "show", "saikoku")
