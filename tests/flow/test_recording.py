"""What residents say, kept: a message (<record>) and spoken answers of real calls, announced, as WAV in the
archive; typed by staff; gone after 30 days under a certificate. Nothing of it where keeping is off."""
import numpy as np
import pytest

from tests.flow.test_archive import keygen, rehearse_to, sealed, sh, verify
from tests.support import sound
from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.osamed import AUDITOR, OTHER, STAFF, VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.person_says import joined, silence, words

FILE = "015_202096_taisho_1.csv"
RESIDENT = "0265784101"
ACCOUNTS = {"osame": "correct-horse", RESIDENT: "pw-person"}
MESSAGE = "折り返しお電話をください。伊那太郎です。"
ANNOUNCED = "この通話のお答えは、記録します。"
SCENARIO = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <o:announce><prompt>この通話のお答えは、記録します。</prompt></o:announce>
  <form>
    <block><prompt>こちらは、伊那市役所です。</prompt></block>
    <record name="message" maxtime="30s" finalsilence="2s" beep="true">
      <property name="timeout" value="30s"/>
      <prompt>ご用件を、お話しください。</prompt>
      <filled>
        <o:reply name="left" expr="message"/>
        <prompt>ありがとうございました。</prompt>
      </filled>
    </record>
  </form>
</vxml>
"""
ASKS = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <o:announce><prompt bargein="false">この通話のお答えは、記録します。</prompt></o:announce>
  <form>
    <block><prompt bargein="false">こちらは、伊那市役所です。</prompt></block>
    <field name="answer">
      <property name="inputmodes" value="dtmf voice"/>
      <property name="timeout" value="20s"/>
      <prompt>はい、または、いいえ、でお答えください。</prompt>
      <option dtmf="1" value="yes">はい</option>
      <option dtmf="2" value="no">いいえ</option>
      <filled><prompt>ありがとうございました。</prompt></filled>
    </field>
  </form>
</vxml>
"""


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


class City:
    """The engine, its trunk, and a resident who says `sound` from the call's beginning."""

    def __init__(self, folder, scenario, sound, keys=(), keep="yes", **sections):
        self.trunk = Kamailio(folder / "trunk", ACCOUNTS)
        self.trunk.run()
        self.callee = Baresip(folder / "callee", RESIDENT, "pw-person", self.trunk.port, sound=sound, keys=keys)
        self.callee.run()
        self.engine = Osamed(folder / "osame", trunk=self.trunk.uri)
        self.engine.keys["trunk main"].update(user="osame", password=ACCOUNTS["osame"], register="yes")
        self.engine.keys.setdefault("voice", {})["keep_sound"] = keep
        for name, keys in sections.items():
            self.engine.keys[name] = keys
        (self.engine.specs / "scenarios" / "say.vxml").write_text(scenario)
        self.engine.campaign(waves=[VOICE], scenario="say", limit="3 min")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for peer in (self.engine, self.callee, self.trunk):
            peer.stop()

    def call(self):
        self.engine.drop_in(FILE, targets([person(1, RESIDENT)]))
        self.engine.start_run()
        self.engine.wait_run("closed", seconds=180)
        attempt, = self.engine.attempts()
        return attempt

    def recordings(self, *words):
        return self.engine.rows("recordings", *words)

    def fetch(self, row):
        """Its samples. ffmpeg and sox read such files; here the 58 bytes of header are read by hand."""
        out = self.engine.folder / f"out-{row['call']}-{row['n']}.wav"
        self.engine.osame("recording", "fetch", row["call"], "--n", row["n"], "--out", out)
        return samples_of(out)


def samples_of(path):
    data = path.read_bytes()
    assert (data[:4], data[8:16], data[38:42], data[50:54]) == (b"RIFF", b"WAVEfmt ", b"fact", b"data")
    assert int.from_bytes(data[20:22], "little") == 7 and int.from_bytes(data[24:28], "little") == 8000
    n = int.from_bytes(data[54:58], "little")
    assert int.from_bytes(data[46:50], "little") == n and len(data) == 58 + n + n % 2
    u = ~np.frombuffer(data[58:58 + n], dtype=np.uint8)
    magnitude = (((u & 15).astype(int) << 3) + 132 << ((u >> 4) & 7)) - 132
    return np.where(u & 128, -magnitude, magnitude) / 32768


def file_of(engine, row):
    return next(engine.var.glob(f"archive/*/*/*/recordings/call-{row['call']:010d}-{row['n']:02d}.wav"))


def said(text):
    return np.frombuffer(words(text).tobytes(), dtype="<i2") / 32768


