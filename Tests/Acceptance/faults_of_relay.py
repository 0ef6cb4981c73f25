"""Faults of the relay, and of files."""
import os
import pathlib
import shutil
import socket
import subprocess

from fault import Everything, Fault
from fault_site import Database
from scripted_relay import CLOSE


# The relay.


class RelayFault(Everything):
    """The relay is at fault, and everybody's mail waits."""
    exit_status = 69
    command = ("release", "relay")

    def answer(self, verb, argument, session):
        """What the relay says while the fault lasts."""

    def harm(self, site):
        site.relay.script = self.answer

    def mend(self, site):
        site.relay.script = None


class WrongPassword(RelayFault):
    name = "a wrong password"
    tells, shows = ("535", "smtp.password"), ("535",)
    command = None
    is_first_evening = is_quick = True

    def answer(self, verb, argument, session):
        if verb == "AUTH":
            return "535 5.7.8 authentication failed"
        if verb == "MAIL" and not session.signed_in:
            return "530 5.7.0 authentication required"

    def harm(self, site):
        site.relay.asks_password = True
        site.configure(smtp={"user": "watchpost", "password": "wrong"})
        super().harm(site)

    def mend(self, site):
        site.configure(smtp={"password": "right"})
        super().mend(site)


class NoPassword(RelayFault):
    name = "no password where one is asked for"
    tells, shows = ("access denied", "smtp.user"), ("access denied",)
    command = None
    is_first_evening = True

    def answer(self, verb, argument, session):
        if verb == "RCPT" and not session.signed_in:
            return f"554 5.7.1 <{argument}>: Relay access denied"

    def mend(self, site):
        site.relay.asks_password = True
        site.configure(smtp={"user": "watchpost", "password": "right"})


class Untrusted(RelayFault):
    name = "a certificate that nobody trusts"
    tells, shows = ("certificate", "smtp.ca_file"), ("certificate",)
    command = None

    def harm(self, site):
        site.configure(smtp={"starttls": "required"})

    def mend(self, site):
        site.configure(smtp={"ca_file": site.certificate[1]})


class CAFileMissing(RelayFault):
    name = "smtp.ca_file is not there"
    tells, shows, exit_status = ("smtp.ca_file", "own.pem"), ("own.pem",), 78
    command = told_ticks = None

    def harm(self, site):
        site.configure(smtp={"starttls": "required", "ca_file": "own.pem"})

    def mend(self, site):
        shutil.copy(site.certificate[1], site.watchpost.directory / "own.pem")


class WrongPort(RelayFault):
    name = "a port where nobody listens"
    command = None

    def harm(self, site):
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.listener.close()
        self.tells = self.shows = (f":{port}",)
        site.configure(delivery={"transport": f"smtp://127.0.0.1:{port}"})

    def mend(self, site):
        site.configure(delivery={"transport": f"smtp://127.0.0.1:{site.relay.port}"})


class ClosedBeforeBanner(RelayFault):
    name = "the connection closed before the greeting"
    tells, shows = ("closed",), ("closed",)

    def answer(self, verb, argument, session):
        return CLOSE if verb == "CONNECT" else None


class Greeting521(RelayFault):
    name = "the greeting 521"
    tells, shows = ("521", "does not accept mail"), ("521",)

    def answer(self, verb, argument, session):
        return "521 5.3.2 relay.example.org does not accept mail" if verb == "CONNECT" else None


class EhloRefused(RelayFault):
    name = "EHLO refused"
    tells, shows = ("550", "who are you"), ("550",)

    def answer(self, verb, argument, session):
        return "550 5.7.1 who are you" if verb == "EHLO" else None


class Always421(RelayFault):
    name = "421 for ever"
    tells, shows = ("421",), ("421",)
    is_quick = True

    def answer(self, verb, argument, session):
        return "421 4.3.2 shutting down" if verb == "MAIL" else None


class SessionLimit(RelayFault):
    name = "ten messages a connection"
    exit_status = 0
    command = None

    def answer(self, verb, argument, session):
        return "452 4.3.2 session limit" if verb == "MAIL" and session.messages >= 10 else None

    def harm(self, site):
        site.configure(delivery={"connections": 1})
        super().harm(site)

    def withheld(self, site, person, token):
        return False


class Greylisting(RelayFault):
    name = "greylisting"
    exit_status, command = 0, None

    def answer(self, verb, argument, session):
        return "451 4.7.1 greylisted, come back" if verb == "RCPT" else None


class DomainRefuses(RelayFault):
    name = "5.7.1 for all of one domain"
    exit_status = 75
    tells = shows = ("b.example", "watchpost release b.example")
    command = ("release", "b.example")

    def answer(self, verb, argument, session):
        return "550 5.7.1 blocked by our policy" if verb == "RCPT" and argument.endswith("@b.example") else None

    def harm(self, site):
        site.configure(delivery={"domain_hold": 3})
        super().harm(site)

    def withheld(self, site, person, token):
        return site.people[person].endswith("@b.example")


class SenderRefused(RelayFault):
    name = "the sender refused, 5.1.8"
    tells, shows, exit_status = ("5.1.8", "mail.domain"), ("5.1.8",), 75

    def answer(self, verb, argument, session):
        return "550 5.1.8 sender domain not found" if verb == "RCPT" else None


class EarlyAnswer(RelayFault):
    name = "250 before the message was sent, 554 behind it"
    tells = shows = ("before",)

    def answer(self, verb, argument, session):
        return {"DATA": "354 go\r\n250 2.0.0 queued", "DOT": "554 5.0.0 no"}.get(verb)


