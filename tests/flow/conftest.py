"""What holds for every flow test: nothing is left behind, and failures are named at the end.

All temporary folders (tempfile, tmp_path, TMPDIR of the programs) lie in one folder of this run (of
each worker, when files run side by side), which is removed at the end, also after Ctrl-C. A test
that passed and left something there has failed. What failed is also added, one line each, to
$OSAME_FAILURES.

osamed runs as nobody when we are root. A repository below a folder that the user nobody may not enter (/root,
usual on a new machine): then what osamed needs of it is copied to where he may read it.
"""
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.peer import unprivileged

ROOT = Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("OSAME_BUILD", "build/release")).resolve()
PYTEST, COPY = "pytest", "programs"  # pytest's own tmp_path folders; see lend()


def lend(to):
    """Programs, schemas and the sanitizers' files, if the user nobody cannot reach ours."""
    if not unprivileged() or all(parent.stat().st_mode & 0o001 for parent in (BUILD, *BUILD.parents)):
        return
    to.mkdir(mode=0o755)
    for program in ("osamed", "osame", "osame-console"):
        shutil.copy(BUILD / program, to)
    shutil.copytree(ROOT / "schemas", to / "schemas")
    os.environ |= {"OSAME_PROGRAMS": str(to), "OSAME_SCHEMAS": str(to / "schemas")}
    for name in ("TSAN", "LSAN"):
        file = ROOT / f"tests/support/{name.lower()}.supp"
        shutil.copy(file, to)
        if f"{name}_OPTIONS" in os.environ:
            os.environ[f"{name}_OPTIONS"] = os.environ[f"{name}_OPTIONS"].replace(str(file), str(to / file.name))


def remember_speech(to):
    """Engines of tests speak by tests/support/open_jtalk.sh, whose memory is this folder: they run as nobody."""
    to.mkdir()
    to.chmod(0o1777)
    os.environ["OSAME_OPEN_JTALK"] = str(shutil.copy(ROOT / "tests/support/open_jtalk.sh", to))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    # A worker of pytest-xdist has the controller's TMPDIR: beside it, since paths of sockets must be short.
    parent = Path(os.environ["TMPDIR"]).parent if hasattr(config, "workerinput") else None
    folder = tempfile.mkdtemp(prefix="osame-tests-", dir=parent)
    os.chmod(folder, 0o1777)  # peers run as nobody
    config.flow_temp = Path(folder)
    tempfile.tempdir = folder
    os.environ["TMPDIR"] = folder
    config.option.basetemp = str(config.flow_temp / PYTEST)
    lend(config.flow_temp / COPY)
    remember_speech(config.flow_temp / "speech")


def pytest_unconfigure(config):
    shutil.rmtree(config.flow_temp, ignore_errors=True)


# Those that take minutes. A file is given to one worker, whole: one that came last would be waited for by all.
FIRST = ["test_models", "test_demo", "test_cli", "test_ear", "test_columns", "test_spoken", "test_reminder_ways", "test_crash"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))


@pytest.fixture(autouse=True)
def nothing_left(request):
    """Before all other fixtures, so that its look comes after they have tidied up."""
    place = request.config.flow_temp
    before = set(os.listdir(place))
    yield
    left = set(os.listdir(place)) - before - {PYTEST}
    for name in left:
        shutil.rmtree(place / name, ignore_errors=True)
    assert not left, f"left behind in the temporary folder: {sorted(left)}"


def reason(report):
    """The last line that says why, without its place."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr)
    return " ".join(text.split())[:300]


def pytest_terminal_summary(terminalreporter):
    place = os.environ.get("OSAME_FAILURES")
    if not place:
        return
    build = os.environ.get("OSAME_BUILD", "")
    with open(place, "a", encoding="utf-8") as out:
        for kind in ("failed", "error"):
            for report in terminalreporter.stats.get(kind, []):
                out.write(f"FAILED {build} {report.nodeid}: {reason(report)}\n")
