#!/usr/bin/env python3
"""The circle: a post, its copy by a real Postfix, a reply as a mail program writes it, the reply on the page, its copies.

A Postfix of its own delivers for the people (example.net, Maildirs) and for the forum (forum.example.org), whose mail
comes in through its pipe into `watchpost receive`, or into a mailbox that a Dovecot serves, by IMAP or POP3, or as it lies
there. Then: a reply to one post of a digest, a forged sender, a robot that answers, an address that is none, whose report
Postfix writes, a command, a stop address, a discussion that closes.

usage: Tests/Acceptance/circle.py [--binary FILE] [--by pipe,imap,pop3,maildir] [--keep DIR]

Needs root, postfix and dovecot; where they are not there it says so and skips.
"""
import argparse
import email
import email.policy
import grp
import os
import pathlib
import pwd
import re
import shutil
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from installation import Failed, Installation

FORUM = "forum.example.org"
PEOPLE = ["ana", "ben", "eva", "robot"]
SEED = """
INSERT INTO participant (name, address) VALUES
  ('Ana', 'ana@example.net'), ('Ben', 'ben@example.net'), ('Eva', 'eva@example.net'), ('Robot', 'robot@example.net'),
  ('Nobody', 'nobody@example.net');
INSERT INTO discussion (title, slug) VALUES ('Article 22', 'art22');
INSERT INTO thread (discussion, title) VALUES (1, 'Risk assessment');
INSERT INTO thread (discussion, title) VALUES (1, 'Capacity building');
INSERT INTO watch (scope, target, participant, since)
  SELECT 'thread', 1, id, 0 FROM participant WHERE name <> 'Nobody';
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Servers:
    """A Postfix, and a Dovecot where mail is fetched from one."""

    def __init__(self, directory, binary, config, by):
        self.directory, self.by = pathlib.Path(directory), by
        self.port, self.mail_port = free_port(), free_port()
        self.maildirs = self.directory / "mail"
        self.owner = pwd.getpwnam("nobody")
        for name in ["etc", "queue", "data", "mail"]:
            (self.directory / name).mkdir()
        os.chown(self.directory / "data", pwd.getpwnam("postfix").pw_uid, -1)
        os.chown(self.maildirs, self.owner.pw_uid, self.owner.pw_gid)
        self.postfix(binary, config)
        if by in ("imap", "pop3"):
            self.dovecot()

    def postfix(self, binary, config):
        etc = self.directory / "etc"
        catch_all = "" if self.by == "pipe" else f" {FORUM}"
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.directory}/queue
data_directory = {self.directory}/data
maillog_file = {self.directory}/postfix.log
maillog_file_prefixes = {self.directory}
myhostname = mx.example.net
mydestination =
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
# Unknown people are found out when the mail is delivered: a report goes back.
smtpd_reject_unlisted_recipient = no
alias_maps =
alias_database =
virtual_mailbox_domains = example.net{catch_all}
virtual_mailbox_base = {self.maildirs}
virtual_mailbox_maps = regexp:{etc}/mailboxes
virtual_uid_maps = static:{self.owner.pw_uid}
virtual_gid_maps = static:{self.owner.pw_gid}
transport_maps = {"inline:{" + FORUM + "=watchpost:}" if self.by == "pipe" else ""}
relay_domains = {FORUM if self.by == "pipe" else ""}
watchpost_destination_recipient_limit = 1
default_process_limit = 5
""")
        self.know(PEOPLE)
        (etc / "master.cf").write_text(f"""
127.0.0.1:{self.port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
watchpost unix - n n - - pipe flags=DRX user=nobody argv={binary} receive --config {config} ${{recipient}}
""")
        subprocess.run(["postfix", "-c", str(etc), "start"], check=True, capture_output=True)
        wait_for(lambda: listens(self.port), "Postfix")

    def know(self, people):
        """Who has a mailbox. The forum's domain is one, where no pipe takes its mail."""
        lines = [f"/^{name}@example[.]net$/ {name}/\n" for name in people]
        lines += [f"/@{FORUM.replace('.', '[.]')}$/ forum/\n"] * (self.by != "pipe")
        (self.directory / "etc/mailboxes").write_text("".join(lines))

    def dovecot(self):
        base = self.directory / "dovecot"
        base.mkdir()
        os.chown(base, self.owner.pw_uid, self.owner.pw_gid)
        (base / "users").write_text("forum:{PLAIN}hush\n")
        group = grp.getgrgid(self.owner.pw_gid).gr_name
        (base / "dovecot.conf").write_text(f"""
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
default_internal_user = nobody
default_internal_group = {group}
default_login_user = nobody
first_valid_uid = 1
protocols = {self.by}
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{self.maildirs}/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {base}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid={group} home={self.maildirs}/%u
}}
service {self.by}-login {{
  chroot =
  inet_listener {self.by} {{
    port = {self.mail_port}
  }}
  inet_listener {self.by}s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
""")
        self.server = subprocess.Popen(
            ["setpriv", "--reuid", "nobody", "--regid", group, "--clear-groups", "dovecot", "-F", "-c",
             str(base / "dovecot.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: listens(self.mail_port), "Dovecot")

    def stop(self):
        subprocess.run(["postfix", "-c", str(self.directory / "etc"), "stop"], capture_output=True)
        if self.by in ("imap", "pop3"):
            self.server.terminate()
            self.server.wait()

    def section(self):
        """What the configuration says of where mail comes in."""
        return {
            "pipe": "",
            "maildir": f"inbound:\n  mailbox: maildir:{self.maildirs}/forum\n",
        }.get(self.by, f"inbound:\n  mailbox: {self.by}://forum@127.0.0.1:{self.mail_port}\n  password: hush\n")

    def queue(self):
        ended = subprocess.run(["postqueue", "-c", str(self.directory / "etc"), "-j"], capture_output=True, text=True)
        return [line for line in ended.stdout.splitlines() if line.strip()]

    def send(self, message, sender, *recipients):
        with smtplib.SMTP("127.0.0.1", self.port) as smtp:
            smtp.send_message(message, sender, list(recipients))
        self.settle()

    def settle(self):
        """Waits until Postfix has delivered everything."""
        wait_for(lambda: not self.queue(), "an empty queue")

    def mails(self, name):
        """What lies in a person's mailbox, in the order of its arrival."""
        folder = self.maildirs / name / "new"
        files = sorted(folder.iterdir(), key=lambda f: f.stat().st_mtime_ns) if folder.exists() else []
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]

    def forget(self):
        for name in PEOPLE:
            shutil.rmtree(self.maildirs / name, ignore_errors=True)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, what, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def reply(answered, name, text, **more):
    """What a mail program makes of pressing *reply*: the text above, what was answered below, quoted."""
    body = answered.get_body(("plain",)).get_content()
    message = email.message.EmailMessage()
    message["From"] = more.get("sender", f"{name.title()} <{name}@example.net>")
    message["To"] = more.get("to", answered["Reply-To"] or answered["From"])
    message["Subject"] = "Re: " + answered["Subject"].removeprefix("Re: ")
    message["Message-ID"] = f"<{os.urandom(8).hex()}@mail.example.net>"
    message["In-Reply-To"] = answered["Message-ID"]
    message["References"] = f"{answered.get('References', '')} {answered['Message-ID']}".strip()
    message["Date"] = "Fri, 27 Nov 2026 10:00:00 +0000"
    for field, value in more.get("fields", {}).items():
        message[field] = value
    quoted = "\n".join("> " + line for line in body.splitlines())
    author = answered["From"].addresses[0].display_name
    message.set_content(f"{text}\n\nOn Fri, Nov 27, 2026 at 10:00 AM {author} wrote:\n\n{quoted}\n")
    return message


def expect(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r}, and it should be {wanted!r}")


def circle(binary, by, directory):
    place = pathlib.Path(directory) / by
    place.mkdir()
    for path in [pathlib.Path(directory), place]:
        path.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    # Where the pipe's user may read it.
    program = shutil.copy(binary, place / "program")
    home = place / "watchpost"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    site = Installation(program, home, user=nobody.pw_uid)
    servers = Servers(place, site.binary, site.config, by)
    try:
        site.configure(
            f"collect:\n  settle: 0s\ndelivery:\n  transport: smtp://127.0.0.1:{servers.port}\n" + servers.section())
        forum = sqlite3.connect(home / "forum.sqlite", isolation_level=None)
        ledger = sqlite3.connect(home / "ledger.sqlite", isolation_level=None)
        forum.executescript(SEED)
        steps(site, servers, forum, ledger)
    finally:
        servers.stop()
    print(f"circle by {by}: replies posted, copies out, forgery parked, robot silent, report counted, commands obeyed")


def steps(site, servers, forum, ledger):
    def bodies(thread=1):
        return [row[0] for row in forum.execute("SELECT body FROM post WHERE thread = ? ORDER BY id", [thread])]

    def run(*jobs):
        for job in jobs:
            site.run("run", job, expect=(0, 75))
        servers.settle()

    def post(text, thread=1, author=1):
        forum.execute(
            "INSERT INTO post (thread, author, body, created_at) VALUES (?, ?, ?, unixepoch())", [thread, author, text])
        run("dispatch")

    run("dispatch")
    # The circle itself.
    post("What is a threshold of harm that all Parties could accept?")
    expect(len(servers.mails("ben")), 1, "Ben's copies")
    copy = servers.mails("ben")[0]
    servers.send(reply(copy, "ben", "One that protects the most vulnerable.\n\nBen"), "ben@example.net", address(copy))
    servers.forget()
    run("inbound", "dispatch")
    expect(bodies()[1:], ["One that protects the most vulnerable.\n\nBen"], "what was posted")
    expect([len(servers.mails(name)) for name in PEOPLE], [1, 0, 1, 1], "copies of the reply")

    # The reply goes to From, which people have in their address books: the header tells what it answers.
    copy = servers.mails("eva")[0]
    servers.send(reply(copy, "eva", "And the youngest.", to=copy["From"]), "eva@example.net", copy["From"].addresses[0].addr_spec)
    run("inbound")
    expect(bodies()[-1], "And the youngest.", "the reply to From")

    # A robot answers, with and without the header that says so.
    copy = servers.mails("robot")[0]
    before = len(bodies())
    servers.send(
        reply(copy, "robot", "I am out of the office until Monday.", fields={"Auto-Submitted": "auto-replied"}),
        "", address(copy))
    servers.forget()
    run("inbound")
    expect(len(bodies()), before, "posts after a robot's answer")
    expect([len(servers.mails(name)) for name in PEOPLE], [0, 0, 0, 0], "answers to a robot")

    # Somebody has Ana's copy and answers in her place; she is asked, and confirms.
    run("dispatch")
    post("A second question, by Ben.", author=2)
    copy = servers.mails("ana")[-1]
    servers.forget()
    forged = reply(copy, "ana", "Not by Ana?", sender="Mallory <mallory@evil.example>")
    servers.send(forged, "mallory@evil.example", address(copy))
    run("inbound")
    expect("Not by Ana?" in bodies(), False, "a forged reply is posted")
    question = servers.mails("ana")[0]
    expect("Mallory" in question.as_string(), False, "a stranger's name in the question")
    servers.send(reply(question, "ana", "YES"), "ana@example.net", address(question))
    run("inbound")
    expect(bodies()[-1], "Not by Ana?", "the confirmed reply")

    # An address that is none: Postfix takes the mail and reports.
    forum.execute("INSERT INTO watch (scope, target, participant, since) VALUES ('thread', 2, 5, 0)")
    for day in [1, 2]:
        post(f"For nobody, day {day}.", thread=2)
        run("inbound")
        expect(ledger.execute("SELECT count(*) FROM failure").fetchone()[0], day, "reports counted")
        # A day passes, as far as the address is concerned.
        ledger.execute("UPDATE failure SET at = at - 86400")
        ledger.execute("UPDATE address_score SET last_at = last_at - 86400")
    expect(
        ledger.execute("SELECT address, cause FROM suppression").fetchall(), [("nobody@example.net", "failures")],
        "addresses that are left alone")
    post("For nobody, the third.", thread=2)
    expect(ledger.execute("SELECT count(*) FROM failure").fetchone()[0], 2, "mails to an address that is left alone")
    # It is tried a week later; now somebody is there, and three days later it is mailed again.
    ledger.execute("UPDATE suppression SET next_probe = unixepoch() - 1")
    servers.know(PEOPLE + ["nobody"])
    subprocess.run(["postfix", "-c", str(servers.directory / "etc"), "reload"], check=True, capture_output=True)
    run("inbound")
    expect(len(servers.mails("nobody")), 1, "probes")
    ledger.execute("UPDATE delivery SET ended_at = ended_at - 4 * 86400 WHERE notice IS NOT NULL")
    run("inbound")
    expect(ledger.execute("SELECT count(*) FROM suppression").fetchone()[0], 0, "addresses left alone after the probe")
    post("For somebody.", thread=2)
    expect("For somebody." in servers.mails("nobody")[-1].as_string(), True, "the next copy")

    # Commands: by mail alone they are confirmed first.
    servers.forget()
    command = email.message.EmailMessage()
    command["From"], command["To"], command["Subject"] = "eva@example.net", f"listserv@{FORUM}", "SET art22 DIGEST"
    command["Message-ID"] = "<c1@mail.example.net>"
    command.set_content("")
    servers.send(command, "eva@example.net", f"listserv@{FORUM}")
    run("inbound")
    question = servers.mails("eva")[0]
    servers.send(reply(question, "eva", "OK"), "eva@example.net", address(question))
    run("inbound")
    post("Eva reads this in her digest.")
    expect(len([m for m in servers.mails("eva") if "her digest" in m.as_string()]), 0, "instant copies for Eva")

    # The stop address of a copy.
    copy = [m for m in servers.mails("ben") if "her digest" in m.as_string()][0]
    stop = re.search(r"mailto:(stop\+[^>]+)", copy["List-Unsubscribe"]).group(1)
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "ben@example.net", stop, "unsubscribe"
    message["Message-ID"] = "<u1@mail.example.net>"
    servers.send(message, "ben@example.net", stop)
    run("inbound")
    servers.forget()
    post("Ben does not hear of this.")
    expect(len(servers.mails("ben")), 0, "copies for who stopped them")

    # The discussion closes: a reply comes back with its text.
    copy = servers.mails("ana")
    copy = servers.mails("robot")[-1]
    forum.execute("UPDATE discussion SET closes_at = unixepoch() - 10")
    servers.send(reply(copy, "robot", "Too late, alas."), "robot@example.net", address(copy))
    servers.forget()
    run("inbound")
    expect("Too late, alas." in bodies(), False, "a late reply is posted")
    answer = servers.mails("robot")[0]
    expect("Too late, alas." in answer.get_body(("plain",)).get_content(), True, "the late reply's text comes back")
    expect(answer["Return-Path"], "<>", "the answer's reverse-path")
    expect(ledger.execute("SELECT count(*) FROM received WHERE state <> 'done'").fetchone()[0], 0, "unhandled messages")


def address(message):
    """Where a reply goes."""
    field = message["Reply-To"] or message["From"]
    return field.addresses[0].addr_spec


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/watchpost")
    parser.add_argument("--by", default="pipe,imap,pop3,maildir")
    parser.add_argument("--keep")
    options = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("postfix") or not shutil.which("dovecot"):
        print("circle: skipped: it needs root, postfix and dovecot")
        return
    directory = options.keep or tempfile.mkdtemp(prefix="circle")
    pathlib.Path(directory).mkdir(exist_ok=True)
    try:
        for by in options.by.split(","):
            circle(options.binary, by, directory)
    except Failed as failure:
        sys.exit(f"circle by {by}: {failure}\n(kept in {directory})")
    if not options.keep:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