class BrokenPipelining(RelayFault):
    name = "PIPELINING offered, and commands lost"
    tells, exit_status, command = ("smtp.pipelining: false",), 0, None

    def harm(self, site):
        site.configure(smtp={"command_timeout": "5s"}, delivery={"connections": 1})
        site.relay.drops_what_is_buffered = True

    def withheld(self, site, person, token):
        return False

    def mend(self, site):
        site.relay.drops_what_is_buffered = False


class LongReply(RelayFault):
    name = "an answer of 5,010 octets"
    exit_status, command = 0, None

    def answer(self, verb, argument, session):
        if verb == "DOT":
            return "\r\n".join(f"250-{'x' * 96}" for _ in range(49)) + "\r\n250 2.0.0 taken"

    def withheld(self, site, person, token):
        return False


class MailboxFull(RelayFault):
    name = "552 5.2.2 mailbox full"
    exit_status, command = 0, None

    def answer(self, verb, argument, session):
        return "552 5.2.2 mailbox full" if verb == "RCPT" and argument.startswith("reader3@") else None

    def withheld(self, site, person, token):
        return person == 3


# Files.


class LedgerReadOnly(Everything):
    name = "a ledger that may not be written"
    tells, shows, exit_status = ("ledger", "read"), ("ledger",), 69

    def skip(self, kind, database):
        return None if os.geteuid() == 0 else "needs root"

    def set(self, site, is_read_only):
        if not site.is_postgres:
            pathlib.Path(site.ledger.place).chmod(0o400 if is_read_only else 0o600)
            return
        name = f"{site.name}_ledger"
        value = "SET default_transaction_read_only = on" if is_read_only else "RESET default_transaction_read_only"
        server = Database(site.server)
        server.run(f"ALTER DATABASE {name} {value}")
        server.run(f"ALTER ROLE watchpost IN DATABASE {name} {value}")

    def harm(self, site):
        self.set(site, True)

    def mend(self, site):
        self.set(site, False)


class LockOfAnother(Everything):
    name = "a lock that belongs to root"
    tells, shows, exit_status = ("dispatch.lock", "belongs to root"), ("dispatch.lock",), 69
    is_quick = True

    def skip(self, kind, database):
        return None if os.geteuid() == 0 else "needs root"

    def harm(self, site):
        (self.lock,) = site.watchpost.directory.rglob("dispatch.lock")
        os.chown(self.lock, 0, 0)
        self.lock.chmod(0o600)

    def mend(self, site):
        site.own(self.lock)


class DiskFull(Everything):
    name = "a disk that is full"
    tells, shows, exit_status = ("full",), ("full",), 69
    told_ticks = None

    def skip(self, kind, database):
        if database == "postgres":
            return "in failures.py"
        return None if os.geteuid() == 0 else "needs root"

    def harm(self, site):
        self.disk = site.directory / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "tmpfs", str(self.disk)], check=True)
        shutil.copy(site.ledger.place, self.disk / "ledger.sqlite")
        site.own(self.disk / "ledger.sqlite")
        site.ledger.place = str(self.disk / "ledger.sqlite")
        site.configure(ledger={"database": site.ledger.place})
        with (self.disk / "brim").open("wb", buffering=0) as brim:
            try:
                while True:
                    brim.write(b"x" * 4096)
            except OSError:
                return

    def mend(self, site):
        (self.disk / "brim").unlink()

    def clean(self, site):
        subprocess.run(["umount", "-l", str(self.disk)], check=False)


class JobBroken(Everything):
    name = "a job's file that is broken"
    tells, shows, exit_status = ("dispatch.yaml",), ("dispatch.yaml",), 78

    def harm(self, site):
        self.file = site.watchpost.directory / "jobs/dispatch.yaml"
        self.text = self.file.read_text()
        site.write(self.file, "steps: [collect\n")

    def mend(self, site):
        site.write(self.file, self.text)


class JobMissing(JobBroken):
    name = "a job's file that is missing"
    tells = ("dispatch.yaml", "no such job")

    def harm(self, site):
        super().harm(site)
        self.file.unlink()


class PasswordUnreadable(Everything):
    name = "a password file that may not be read"
    tells, shows, exit_status = ("smtp.password_file", "smtp-password"), ("smtp-password",), 78
    told_ticks = None

    def skip(self, kind, database):
        return None if os.geteuid() == 0 else "needs root"

    def harm(self, site):
        site.relay.asks_password = True
        self.file = site.write(site.watchpost.directory / "smtp-password", "right\n")
        os.chown(self.file, 0, 0)
        site.configure(smtp={"user": "watchpost", "password_file": "smtp-password"})

    def mend(self, site):
        site.own(self.file)


class LedgerDirectoryMissing(Everything):
    name = "the ledger's directory is missing"
    tells, shows, exit_status = ("ledger.database", "disk"), ("disk",), 69
    told_ticks = None

    def skip(self, kind, database):
        return "PostgreSQL has no directory" if database == "postgres" else None

    def harm(self, site):
        site.configure(ledger={"database": "disk/ledger.sqlite"})

    def mend(self, site):
        site.configure(ledger={"database": site.ledger.place})


class ByteOrderMark(Fault):
    name = "a configuration that begins with a BOM"

    def harm(self, site):
        site.write(site.watchpost.config, b"\xef\xbb\xbf" + site.watchpost.config.read_bytes())

    def mend(self, site):
        site.configure()
