"""The key that seals the secrets of accounts' codes, lost and found again, as who keeps the machine sees it: the
engine starts and says so, makes no other key, and `osamed --check` says it before."""
import os
import subprocess
import time

import pytest

from tests.support.certificates import Authority
from tests.support.console import Console, console_keys, totp
from tests.support.osamed import PROGRAMS, Osamed
from tests.support.peer import PATIENCE, remove, temporary_folder


@pytest.fixture
def folder():
    folder = temporary_folder("osame-flow-")
    yield folder
    remove(folder)


def check(engine):
    r = subprocess.run([f"{PROGRAMS}/osamed", "--check", str(engine.config)], capture_output=True, text=True, timeout=60 * PATIENCE,
                       **({"user": engine.ids[0], "group": engine.ids[1], "extra_groups": []} if engine.ids else {}))
    return r.returncode, r.stdout + r.stderr


def alerts(engine):
    return [a["words"] for a in engine.rows("alerts") if a["alert"] == "account-key" and a["state"] == "now"]


def right_now(person):
    """A code that would let him in, which no other call has used up."""
    return totp(person.secret, int(time.time()) // 30 + 1)


def test_a_key_that_is_lost(folder):
    with Osamed(folder / "osame", rehearsal=False) as engine:
        engine.campaign()
        engine.keys["console"] = console_keys(engine.folder)
        engine.run()
        with Console(folder / "console", engine, Authority(folder / "ca")) as console:
            otome = console.invited("otome").accept().sign_in()
            sign = {"user": otome.user, "password": otome.password}
            key = engine.var / "accounts.key"
            assert check(engine)[0] == 0 and alerts(engine) == []

            engine.stop()
            key.rename(folder / "kept")
            code, said = check(engine)
            assert code == 4 and "accounts.key" in said and "is gone" in said
            engine.restart()
            said, = engine.until(lambda: alerts(engine), 10, "the alert")
            assert "is gone" in said and not key.exists(), "no new one is made"
            assert console.post("/api/session.open", sign | {"code": right_now(otome)}).status == 401
            made = engine.osame("user", "add", "jiro", "--name", "二郎", "--department", "zeimu", "--role", "staff").json
            look = console.post("/api/invite.look", {"token": made["link"].split("#invite=")[1]})
            assert look.status == 409 and "accounts.key is gone" in look.json["error"]["message"]

            engine.stop()
            key.write_text("0123456789abcdef" * 4 + "\n")
            key.chmod(0o600)
            if engine.ids:
                os.chown(key, *engine.ids)
            code, said = check(engine)
            assert code == 4 and "not the key" in said
            engine.restart()
            said, = engine.until(lambda: alerts(engine), 10, "the alert")
            assert "another key" in said and "otome" in said
            assert {u["user"]: u["locked_out"] for u in engine.rows("user")} == {"otome": True, "jiro": False}
            assert console.post("/api/session.open", sign | {"code": right_now(otome)}).status == 401

            # put back as root, empty, cut: the engine starts all the same, and touches nothing
            whole = (folder / "kept").read_text()
            for text, mode, owner, words in ((whole, 0o640, engine.ids, "chmod 600"), ("", 0o600, engine.ids, "is empty"),
                                             (whole[:40], 0o600, engine.ids, "64 hex digits"), (whole, 0o600, (0, 0), "Permission denied")):
                if not engine.ids:
                    continue  # there is no other user than the engine's
                engine.stop()
                key.write_text(text)
                key.chmod(mode)
                if owner:
                    os.chown(key, *owner)
                code, said = check(engine)
                assert code == 4 and words in said, said
                if owner == (0, 0) or mode == 0o640:
                    said = subprocess.run([f"{PROGRAMS}/osamed", "--check", str(engine.config)], capture_output=True, text=True,
                                          timeout=60 * PATIENCE)
                    assert said.returncode == 4 and f"chown {engine.ids[0]}, chmod 600" in said.stderr
                engine.restart()
                said, = engine.until(lambda: alerts(engine), 10, "the alert")
                assert "cannot be used" in said and words in said and key.read_text() == text
                assert console.post("/api/session.open", sign | {"code": right_now(otome)}).status == 401
                assert engine.rows("run") == []

            engine.stop()
            key.unlink()
            (folder / "kept").rename(key)
            assert check(engine)[0] == 0
            engine.restart()
            assert alerts(engine) == [] and not any(u["locked_out"] for u in engine.rows("user"))
            otome.sign_in()
