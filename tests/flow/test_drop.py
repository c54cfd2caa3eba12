"""The drop over SFTP against a real sshd: the port's contract test (tests/unit/
test_drop_contract.c), which takes the server from its environment."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from peer import remove, temporary_folder  # noqa: E402
from sshd import Sshd  # noqa: E402

BUILD = Path(os.environ.get("OSAME_BUILD", "build/release"))


@pytest.fixture
def sshd():
    folder = temporary_folder("osame-sshd-")
    try:
        with Sshd(folder) as peer:
            yield peer
    finally:
        remove(folder)


def contract(sshd, **changes):
    settings = {**sshd.settings(), **changes}
    env = {**os.environ, "OSAME_DROP_HOST": settings["host"],
           "OSAME_DROP_PORT": str(settings["port"]), "OSAME_DROP_USER": settings["user"],
           "OSAME_DROP_KEY": settings["key_file"], "OSAME_DROP_PIN": settings["host_key"],
           "OSAME_DROP_ROOT": settings["root"]}
    return subprocess.run([BUILD / "tests/unit/test_drop_contract"], env=env, text=True,
                          capture_output=True, timeout=300)


def test_contract(sshd):
    result = contract(sshd)
    assert result.returncode == 0, result.stdout + result.stderr + sshd.tail()
    assert sshd.tail(1000).count("Accepted publickey") >= 8  # the last case may stop before it signs in
