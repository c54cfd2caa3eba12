"""What a person says into his telephone, as 16-bit samples at 8 kHz for Baresip(sound=…): Open JTalk's words,
tones, silence.

    joined(silence(2), words("はい。"), tone((1000,), 0.6))
"""
import array
import io
import math
import subprocess
import wave

from tests.support.sound import DICTIONARY, VOICE


def silence(seconds):
    return array.array("h", bytes(2 * int(8000 * seconds)))


def tone(hertz, seconds, level=6000):
    return array.array("h", (int(sum(level * math.sin(2 * math.pi * f * i / 8000) for f in hertz))
                             for i in range(int(8000 * seconds))))


def words(text):
    """Open JTalk's words at 8 kHz: each sixth sample of a mean over six."""
    done = subprocess.run(["open_jtalk", "-x", DICTIONARY, "-m", VOICE,
                           "-ow", "/dev/stdout"], input=text.encode(), capture_output=True, check=True, timeout=60)
    with wave.open(io.BytesIO(done.stdout)) as w:
        fast = array.array("h", w.readframes(w.getnframes()))
    return array.array("h", (sum(fast[i:i + 6]) // 6 for i in range(0, len(fast) - 6, 6)))


def joined(*parts):
    sound = array.array("h")
    for part in parts:
        sound.extend(part)
    return sound.tobytes()
