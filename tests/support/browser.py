"""The console in Debian's chromium (playwright-core), by the scripts of tests/console: a script's JSON lines come back as a
dictionary of lists, for the Python test to judge."""
import base64
import hashlib
import json
import os
import shutil
import subprocess

from tests.support.osamed import ROOT
from tests.support.peer import PATIENCE

SCRIPTS = ROOT / "tests" / "console"
MODULES = ROOT / "build" / "npm" / "node_modules"
WEB = ROOT / "build" / "web"
SHOTS = os.environ.get("OSAME_SHOTS")  # keeps the pictures there


def site(place):
    """Where the console's own user may read it."""
    return shutil.copytree(WEB, place / "site")


def spki(console):
    key = subprocess.run(["openssl", "x509", "-in", str(console.keys["certificate_file"]), "-pubkey", "-noout"],
                         capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key, capture_output=True, check=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def seat_of(person):
    """What a script needs to sign in as this one."""
    return {"user": person.user, "password": person.password, "secret": person.secret}


def browse(script, console, shots, place, **given):
    home = place / "home"
    home.mkdir(exist_ok=True)
    r = subprocess.run(["node", SCRIPTS / script, MODULES, console.url, spki(console), shots], input=json.dumps(given), text=True,
                       capture_output=True, timeout=120 * PATIENCE, env=os.environ | {"HOME": str(home), "TMPDIR": str(home)})
    seen = {}
    for line in r.stdout.splitlines():
        for what, value in json.loads(line).items():
            seen.setdefault(what, []).append(value)
    assert r.returncode == 0, f"{r.stderr}\n{seen}\n{console.tail()}\n{console.engine.tail()}"
    return seen


def usable(seen, pages):
    """axe found nothing serious on as many pages as that, none needs scrolling sideways at 200 %, and no other origin was asked."""
    serious = [(a["name"], v) for a in seen["axe"] for v in a["found"] if v["impact"] in ("serious", "critical")]
    assert not serious, serious
    assert len(seen["axe"]) == pages
    assert all(w["over"] <= 0 for w in seen["wide"]), [w for w in seen["wide"] if w["over"] > 0]
    assert seen["foreign"] == [[]], "another origin was asked"
    assert all("status of" in e for e in seen["errors"][0]), seen["errors"]
