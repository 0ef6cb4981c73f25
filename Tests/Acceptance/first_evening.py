#!/usr/bin/env python3
"""The first evening: a bare Debian 12, the README's steps word by word, and a relay for which the password is wrong.

What stands in the code blocks of README.md (Install, Configure) and EmbeddedForum.md is read from there and done in a
directory of its own; then the lines of the crontab that was installed are run minute by minute, under a clock that goes
faster. Until the password is mended nothing may arrive and nobody's mail may fail; afterwards everything arrives once,
digests at their hour. At last the forum's file moves to where web pages write it, as EmbeddedForum.md says.

usage: Tests/Acceptance/first_evening.py [--binary FILE] [--mirror URL] [--keep DIR] [--verbose]

Needs root, debootstrap and a Debian mirror; where they are not there it says so and skips.
"""
import argparse
import base64
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from installation import Failed
from scripted_relay import Relay, certificate

ROOT = pathlib.Path(__file__).resolve().parents[2]
EMBEDDED = ROOT / "Sources/ForumSources/ForumSources.docc/EmbeddedForum.md"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
POST = "INSERT INTO post (thread, author, body, created_at) VALUES (1, 1, 'token{}end', unixepoch());\n"
READERS = [f"reader{n}@{domain}.example" for domain in "abc" for n in range(3)]


def block(page, heading, index=0, kind="sh"):
    """A code block of a page below a heading, counted from 0."""
    text = page.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0] if heading else page.read_text()
    return re.findall(rf"```{kind}\n(.*?)```", text, re.S)[index]


