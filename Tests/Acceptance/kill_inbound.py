#!/usr/bin/env python3
"""Mail that comes in, and runs that are killed at any moment: each reply is posted once, each report counted once.

Replies, reports and the same again are handed to `watchpost receive`, which is killed too at times and then given the
message again, as a mail server does; `watchpost run inbound` is killed again and again. At last runs may end.

usage: Tests/Acceptance/kill_inbound.py [--binary FILE] [--kills N] [--seed N]
"""
import argparse
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from installation import Failed, Installation

SEED = """
INSERT INTO participant (name, address) SELECT 'Person ' || value, 'p' || value || '@example.net' FROM generate_series(1, 40);
INSERT INTO discussion (title, slug) VALUES ('Article 22', 'art22');
INSERT INTO thread (discussion, title) VALUES (1, 'Risk assessment');
INSERT INTO watch (scope, target, participant, since) SELECT 'thread', 1, id, 0 FROM participant;
"""
REPORT = """From: MAILER-DAEMON@mx.example.net
To: {to}
Message-ID: <report.{name}@mx.example.net>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--b--
"""


def field(text, name):
    return re.search(rf"(?m)^{name}: (.*?)\r?$", text).group(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/watchpost")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=9)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="killinbound"))
    site = Installation(options.binary, directory / "site")
    site.configure(f"collect:\n  settle: 0s\ndelivery:\n  transport: maildir:{directory}/out\n")
    forum = sqlite3.connect(directory / "site/forum.sqlite", isolation_level=None, timeout=30)
    values = ", ".join(f"('Person {n}', 'p{n}@example.net')" for n in range(1, 41))
    forum.executescript(re.sub(r"(?m)^INSERT INTO participant.*$", f"INSERT INTO participant (name, address) VALUES {values};", SEED))
    site.run("run", "dispatch")
    forum.execute("INSERT INTO post (thread, author, body, created_at) VALUES (1, 1, 'What do you think?', unixepoch())")
    site.run("run", "dispatch")
    copies = [f.read_text() for f in (directory / "out/new").iterdir()]
    letters, wanted, reports = [], [], 0
    for copy in copies:
        address = field(copy, "Delivered-To")
        for number in range(3):
            text = f"From {address}, number {number}, of {rng.random()}."
            wanted.append(text)
            letters.append((
                f"From: {address}\nTo: {field(copy, 'Reply-To')}\nSubject: Re: x\n"
                f"Message-ID: <{len(letters)}@example.net>\n\n{text}\n"))
        if rng.random() < 0.3:
            reports += 1
            letters.append(REPORT.format(to=field(copy, "Return-Path").strip("<>"), name=reports, address=address))
    letters += rng.sample(letters, len(letters) // 4)
    rng.shuffle(letters)

    def start(*arguments, **more):
        return subprocess.Popen(
            site.command(*arguments), env=site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)

    def hand_over(letter, may_kill):
        """As a mail server's pipe: what is not taken is handed over again."""
        while True:
            process = start("receive", stdin=subprocess.PIPE)
            if may_kill and rng.random() < 0.1:
                time.sleep(rng.random() * 0.05)
                process.send_signal(signal.SIGKILL)
            try:
                process.communicate(letter.encode())
            except BrokenPipeError:
                process.wait()
            if process.returncode == 0:
                return

    # How long a whole run takes tells when to kill one.
    kills = 0
    while kills < options.kills or letters:
        for letter in [letters.pop() for _ in range(min(len(letters), rng.randint(0, 3)))]:
            hand_over(letter, True)
        if kills < options.kills:
            process = start("run", "inbound")
            time.sleep(rng.random() * rng.choice([0.05, 0.1, 0.2, 0.4]))
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    # What three runs died of was set aside, and told; the admin has it tried once more.
    for _ in range(2):
        site.run("run", "inbound", expect=(0, 75))
        site.run("release", "received")
    site.run("run", "inbound", expect=(0, 75))
    bodies = sorted(row[0] for row in forum.execute("SELECT body FROM post WHERE id > 1"))
    ledger = sqlite3.connect(directory / "site/ledger.sqlite")
    counted = ledger.execute("SELECT count(*) FROM failure").fetchone()[0]
    left = ledger.execute("SELECT count(*) FROM received WHERE state <> 'done'").fetchone()[0]
    parked = ledger.execute("SELECT count(*) FROM reply WHERE state <> 'posted'").fetchone()[0]
    if bodies != sorted(wanted):
        lost, more = set(wanted) - set(bodies), len(bodies) - len(set(bodies))
        sys.exit(f"kill_inbound: {len(lost)} replies lost, {more} doubled ({directory})")
    if (counted, left, parked) != (reports, 0, 0):
        sys.exit(f"kill_inbound: {counted} of {reports} reports, {left} unhandled, {parked} unposted ({directory})")
    print(f"kill_inbound: {len(wanted)} replies posted once, {reports} reports counted once, through {kills} kills")
    shutil.rmtree(directory)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"kill_inbound: {failure}")
