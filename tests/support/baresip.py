"""A person with a telephone: baresip, headless. Registers, answers by itself, records what it
hears, and presses keys (RFC 4733) through its control socket.
"""
import json
import re
import socket
import threading
import time
import wave

from tests.support.peer import Peer, free_port, wait_until

CONFIG = """poll_method epoll
sip_listen 127.0.0.1:{sip_port}
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 4
module_path /usr/lib/baresip/modules
audio_player aubridge,sink
audio_source aufile,{folder}/silence.wav
audio_alert aubridge,alert
audio_srate 8000
audio_channels 1
audio_buffer 20-160
rtp_tos 184
rtp_ports 20000-40000
rtp_stats no
jitter_buffer_delay 1-5
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}/heard
statmode_default off
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app auloop.so
module_app menu.so
module_app ctrl_tcp.so
"""


class Baresip(Peer):
    """`keys`: [(seconds after the call is established, key)…] are pressed in each call.
    `sound`: 16-bit samples at 8 kHz that the person says from the beginning of each call."""

    def __init__(self, folder, user, password, trunk_port, domain="ina.example", keys=(),
                 name=None, transport="udp", longest_s=180, sound=b"", srtp=False):
        self.name = name or f"baresip-{user}"
        super().__init__(folder)
        self.user, self.password, self.domain = user, password, domain
        self.trunk_port = trunk_port
        self.keys = list(keys)
        self.transport = transport
        self.longest_s = longest_s  # baresip hangs up when its own (silent) sound file ends
        self.sound = sound
        self.srtp = srtp  # SRTP or no call
        self.events = []
        self.socket = None
        self.lock = threading.Lock()

    def run(self, answer=True):
        self.heard = self.folder / "heard"
        self.heard.mkdir(exist_ok=True)
        self.heard.chmod(0o777)
        self.folder.chmod(0o777)
        self.control = free_port()
        with wave.open(str(self.folder / "silence.wav"), "wb") as w:
            w.setnchannels(1)
            w.setsampwidth(2)
            w.setframerate(8000)
            w.writeframes(self.sound + b"\0\0" * (8000 * self.longest_s - len(self.sound) // 2))
        (self.folder / "config").write_text(
            (CONFIG + ("module srtp.so\n" if self.srtp else "")).format(folder=self.folder, control=self.control, sip_port=free_port()))
        mode = "auto" if answer else "manual"
        (self.folder / "accounts").write_text(
            f"<sip:{self.user}@{self.domain};transport={self.transport}>;auth_user={self.user};"
            f"auth_pass={self.password};outbound=\"sip:127.0.0.1:{self.trunk_port};"
            f"transport={self.transport}\";answermode={mode};audio_codecs=PCMU/8000/1;"
            f"ptime=20;regint=300{';mediaenc=srtp-mand' if self.srtp else ''}\n")
        (self.folder / "contacts").write_text("")
        self.start(["baresip", "-f", self.folder, "-v"], drop_root=True)
        wait_until(self.connect, 10, why=f"{self.name}: control socket")
        threading.Thread(target=self.listen, daemon=True).start()
        wait_until(lambda: self.alive() and self.count("REGISTER_OK") or self.registered(), 10,
                   why=f"{self.name} is registered\n{self.tail()}")
        return self

    def registered(self):
        return "200 OK" in self.tail(200)

    def connect(self):
        if not self.alive():
            raise AssertionError(f"{self.name} ended:\n{self.tail()}")
        s = socket.socket()
        s.settimeout(1)
        if s.connect_ex(("127.0.0.1", self.control)):
            s.close()
            return False
        s.settimeout(None)
        self.socket = s
        return True

    def command(self, command, params=""):
        text = json.dumps({"command": command, "params": params, "token": "t"}).encode()
        with self.lock:
            self.socket.sendall(b"%d:%s," % (len(text), text))

    def press(self, key):
        self.command("sndcode", key)

    def listen(self):
        data, control = b"", self.socket
        while True:
            try:
                more = control.recv(65536)
            except OSError:
                return
            if not more:
                return
            data += more
            while True:
                head = re.match(rb"(\d+):", data)
                if not head or len(data) < head.end() + int(head[1]) + 1:
                    break
                end = head.end() + int(head[1])
                self.note(json.loads(data[head.end():end]))
                data = data[end + 1:]

    def note(self, message):
        message["at"] = time.time()
        self.events.append(message)
        if message.get("type") == "CALL_ESTABLISHED" and self.keys:
            threading.Thread(target=self.press_all, daemon=True).start()

    def press_all(self):
        start = time.monotonic()
        for after, key in self.keys:
            time.sleep(max(0, start + after - time.monotonic()))
            try:
                self.press(key)
            except OSError:
                return

    def count(self, kind):
        return sum(1 for e in list(self.events) if e.get("type") == kind)

    def recordings(self):
        """What was heard, one file a call, oldest first: [(path, [samples])]."""
        found = []
        for path in sorted(self.heard.glob("dump-*-dec.wav")):
            with wave.open(str(path), "rb") as w:
                raw = w.readframes(w.getnframes())
            found.append((path, [int.from_bytes(raw[i:i + 2], "little", signed=True)
                                 for i in range(0, len(raw), 2)]))
        return found

    def stop(self, seconds=1.5):
        """It waits for the registrar when told to end, which may be gone already: not for long."""
        super().stop(seconds)
        if self.socket:
            self.socket.close()
            self.socket = None
