"""What a scenario must not hold is refused with file and line: when staff check it (`osame scenario check`), when the specs
are (`osame spec check`), and when the engine starts, which then does not."""
import os
import shutil
import subprocess

import pytest

from tests.support.osamed import PROGRAMS, ROOT, VOICE, Osamed
from tests.support.peer import remove, temporary_folder, unprivileged

HEAD = ('<vxml version="2.1" o:kind="general" xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">\n'
        '<form id="f"><block>\n')
TAIL = "\n</block></form></vxml>\n"

REFUSED = {
    "an unknown name": ("<if cond=\"target.salary == 1\"><exit/></if>", 3, "target.salary"),
    "the birthday": ("<if cond=\"target.birth_md == 1\"><exit/></if>", 3, "cannot be named"),
    "a call out of the list": ("<if cond=\"fetch('x')\"><exit/></if>", 3, "no function \"fetch\""),
    "an assignment": ("<if cond=\"f = 1\"><exit/></if>", 3, "cond="),
    "a recording above the folder": ('<prompt><audio src="../secret.wav">あ</audio></prompt>', 3, "[audio]"),
    "a recording elsewhere": ('<prompt><audio src="/tmp/secret.wav">あ</audio></prompt>', 3, "[audio]"),
    "a link out of the folder": ('<prompt><audio src="link.wav">あ</audio></prompt>', 3, "symbolic link"),
    "a recording that is not there": ('<prompt><audio src="none.wav">あ</audio></prompt>', 3, "no such file"),
    "no recording at all": ('<prompt><audio src="text.wav">あ</audio></prompt>', 3, "not a WAV"),
}


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


@pytest.fixture
def engine(folder):
    return Osamed(folder / "osame")


def osame(*args):
    return subprocess.run([PROGRAMS / "osame", *args], capture_output=True, text=True, timeout=120, cwd=ROOT)


def start(engine):
    """Runs osamed, which should end by itself."""
    engine.write_config()
    ids = unprivileged()
    who = {"user": ids[0], "group": ids[1], "extra_groups": []} if ids else {}
    return subprocess.run([PROGRAMS / "osamed", "-c", engine.config], capture_output=True, text=True, timeout=120,
                          cwd=engine.folder, **who)


def put(engine, text):
    announcements = engine.specs / "announcements"
    (announcements / "text.wav").write_text("no sound")
    shutil.copy(ROOT / "README.md", engine.folder / "secret.wav")
    os.symlink(engine.folder / "secret.wav", announcements / "link.wav")
    path = engine.specs / "scenarios/bad.vxml"
    path.write_text(text)
    engine.campaign(kind="general", scenario="bad", waves=(VOICE,))
    return path


def refused(done, line, words):
    told = done.stderr + done.stdout
    assert done.returncode != 0, told
    assert f"bad.vxml:{line}: " in told, told
    assert words in told, told


@pytest.mark.parametrize("what", REFUSED)
def test_refused_at_check_and_at_start(engine, what):
    body, line, words = REFUSED[what]
    path = put(engine, HEAD + body + TAIL)
    refused(osame("scenario", "check", path), line, words)
    refused(osame("--schemas", ROOT / "schemas", "spec", "check", engine.specs), line, words)
    refused(start(engine), line, words)


def test_a_doctype_is_refused_at_check_and_at_start(engine):
    path = put(engine, '<!DOCTYPE vxml SYSTEM "file:///etc/passwd">\n' + HEAD + "<exit/>" + TAIL)
    for done in (osame("scenario", "check", path),
                 osame("--schemas", ROOT / "schemas", "spec", "check", engine.specs), start(engine)):
        told = done.stderr + done.stdout
        assert done.returncode != 0 and "bad.vxml" in told and "DOCTYPE" in told, told


RECORDS = HEAD.replace("<form", "<o:announce><prompt>記録します。</prompt></o:announce>\n<form").replace("<block>", "") + \
    '<record name="m"><prompt>お話しください。</prompt></record>' + TAIL.replace("</block>", "")
NEEDS = "the scenario has a <record>, which needs keep_sound = yes in [voice]: set it, or take the <record> out"


def test_a_record_where_nothing_is_kept(engine):
    """The same words at every check and at the start. Where no configuration is given nobody knows: a warning."""
    path = put(engine, RECORDS)
    told = osame("scenario", "check", path)
    assert told.returncode == 0 and f"bad.vxml: warning: {NEEDS}" in told.stderr, told
    assert osame("-c", engine.folder, "scenario", "check", path).returncode != 0, "no configuration"
    engine.write_config()
    schemas = ("--schemas", ROOT / "schemas")
    for done in (osame("-c", engine.config, "scenario", "check", path),
                 osame("-c", engine.config, *schemas, "spec", "check", engine.specs), start(engine)):
        assert done.returncode != 0 and f"error: {NEEDS}" in done.stderr + done.stdout, done
    engine.keys["voice"]["keep_sound"] = "yes"
    engine.write_config()
    for words in (("scenario", "check", path), (*schemas, "spec", "check", engine.specs)):
        done = osame("-c", engine.config, *words)
        assert done.returncode == 0 and "<record>" not in done.stderr, done
