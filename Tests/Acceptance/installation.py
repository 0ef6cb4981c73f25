"""A Watchpost installation in a directory of its own, worked through its real program, and the server that keeps its mail."""
import os
import pathlib
import pwd
import re
import signal
import subprocess


class Failed(Exception):
    """A command did not end as it must; the text says which and what it wrote."""


class Installation:
    def __init__(self, binary, directory, user=None):
        self.user = {} if user is None else {"user": user, "group": user_group(user), "extra_groups": []}
        self.binary = str(pathlib.Path(binary).resolve())
        self.directory = pathlib.Path(directory)
        self.config = self.directory / "watchpost.yaml"
        self.ledger = self.directory / "ledger.sqlite"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("WATCHPOST_")}
        self.environment["LC_ALL"] = "C.UTF-8"
        self.unusable = []
        self.run("init", str(self.directory), config=False)

    def configure(self, text):
        """Appends sections to the configuration that `init` wrote."""
        with self.config.open("a") as file:
            file.write("\n" + text)

    def set_constant(self, source, name, value):
        """Changes a constant of a mapping, as an admin would."""
        path = self.directory / "sources" / f"{source}.yaml"
        text, count = re.subn(rf"(?m)^(  {name}:).*$", rf'\1 "{value}"', path.read_text())
        if count != 1:
            raise Failed(f"{path} has {count} constants `{name}`")
        path.write_text(text)

    def command(self, *arguments, config=True):
        return [self.binary, *arguments] + (["--config", str(self.config)] if config else [])

    def run(self, *arguments, config=True, expect=(0,), silent=False, telling=None):
        """Runs a command to its end and returns its standard output; `telling`: says that in one line, and no more.

        What is told of an address that is none is kept in `unusable`: each person may be named there once.
        """
        ended = subprocess.run(
            self.command(*arguments, config=config), env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=900, **self.user)
        lines = (ended.stdout + ended.stderr).splitlines(keepends=True)
        said = "".join(line for line in lines if NO_ADDRESS not in line)
        self.unusable += [line for line in lines if NO_ADDRESS in line]
        tells_else = telling is not None and (telling not in said or said.count("\n") != 1)
        if ended.returncode not in expect or silent and said or tells_else:
            raise Failed(f"watchpost {' '.join(arguments)}: status {ended.returncode}\n{said}")
        return ended.stdout

    def tell(self, *arguments, **environment):
        """Runs a command to its end, however it ends, with more in its environment."""
        return subprocess.run(
            self.command(*arguments), env=self.environment | environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=300, cwd="/", **self.user)

    def start(self, *arguments):
        """Starts a command and leaves it running."""
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)


def user_group(user):
    """The group that goes with a user's number."""
    return pwd.getpwuid(user).pw_gid


NO_ADDRESS = "is no address that mail can be sent to"


class Capture:
    """`watchpost capture` with a Maildir; a context."""

    def __init__(self, binary, maildir, *options):
        self.maildir = pathlib.Path(maildir)
        self.process = subprocess.Popen(
            [str(pathlib.Path(binary).resolve()), "capture", "--port", "0", "--maildir", str(maildir), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
        if not found:
            self.process.kill()
            raise Failed(f"capture said {line!r}")
        self.port = int(found[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