def behind_the_wall(engine, row):
    """Another department sees no recording; an auditor sees that there is one, and does not hear it."""
    place = engine.folder / "ears"
    place.mkdir()
    place.chmod(0o1777)
    assert [r["call"] for r in engine.rows("recordings", uid=STAFF)] == [row["call"]]
    assert [r["call"] for r in engine.rows("recordings", uid=AUDITOR)] == [row["call"]]
    assert engine.rows("recordings", uid=OTHER) == []
    for uid in (OTHER, AUDITOR):
        assert engine.osame("recording", "fetch", row["call"], "--n", row["n"], "--out", place / f"{uid}.wav", uid=uid,
                            check=False).code != 0
        assert engine.osame("recording", "type", row["call"], "--n", row["n"], "--words", "-", uid=uid, check=False,
                            input="x\n").code != 0
    assert not [path for path in place.iterdir() if path.stat().st_size]
    engine.osame("recording", "fetch", row["call"], "--n", row["n"], "--out", place / "staff.wav", uid=STAFF)
    heard = [r["from"] for r in engine.rows("audit") if r["method"] == "recording.fetch"]
    assert heard == [f"uid {STAFF}"], "who heard it is on record"


def test_a_message_is_kept_and_goes(folder):
    """Announced, recorded whole and at its level, typed by staff, deleted after 30 days; the words stay."""
    with City(folder, SCENARIO, joined(silence(14), words(MESSAGE))) as city:
        key = keygen(city.engine)
        city.engine.two_departments()
        city.engine.run()
        attempt = city.call()
        assert (attempt["code"], attempt["replies"]) == (10, "left=recorded"), attempt
        row, = city.recordings()
        behind_the_wall(city.engine, row)
        assert (row["call"], row["n"], row["kind"], row["field"]) == (attempt["attempt"], 1, "message", "message")
        assert (row["sound"], row["lost"], row["typed"]) == ("kept", "", "")

        wanted, heard = sound.trimmed(said(MESSAGE)), city.fetch(row)
        fit, at = sound.fit(heard, wanted)
        assert fit > 0.9, fit
        whole = heard[at:at + wanted.size]
        assert abs(sound.level_db(whole) - sound.level_db(wanted)) < 1.0
        assert sound.longest_gap_ms(whole, wanted) <= 40
        assert abs(row["ms"] - 1000 * heard.size / sound.RATE) < 1
        after = heard.size - (at + wanted.size)
        assert after < 1.2 * sound.RATE, f"{after} samples of silence at its end: nearly all of it is cut off"
        # the resident was told before
        (_, told), = city.callee.recordings()
        fit, _ = sound.fit(sound.samples(told), sound.spoken(ANNOUNCED))
        assert fit > 0.9, fit

        path = file_of(city.engine, row)
        assert path.stat().st_mode & 0o777 == 0o600
        assert city.engine.osame("recording", "fetch", row["call"], "--n", 2, "--out", city.engine.folder / "x",
                                 check=False).code == 1
        city.engine.osame("recording", "type", row["call"], "--n", 1, "--words", "-", input="折返し希望とのこと\n")
        row, = city.recordings("--call", row["call"])
        assert (row["typed"], bool(row["typed_by"]), bool(row["typed_at"])) == ("折返し希望とのこと", True, True)
        assert not city.recordings("--untyped")
        for secret in ("折返し希望とのこと", RESIDENT):
            assert secret not in city.engine.log_text()

        day = path.parent.parent
        rehearse_to(city.engine, "2027-01-20 12:00")
        sealed(city.engine)
        city.engine.until(lambda: not path.exists(), 60, "it is deleted by itself")
        certificate = day / "deleted.recordings.sha256"
        assert path.name in certificate.read_text() and "30 d" in certificate.read_text()
        assert sh("minisign", "-q", "-V", "-p", key, "-m", certificate.name, cwd=day).returncode == 0
        assert verify(city.engine)[0] == 0
        row, = city.recordings()
        assert (row["sound"], row["typed"]) == ("deleted", "折返し希望とのこと")
        assert city.engine.osame("recording", "fetch", row["call"], "--out", city.engine.folder / "y", check=False).code == 1


def test_spoken_answers_are_kept(folder):
    """What was said behind the announcement, and nothing from before it."""
    heard = joined(silence(1.5), words("はい。"), silence(10), words("いいえ。"))
    with City(folder, ASKS, heard, recognition={"enabled": "yes"}) as city:
        city.engine.run()
        attempt = city.call()
        assert attempt["spoken"].startswith("answer=いいえ("), attempt
        row, = city.recordings()
        assert (row["kind"], row["field"], row["sound"]) == ("answer", "answer", "kept")
        fit, _ = sound.fit(city.fetch(row), sound.trimmed(said("いいえ。")))
        assert fit > 0.85, fit


def test_nothing_is_kept_where_it_is_off(folder):
    """Off is the default: spoken answers are heard and not kept, nothing is announced, a <record> is refused."""
    with City(folder, ASKS, joined(silence(8), words("いいえ。")), keep="no",
              recognition={"enabled": "yes"}) as city:
        city.engine.run()
        attempt = city.call()
        assert attempt["spoken"].startswith("answer=いいえ("), attempt
        assert not city.recordings() and not list(city.engine.var.glob("archive/*/*/*/recordings"))
        (_, told), = city.callee.recordings()
        fit, _ = sound.fit(sound.samples(told), sound.spoken(ANNOUNCED))
        assert fit < 0.8, fit
        city.engine.stop()
        (city.engine.specs / "scenarios" / "say.vxml").write_text(SCENARIO)
        with pytest.raises(AssertionError, match="keep_sound = yes"):
            city.engine.run()
        city.engine.process = None  # it ended by itself, and was meant to
