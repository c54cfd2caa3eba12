"""The core system's side of the drop: a real OpenSSH sshd that serves SFTP only.

It has its own configuration, host key and user key, listens on a free loopback port and
leaves nothing on the machine. An sshd without root can only let its own user in, which is
all we need: started by root it runs as nobody (whose shell is nologin: internal-sftp runs
inside sshd and asks for no shell), else as the user who runs the tests.

    with Sshd(folder) as drop:
        drop.root                    # the remote folder that holds in/ and out/, a Path
        drop.give("targets.csv", b"...")  # appears in in/ by rename, as the contract asks
        drop.settings()              # host, port, user, key_file, host_key, root
"""
import base64
import hashlib
import os
import pwd
import signal
import subprocess
from pathlib import Path

from tests.support.peer import Peer, free_port, unprivileged, wait_until

SSHD = "/usr/sbin/sshd"

# An sshd that is not root cannot read /etc/shadow; nss-systemd then makes a locked entry for
# nobody out of thin air, and sshd refuses the account. This asks nss-systemd not to.
NO_SYNTHETIC_USERS = {"SYSTEMD_NSS_BYPASS_SYNTHETIC": "1"}

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {host_key}
AuthorizedKeysFile {authorized}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
AllowTcpForwarding no
X11Forwarding no
PermitTunnel no
PermitRootLogin no
PrintMotd no
LogLevel VERBOSE
MaxStartups 100:30:200
Subsystem sftp internal-sftp{sftp_options}
ForceCommand internal-sftp{sftp_options}
"""


def make_key(path, kind="ed25519", passphrase=""):
    """A key pair at `path`, owned by the user that sshd will be."""
    for old in (path, Path(f"{path}.pub")):
        old.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "osame-test",
                    "-f", str(path)], check=True, stdin=subprocess.DEVNULL)


def fingerprint(public_key):
    """The pin, as `ssh-keygen -l` prints it."""
    blob = base64.b64decode(Path(public_key).read_text().split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class Sshd(Peer):
    name = "sshd"

    def __init__(self, folder, sftp_options="", root=None):
        super().__init__(folder)
        self.folder.chmod(0o755)
        self.ids = unprivileged()
        self.user = pwd.getpwuid(self.ids[0] if self.ids else os.geteuid()).pw_name
        self.sftp_options = sftp_options
        self.port = 0
        self.host_key = self.folder / "host_key"
        self.user_key = self.folder / "user_key"
        self.authorized = self.folder / "authorized_keys"
        self.config = self.folder / "sshd_config"
        self.root = Path(root) if root else self.folder / "drop"
        make_key(self.host_key)
        make_key(self.user_key)
        self.authorized.write_text(Path(f"{self.user_key}.pub").read_text())
        self.authorized.chmod(0o644)
        for path in (self.root, *(self.root / name for name in ("in", "in/taken", "in/refused", "out"))):
            path.mkdir(exist_ok=True)
            self.own(path)
        self.own(self.host_key)

    def own(self, path):
        if self.ids:
            os.chown(path, *self.ids, follow_symlinks=False)

    def start(self, tries=5):
        """Binds a free port (again on another one when somebody took it meanwhile)."""
        for left in reversed(range(tries)):
            self.port = self.port or free_port()
            self.config.write_text(CONFIG.format(
                port=self.port, host_key=self.host_key, authorized=self.authorized,
                sftp_options=" " + self.sftp_options if self.sftp_options else ""))
            try:
                return super().start(
                    [SSHD, "-D", "-e", "-f", self.config], drop_root=True,
                    env={**os.environ, **NO_SYNTHETIC_USERS},
                    ready=lambda: f"listening on 127.0.0.1 port {self.port}" in self.tail(10))
            except AssertionError:
                self.stop()
                if not left:
                    raise
                self.port = 0
        raise AssertionError("not reached")

    def __enter__(self):
        return self if self.alive() else self.start()

    def new_host_key(self):
        """As after a re-installed server: same address, another key. Restart to use it."""
        make_key(self.host_key)
        self.own(self.host_key)

    def sessions(self):
        """Process ids of the connections that are being served now, children after parents: each
        is several processes (monitor, user's child), and any of them may hold the socket."""
        found = [self.process.pid] if self.alive() else []
        for pid in found:
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            found.extend(int(child) for child in children.split())
        return found[1:]

    def signal_all(self, sig):
        """To the listener and to every connection: STOP freezes them, CONT lets them go on."""
        for pid in [self.process.pid, *self.sessions()]:
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass

    def cut(self):
        """kill -9 of every connection; the listener stays. True if there was one."""
        sessions = self.sessions()
        for pid in sessions:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return bool(sessions)

    def crash(self):
        """kill -9 of all of it, as a power cut at the core system would."""
        self.cut()
        self.kill()

    def stop(self, seconds=5.0):
        if self.alive():
            self.signal_all(signal.SIGCONT)
            self.cut()
        super().stop(seconds)

    def give(self, name, data, folder="in"):
        """The core system's way: a temporary name, then a rename."""
        place = self.root / folder
        temporary = place / f".{name[:100]}.tmp"
        temporary.write_bytes(data)
        temporary.chmod(0o644)
        self.own(temporary)
        temporary.rename(place / name)

    def wait_for(self, path, seconds=10.0):
        return wait_until(lambda: (self.root / path).exists(), seconds, why=f"{path} at the drop")

    def settings(self):
        return {"host": "127.0.0.1", "port": self.port, "user": self.user,
                "key_file": str(self.user_key), "host_key": fingerprint(f"{self.host_key}.pub"),
                "root": str(self.root)}
