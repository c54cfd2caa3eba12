"""make deps: what it would add for contrib, from apt sources of both styles, and its quick end."""
import os
import subprocess
from pathlib import Path

import pytest

DEPS = "tests/support/deps.sh"
KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"


@pytest.fixture
def apt(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def contrib(apt):
    done = subprocess.run([DEPS, "--contrib", apt], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def codename():
    line = next(x for x in Path("/etc/os-release").read_text().splitlines() if x.startswith("VERSION_CODENAME="))
    return line.split("=")[1].strip('"')


def test_deb822(apt):
    (apt / "sources.list.d/debian.sources").write_text(f"""\
Types: deb deb-src
# a comment
URIs: http://mirror.test/debian
Suites: {codename()}
  {codename()}-updates
Components: main non-free-firmware
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
""")
    assert contrib(apt).strip() == f"""\
Types: deb
URIs: http://mirror.test/debian
Suites: {codename()}
  {codename()}-updates
Components: contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc"""


def test_one_line(apt):
    (apt / "sources.list").write_text(f"""\
# deb http://off.test/debian {codename()} main
deb [arch=amd64,arm64 signed-by={KEY}] http://mirror.test/debian {codename()}-updates main # words
deb-src http://mirror.test/debian {codename()} main
""")
    assert contrib(apt).strip() == f"""\
Types: deb
URIs: http://mirror.test/debian
Suites: {codename()}-updates
Components: contrib
Architectures: amd64 arm64
Signed-By: {KEY}"""


@pytest.mark.parametrize("why, text", [
    ("contrib is there already", "deb http://mirror.test/debian {} main contrib\n"),
    ("another release", "deb http://mirror.test/debian oldname main\n"),
    ("somebody else's repository", "deb http://mirror.test/other {}-pgdg main\n"),
    ("no main", "deb http://mirror.test/other {} stable\n"),
])
def test_left_alone(apt, why, text):
    (apt / "sources.list.d/x.list").write_text(text.format(codename()))
    assert contrib(apt) == "", why


def test_disabled_and_ours_are_left_alone(apt):
    stanza = f"Types: deb\nURIs: http://mirror.test/debian\nSuites: {codename()}\nComponents: main\n"
    (apt / "sources.list.d/off.sources").write_text(stanza + "Enabled: no\n")
    (apt / "sources.list.d/osame-contrib.sources").write_text(stanza)
    assert contrib(apt) == ""


def test_nothing_to_do_is_quiet():
    done = subprocess.run([DEPS], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_without_root_the_missing_are_listed(tmp_path):
    """A dpkg-query that knows nothing stands for a bare machine; no root, nothing is installed."""
    (tmp_path / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    for tool in ("dpkg-query", "apt-get"):
        (tmp_path / tool).chmod(0o755)
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([DEPS], capture_output=True, text=True, env=env)
    assert done.returncode == 1
    assert "kamailio" in done.stdout and "only root can install" in done.stdout
    assert not (tmp_path / "called").exists()
