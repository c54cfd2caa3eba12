"""Language versions with a recorded WAV, in whole calls: by the file's 言語, by a key, and the voice for everybody else.
Residents (baresip) record what they hear; the recording is found in it, at the voice's level, although its file is soft."""
import wave

import numpy as np
import pytest

from tests.flow.test_models import calls
from tests.support import sound
from tests.support.peer import remove, temporary_folder

SCENARIO = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="notice"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <property name="timeout" value="2s"/>
  <var name="pt" expr="target.language == 'pt'"/>
  <form id="a">
    <block cond="pt"><goto next="#say"/></block>
    <field name="choice">
      <prompt>Português は2を押してください。</prompt>
      <option dtmf="2" value="pt"/>
      <noinput><goto next="#say"/></noinput>
      <filled><assign name="pt" expr="true"/><goto next="#say"/></filled>
    </field>
  </form>
  <form id="say">
    <block>
      <prompt cond="!pt">納期限のお知らせです。</prompt>
      <prompt cond="pt"><audio src="pt-1.wav">Aviso da cidade.</audio></prompt>
      <o:heard/>
      <o:reply name="language" expr="pt ? 'pt' : 'ja'"/>
      <exit/>
    </block>
  </form>
</vxml>
""".replace("Português は2を", "ポルトガル語は2を")
# What the voice says of its own, and what stands for a speaker of Portuguese in the recording.
JAPANESE, RECORDED = "ノウキゲンのお知らせです。", "これは録音されたポルトガル語です。"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def prepare(engine):
    """The recording: 16 kHz, a tenth as loud as the voice."""
    x = sound.spoken(RECORDED)
    fine = np.interp(np.arange(2 * x.size) / 2, np.arange(x.size), x)
    place = engine.specs / "announcements"
    place.mkdir(exist_ok=True)
    with wave.open(str(place / "pt-1.wav"), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(16000)
        w.writeframes((fine * 3276).astype("<i2").tobytes())
    (engine.specs / "scenarios" / "languages.vxml").write_text(SCENARIO)


def test_the_language_is_of_the_file_or_of_a_key(folder):
    ways = {"file": ([], "pt"), "key": (["2"], "pt"), "japanese": ([], "ja"), "another": ([], "ja")}
    rows = {"file": {"言語": "por"}, "another": {"言語": "vie"}}
    done = calls(folder, "languages", "notice", ways, rows=rows, prepare=prepare)
    for way, (attempt, heard, pressed) in done.items():
        language = ways[way][1]
        said = f"{way}: {attempt}, pressed {pressed}"
        assert (attempt["code"], attempt["heard"], attempt["replies"]) == (10, True, f"language={language}"), said
        texts = {"ja": sound.spoken(JAPANESE), "pt": sound.spoken(RECORDED)}
        fits = {name: sound.fit(heard, x) for name, x in texts.items()}
        other = "ja" if language == "pt" else "pt"
        assert fits[language][0] > 0.85 > 0.8 > fits[other][0], f"{fits}: {said}"
        at = fits[language][1]
        level = sound.level_db(heard[at:at + texts[language].size])
        assert -24 < level < -16, f"{level} dBFS: {said}"
