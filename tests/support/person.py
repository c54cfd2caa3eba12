"""A person at a telephone who hears each prompt to its end and then presses keys.

    Person(folder, "0265901001", "password", trunk.port, answers=["1", "0512", "2", "1215"]).run()

`answers`: what he presses after each prompt, in every call; "" lets that prompt pass and waits for
the next one. When they are used up he listens until the caller hangs up. He hears a prompt's end as
people do, by the silence behind it: baresip writes what it hears into a file while the call lasts,
and that file is read as it grows.
"""
import threading
import time

from tests.support.baresip import Baresip

RATE = 8000
STEP = RATE // 50          # 20 ms
LOUD = 200                 # mean |sample| of speech is ten times this, of silence next to none
SPEECH_S = 0.4             # so much speech is a prompt
SILENCE_S = 1.3            # so much silence is its end: pauses between sentences are shorter
BETWEEN_KEYS_S = 0.35
PATIENCE_S = 60            # a prompt that is longer is no prompt


class Person(Baresip):
    def __init__(self, *args, answers=(), **options):
        super().__init__(*args, **options)
        self.answers = list(answers)
        self.calls = 0
        self.known = set()  # recordings of earlier calls
        self.pressed = []  # what was pressed, to be shown when a test fails

    def note(self, message):
        super().note(message)
        if message.get("type") == "CALL_ESTABLISHED":
            self.calls += 1
            threading.Thread(target=self.talk, args=(self.calls,), daemon=True).start()

    def talk(self, call):
        """Presses the answers, each after a prompt; ends with the call, or with patience."""
        try:
            ear = Ear(self.recording)
            for keys in self.answers:
                if not ear.hear(lambda: self.in_call(call)):
                    return
                for key in keys:
                    self.press(key)
                    self.pressed.append((call, key))
                    time.sleep(BETWEEN_KEYS_S)
        except OSError:
            return  # the call or baresip ended meanwhile

    def in_call(self, call):
        return self.alive() and self.calls == call and self.count("CALL_CLOSED") < call

    def recording(self):
        """The file of the call under way, or None."""
        new = sorted(set(self.heard.glob("dump-*-dec.wav")) - self.known)
        self.known.update(new)
        return new[-1] if new else None


class Ear:
    """Hears one recording while it grows."""

    def __init__(self, recording):
        self.recording = recording
        self.file = None

    def hear(self, going_on):
        """Waits for a prompt's end: speech, then silence. False when there is none to come."""
        speech = silence = 0.0
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and going_on():
            time.sleep(0.05)
            for loud in self.steps():
                if loud:
                    speech += STEP / RATE
                    silence = 0.0
                else:
                    silence += STEP / RATE
            if speech >= SPEECH_S and silence >= SILENCE_S:
                return True
        return False

    def steps(self):
        """For each 20 ms that came since the last look: is it speech?"""
        if not self.file:
            path = self.recording()
            if not path:
                return
            self.file = open(path, "rb")
            self.file.seek(44)
        while True:
            at = self.file.tell()
            data = self.file.read(STEP * 2)
            if len(data) < STEP * 2:
                self.file.seek(at)
                return
            samples = memoryview(data).cast("h")
            yield sum(map(abs, samples)) / STEP > LOUD