def commands(text):
    """The commands of a block, those over several lines as one."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


class Machine:
    """A Debian in a directory."""

    def __init__(self, directory, mirror):
        self.directory = pathlib.Path(directory)
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", "bookworm", str(directory), mirror], capture_output=True, text=True)
        if made.returncode:
            raise Failed(f"debootstrap: {made.stdout[-2000:]}{made.stderr[-2000:]}")
        # No daemon starts here, and nobody answers apt's questions.
        self.write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.write("etc/apt/apt.conf.d/00yes", 'APT::Get::Assume-Yes "true";\n')
        shutil.copy("/etc/resolv.conf", self.directory / "etc/resolv.conf")
        # Swift finds a program's arguments in the one; libfaketime has its semaphores in the other.
        (self.directory / "dev/shm").mkdir(exist_ok=True)
        for kind, place in (("proc", "proc"), ("tmpfs", "dev/shm")):
            subprocess.run(["mount", "-t", kind, kind, str(self.directory / place)], check=True)

    def close(self):
        for place in ("proc", "dev/shm"):
            subprocess.run(["umount", "-l", str(self.directory / place)], check=True)

    def write(self, path, text, mode=0o644):
        place = self.directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def run(self, command, expect=(0,), stdin="", **environment):
        """Runs a line of shell as root, in root's home directory."""
        settings = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
            "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"} | environment
        ended = subprocess.run(
            ["chroot", str(self.directory), "bash", "-ec", f"cd; {command}"], env=settings, input=stdin,
            capture_output=True, text=True, timeout=900)
        if ended.returncode not in expect:
            raise Failed(f"{command}: status {ended.returncode}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
        return ended

    def install_program(self, binary):
        """The program and the crontab, as an admin has them at hand; with Swift's libraries if it is no release."""
        shutil.copy(binary, self.directory / "root/watchpost")
        shutil.copy(ROOT / "crontab.example", self.directory / "root")
        for path in re.findall(r"=> (/\S*/swift/\S+)", subprocess.run(
                ["ldd", binary], capture_output=True, text=True, check=True).stdout):
            place = self.directory / path[1:]
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


class Cron:
    """Runs what the installed crontab says, minute by minute."""

    def __init__(self, machine, verbose):
        self.machine, self.minute, self.mails, self.verbose = machine, 0, [], verbose
        self.settings, self.lines = {}, []
        for line in machine.run("crontab -u watchpost -l").stdout.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if found := re.fullmatch(r"(\w+)=(.*)", line):
                self.settings[found[1]] = found[2]
            else:
                *when, command = line.split(None, 5)
                self.lines.append((when, command))

    def is_due(self, when):
        minute, hour, *rest = when
        if rest != ["*", "*", "*"]:
            raise Failed(f"a line of the crontab for {when}")
        now = self.minute % 60, self.minute // 60 % 24
        return self.matches(minute, now[0]) and self.matches(hour, now[1])

    @staticmethod
    def matches(field, value):
        span, _, step = field.partition("/")
        first, _, last = ("0-59" if span == "*" else span).partition("-")
        return int(first) <= value <= int(last or first) and (value - int(first)) % int(step or 1) == 0

    def run(self, minutes):
        """Returns what cron would mail, one text for each run that wrote something."""
        mails = []
        for _ in range(minutes):
            self.minute += 1
            mails += [mail for when, command in self.lines if self.is_due(when) for mail in self.start(command)]
        self.mails += mails
        return mails

    def start(self, command):
        ended = self.do(command)
        text = ended.stdout + ended.stderr
        if self.verbose:
            print(f"  +{self.minute} min, {command}: {ended.returncode} {text.strip()}")
        return [f"{command}: {ended.returncode}: {text.strip()}"] if text.strip() else []

    def do(self, command):
        """Runs a command as cron does, under the clock that goes faster."""
        settings = " ".join(f"{name}='{value}'" for name, value in self.settings.items())
        # For the program alone; why FAKETIME_SHARED: faults_of_data.py.
        clock = f'LD_PRELOAD={FAKETIME} FAKETIME=+{self.minute}m FAKETIME_SHARED="/no /no"'
        return self.machine.run(
            f"runuser -u watchpost -- env -i {settings} sh -c '{clock} {command}'", expect=range(256))


class Evening:
    def __init__(self, machine, directory, verbose):
        self.machine, self.verbose = machine, verbose
        key = certificate(directory)
        self.relay = Relay(key)
        self.relay.asks_password, self.relay.script = True, self.answer
        shutil.copy(key[1], machine.directory / "root/relay.crt")
        with (machine.directory / "etc/hosts").open("a") as hosts:
            hosts.write("127.0.0.1 localhost relay.example.org\n")

    @staticmethod
    def answer(verb, argument, session):
        if verb == "AUTH":
            is_right = base64.b64decode(argument.split()[-1]).split(b"\0")[1:] == [b"watchpost", b"right"]
            return None if session.is_secure and is_right else "535 5.7.8 authentication failed"
        if verb == "MAIL" and not session.signed_in:
            return "530 5.7.0 authentication required"
        return None

    def install(self):
        """The README's steps. The relay's certificate is one that the machine trusts, as a public relay's is."""
        for command in commands(block(ROOT / "README.md", "Install")):
            if command.startswith("apt-get"):
                self.machine.run("apt-get update")
            if command.startswith("editor crontab.example"):
                self.machine.run("sed -i s/^MAILTO=.*/MAILTO=ana@forum.example.org/ crontab.example")
            elif command.startswith("editor"):
                self.edit()
            else:
                # No job has run yet, and `status` says so.
                self.machine.run(command, expect=(69,) if " status " in command else (0,))
            if command.startswith("apt-get"):
                found = self.machine.run(r"dpkg-query -Wf '${Package} ${Version}\n' 'exim4*'", expect=(0, 1)).stdout
                print(f"apt-get   brings {', '.join(found.splitlines()) or 'no mail server'}")
                self.machine.run(
                    "cp relay.crt /usr/local/share/ca-certificates/; update-ca-certificates; "
                    "apt-get install --no-install-recommends libfaketime sqlite3")

    def edit(self):
        """The configuration of the README, with the relay's port here; then the password, as it says, a wrong one."""
        text = block(ROOT / "README.md", "Configure", kind="yaml")
        text = text.replace("example.org:587", f"example.org:{self.relay.port}")
        self.hour = (time.gmtime().tm_hour + 12) % 24
        place = self.machine.directory / "var/lib/watchpost/watchpost.yaml"
        place.write_text(f"{text}digest:\n  hour: {self.hour}\n")
        ended = self.machine.run("runuser -u watchpost -- watchpost status", expect=(78,))
        missing = ended.stdout + ended.stderr
        if "smtp-password" not in missing:
            raise Failed(f"without a password file: {missing}")
        self.password("wrong")

    def password(self, word):
        (command,) = commands(block(ROOT / "README.md", "Configure"))
        self.machine.run(command, stdin=f"{word}\n")

    def sql(self, text, user="watchpost", database="/var/lib/watchpost/forum.sqlite"):
        return self.machine.run(f"runuser -u {user} -- sqlite3 -bail {database}", stdin=text).stdout

    def populate(self):
        """The page's own example, then more people and posts."""
        self.sql(block(EMBEDDED, None, kind="sql"))
        for number, address in enumerate(READERS):
            mode = "'digest'" if number == 0 else "NULL"
            key = 10 + number
            self.sql(
                f"INSERT INTO participant (id, name, address, mode) VALUES ({key}, 'R', '{address}', {mode});"
                f"INSERT INTO watch (scope, target, participant, since) VALUES ('thread', 1, {key}, unixepoch() - 60);")
        self.post(1)

    def post(self, number, **place):
        self.sql(POST.format(number), **place)

    def arrived(self):
        return collections.Counter((address, token) for address, _, tokens in self.relay.taken for token in tokens)

    def require_arrived(self, people, tokens, when):
        expected = {(address, f"token{number}end") for address in people for number in tokens}
        arrived = self.arrived()
        if set(arrived) != expected or max(arrived.values(), default=1) > 1:
            raise Failed(
                f"{when}: missing {sorted(expected - set(arrived))[:5]}, "
                f"unexpected {sorted(set(arrived) - expected)[:5]}, "
                f"{sum(count > 1 for count in arrived.values())} came twice")

    def play(self):
        self.install()
        self.populate()
        cron = Cron(self.machine, self.verbose)
        told = cron.run(30)
        self.post(2)
        told += cron.run(30)
        self.require_arrived([], [], "with the wrong password")
        words = "\n".join(told)
        lacking = [word for word in ("535", "smtp.password") if word not in words]
        if lacking:
            raise Failed(f"nothing told of {lacking}: {words}")
        status = cron.do("watchpost status")
        if status.returncode != 69 or "535" not in status.stdout:
            raise Failed(f"with the wrong password, status {status.returncode}: {status.stdout}{status.stderr}")
        if len(told) > 4:
            raise Failed(f"{len(told)} mails of cron for one trouble: {told}")
        print(f"wrong     60 minutes, {len(told)} mails of cron, the first: {told[0]}")
        self.password("right")
        told = cron.run(20)
        instant = READERS[1:] + ["li@example.net"]
        self.require_arrived(instant, (1, 2), "mended")
        # And the page's own example, which has no token.
        expected = 3 * len(instant)
        if len(self.relay.taken) != expected:
            raise Failed(f"{len(self.relay.taken)} mails arrived, expected {expected}")
        print(f"mended    {expected} mails arrived in 20 minutes, {len(told)} mails of cron {told[:1]}")
        self.jump_to_morning(cron)
        told = cron.run(10)
        arrived = self.arrived()
        if arrived[READERS[0], "token1end"] != 1 or arrived[READERS[0], "token2end"] != 1 or told:
            raise Failed(f"in the morning the digest was not sent once, silently: {told}")
        print("morning   the digest arrived")
        self.require_all_sent(cron)
        self.move_forum(cron, instant)

    def jump_to_morning(self, cron):
        """The minute before the digest's hour, in UTC by the clock that goes faster."""
        cron.minute += (self.hour * 60 - int(time.time()) // 60 - cron.minute) % (24 * 60) - 1
        cron.mails += cron.start("watchpost run maintain")  # its line of the crontab was in between

    def require_all_sent(self, cron):
        states = self.sql(
            "SELECT state, count(*) FROM delivery GROUP BY state", database="/var/lib/watchpost/ledger.sqlite")
        if not re.fullmatch(r"sent\|\d+\n", states):
            raise Failed(f"by the ledger: {states}")
        status = cron.do("watchpost status")
        if status.returncode:
            raise Failed(f"status {status.returncode} in the morning: {status.stdout}{status.stderr}")

    def move_forum(self, cron, instant):
        """Pages run as www-data, and one keeps the file open."""
        for command in commands(block(EMBEDDED, None)):
            self.machine.run(command)
        with (self.machine.directory / "var/lib/watchpost/watchpost.yaml").open("a") as file:
            file.write("forum:\n  database: /var/lib/forum/forum.sqlite\n")
        page = subprocess.Popen(
            ["chroot", str(self.machine.directory), "runuser", "-u", "www-data", "--", "sqlite3",
             "/var/lib/forum/forum.sqlite"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            page.stdin.write(POST.format(3) + "SELECT 'written';\n")
            page.stdin.flush()
            if page.stdout.readline() != "written\n":
                raise Failed("www-data cannot write the forum")
            told = cron.run(10)
        finally:
            page.stdin.close()
            page.wait(20)
        arrived = self.arrived()
        lacking = [address for address in instant if arrived[address, "token3end"] != 1]
        if told or lacking:
            raise Failed(f"with pages that run as www-data: {told[:2]}, missing {lacking}")
        print("www-data  a post of pages that run as another user arrived")


def missing():
    """What this machine lacks; None: nothing."""
    if os.geteuid() != 0:
        return "it takes root"
    return None if shutil.which("debootstrap") else "it takes debootstrap (apt-get install debootstrap)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build/debug/watchpost"), help="default: %(default)s")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian", help="default: %(default)s")
    parser.add_argument("--keep", metavar="DIR", help="leave the machine here")
    parser.add_argument("--verbose", action="store_true", help="each run of cron's")
    options = parser.parse_args()
    if reason := missing():
        print(f"first evening SKIPPED: {reason}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="watchpost-evening-") as name:
        directory = pathlib.Path(options.keep or name)
        machine = Machine(directory / "debian", options.mirror)
        try:
            machine.install_program(options.binary)
            Evening(machine, directory, options.verbose).play()
        except Failed as problem:
            sys.exit(f"first evening FAILED: {problem}")
        finally:
            machine.close()


if __name__ == "__main__":
    main()
