#!/usr/bin/python3 -IS
"""Open JTalk for tests that ask which sentences were said in whole calls, and not how they sound: each sentence is a
quarter of a second of two tones in turn, which are its number; its text lies in a file of that name. Called as the engine
calls open_jtalk: … -ot /dev/fd/3 -ow /dev/stdout, the text on standard input. `Heard` reads the numbers back.

The texts lie in the folder `said` beside this file: a test copies it to a folder of its own.
"""
import math
import os
import sys

RATE = 8000
TONES = [400 + 80 * k for k in range(32)]
TONE_S = 0.12


def number_of(text, folder):
    """The number that stands for a text:. Two at once may give it two: no harm."""
    for n in range(len(TONES) ** 2):
        path = f"{folder}/{n}"
        try:
            with open(path, "x", encoding="utf-8") as f:
                f.write(text)
            return n
        except FileExistsError:
            with open(path, encoding="utf-8") as f:
                if f.read() == text:
                    return n
    raise RuntimeError("too many sentences")


def wave(n):
    tones = [TONES[n // len(TONES)], TONES[n % len(TONES)]]
    sound = b"".join(int(9000 * math.sin(2 * math.pi * hertz * i / RATE)).to_bytes(2, "little", signed=True)
                     for hertz in tones for i in range(int(RATE * TONE_S)))
    head = b"".join((b"RIFF", (36 + len(sound)).to_bytes(4, "little"), b"WAVEfmt ", (16).to_bytes(4, "little"),
                     (1).to_bytes(2, "little"), (1).to_bytes(2, "little"), RATE.to_bytes(4, "little"),
                     (2 * RATE).to_bytes(4, "little"), (2).to_bytes(2, "little"), (16).to_bytes(2, "little"),
                     b"data", len(sound).to_bytes(4, "little")))
    return head + sound


def trace(text):
    """One known word, which is all of the text: nothing was lost."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    return f"[Text analysis result]\n{wide},名詞,一般,*,*,*,*,{wide},ア,ア,0/1,C1\n\n".encode()


def main():
    text = sys.stdin.buffer.read().decode().strip()
    with open(3, "wb") as out:
        out.write(trace(text))
    sys.stdout.buffer.write(wave(number_of(text, os.path.dirname(os.path.abspath(__file__)) + "/said")))


class Heard:
    """The sentences in µ-law bytes that grow: take(bytes) more of them, `texts` those that were said whole."""

    PAUSE = 160         # so many samples of silence part two sentences
    WHOLE = RATE * TONE_S * 2

    def __init__(self, folder):
        self.folder = folder
        self.texts = []
        self.sound, self.quiet = [], 0

    def take(self, ulaw):
        for byte in ulaw:
            sample = LINEAR[byte]
            if abs(sample) >= 400:
                self.sound += [0] * self.quiet if self.sound else []
                self.sound.append(sample)
                self.quiet = 0
            else:
                self.quiet += 1
                if self.quiet == self.PAUSE and self.sound:
                    self.end()
        return self

    def end(self):
        sound, self.sound = self.sound, []
        if len(sound) < 0.95 * self.WHOLE:  # it was cut short by a key
            return
        half = int(RATE * TONE_S)
        high, low = (pitch(part) for part in (sound[half // 4:half * 3 // 4], sound[half * 5 // 4:half * 7 // 4]))
        try:
            with open(f"{self.folder}/said/{high * len(TONES) + low}", encoding="utf-8") as f:
                self.texts.append(f.read())
        except FileNotFoundError:
            self.texts.append("?")  # a tone that is no sentence: the beep before a <record>


def linear(byte):
    byte = ~byte & 0xFF
    magnitude = ((((byte & 0x0F) << 3) + 132) << (byte >> 4 & 7)) - 132
    return -magnitude if byte & 0x80 else magnitude


LINEAR = [linear(b) for b in range(256)]


def pitch(samples):
    """Which of TONES it is (Goertzel)."""
    def power(hertz):
        c, a, b = 2 * math.cos(2 * math.pi * hertz / RATE), 0.0, 0.0
        for x in samples:
            a, b = x + c * a - b, a
        return a * a + b * b - c * a * b
    return max(range(len(TONES)), key=lambda k: power(TONES[k]))


if __name__ == "__main__":
    main()
