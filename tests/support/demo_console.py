"""The web console after the demonstration (KEEP=1): osamed starts once more on what the night left, with a
console before it, on loopback; a link lets whoever sits there choose a password and sign in."""
import os
import shutil
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.console import CONSOLE_UID, Console
from tests.support.osamed import ROOT
from tests.support.peer import free_port, unprivileged

WEB = ROOT / "build" / "web"
ROLES = "administrator manager staff operator auditor"


def section(socket, url):
    """[console] of the engine, as text."""
    user = CONSOLE_UID if unprivileged() else os.geteuid()
    return f"\n[console]\nsocket = {socket}\nurl = {url}\nuser = {user}\n"


class Kept:
    """`socket`: of the engine's console. `osame`: runs the command line, gives its answer."""

    def __init__(self, folder, socket, osame, web=WEB):
        self.osame, port = osame, free_port()
        self.keys = {"console": {"socket": socket}}
        folder = Path(folder)
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # the console's own user reads here
        if web:
            web = shutil.copytree(web, folder / "pages")
        authority = Authority(folder / "ca", name="Osame demonstration")
        self.console = Console(folder / "console", self, authority, web=web, host="localhost", port=port)
        self.console.programs = shutil.copy(Path(self.console.programs) / "osame-console", folder) and folder
        self.url = self.console.url

    def open(self, user="hanako", name="高遠花子", department="shuno"):
        """Starts it; the link."""
        self.console.run()
        return self.osame("user", "add", user, "--name", name, "--department", department, "--role", ROLES)["link"]

    def words(self, link):
        return [f"console: {self.url}  (this machine only; the certificate is the demonstration's own: the browser asks)",
                f"one-time sign-in: {link}",
                "  choose a password there, put the secret into an authenticator, sign in. Ctrl-C ends everything."]

    def stop(self):
        self.console.stop()
