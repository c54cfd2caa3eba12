"""Speech as numbers: Open JTalk's rendering of a sentence at 8 kHz through G.711, and where it stands in
what a telephone recorded. Samples are numpy arrays of floats, full scale 1.0.
"""
import subprocess
import tempfile
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np

RATE = 8000
STEP = RATE // 100  # 10 ms
DICTIONARY = "/var/lib/mecab/dic/open-jtalk/naist-jdic"
VOICE = "/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice"


def samples(integers):
    return np.asarray(integers, dtype=np.float64) / 32768


def through_g711(x):
    """µ-law there and back (ITU-T G.711)."""
    magnitude = np.minimum(np.abs(x) * 32768, 32635) + 132
    exponent = np.floor(np.log2(magnitude)) - 7
    step = 2.0 ** (exponent + 3)
    back = np.floor(magnitude / step) * step + step / 2 - 132
    return np.sign(x) * back / 32768


def to_8_khz(x, rate):
    """A low pass at 3.6 kHz (windowed sinc), then one sample in six."""
    n = np.arange(-240, 241)
    kernel = np.sinc(2 * 3600 / rate * n) * np.hamming(n.size)
    return np.convolve(x, kernel / kernel.sum(), mode="same")[::rate // RATE]


def trimmed(x, least=0.01):
    loud = np.flatnonzero(np.abs(x) > least * np.abs(x).max())
    return x[loud[0]:loud[-1] + 1]


@lru_cache(maxsize=32)
def spoken(text):
    """Open JTalk reads it; silence around it is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.wav"
        subprocess.run(["open_jtalk", "-x", DICTIONARY, "-m", VOICE, "-ow", out], input=text.encode(), check=True)
        with wave.open(str(out), "rb") as w:
            rate = w.getframerate()
            x = np.frombuffer(w.readframes(w.getnframes()), dtype="<i2").astype(np.float64) / 32768
    return through_g711(trimmed(to_8_khz(x, rate)))


def find(heard, wanted):
    """(fit, offset): the best normalised cross-correlation, -1 to 1, and where."""
    n = wanted.size
    if heard.size < n:
        return 0.0, 0
    w = wanted - wanted.mean()
    size = 1 << (heard.size + n).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(w, size)), size)[:heard.size - n + 1]
    total = np.concatenate(([0.0], np.cumsum(heard)))
    square = np.concatenate(([0.0], np.cumsum(heard * heard)))
    mean = (total[n:] - total[:-n]) / n
    power = np.maximum(square[n:] - square[:-n] - n * mean * mean, 1e-9)
    fit = product / np.sqrt(power * np.dot(w, w))
    at = int(np.argmax(fit))
    return float(fit[at]), at


def fit(heard, wanted, piece_s=0.25, slip_s=0.1):
    """(fit, offset) as find(), but a telephone that slipped by some packets on a busy machine still fits: the
    median over pieces, each looked for near its place."""
    _, at = find(heard, wanted)
    piece, slip = int(piece_s * RATE), int(slip_s * RATE)
    fits = []
    for start in range(0, wanted.size - piece // 2, piece):
        part = wanted[start:start + piece]
        where = heard[max(0, at + start - slip):at + start + part.size + slip]
        fits.append(find(where, part)[0])
    return float(np.median(fits)), at


def level_db(x, below=25):
    """RMS of the frames that speak (20 ms, at most so many dB below the loudest), dBFS."""
    frames = x[:x.size // (2 * STEP) * 2 * STEP].reshape(-1, 2 * STEP)
    power = np.mean(frames * frames, axis=1)
    return float(10 * np.log10(np.mean(power[power > power.max() * 10 ** (-below / 10)])))


def longest_gap_ms(heard, wanted, quiet=0.002):
    """The longest stretch in which `heard` is silent and `wanted`, as loud as it, clearly is not."""
    n = min(heard.size, wanted.size) // STEP
    scaled = wanted * 10 ** ((level_db(heard) - level_db(wanted)) / 20)
    peak = [np.abs(x[:n * STEP]).reshape(-1, STEP).max(axis=1) for x in (heard, scaled)]
    longest = gap = 0
    for silent in (peak[0] < quiet) & (peak[1] > 4 * quiet):
        gap = gap + 1 if silent else 0
        longest = max(longest, gap)
    return longest * 10
