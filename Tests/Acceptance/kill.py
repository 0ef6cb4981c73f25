#!/usr/bin/env python3
"""SIGKILL at random moments of runs over real SMTP: nothing is lost, each kill doubles at most what the README states,
and every doubled message has the Message-ID it had before (S5).

A forum with one thread and so many watchers that a post makes 5,000 messages; each run of `watchpost run dispatch` is
killed at a random moment, until enough kills are done; then the rest is delivered. When few of a post's messages are left
the next post follows. Leases are ended by hand after each kill, since the shortest lasts 15 minutes.

usage: kill.py [--kills N] [--messages M] [--binary FILE] [--seed N] [--keep DIR] [--verbose]
"""
import argparse
import collections
import pathlib
import random
import re
import signal
import sqlite3
import sys
import tempfile
import time

from installation import Capture, Failed, Installation

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUP, CONNECTIONS = 100, 10
BOUND = max(GROUP, 4 * CONNECTIONS)  # as the README states it


class Site:
    def __init__(self, binary, directory, port, messages):
        self.watchpost = Installation(binary, directory / "site")
        self.watchpost.configure(
            f"collect:\n  settle: 0s\ndelivery:\n  transport: smtp://127.0.0.1:{port}\n"
            f"  group: {GROUP}\n  connections: {CONNECTIONS}\n")
        self.posts, self.messages = 0, messages
        now = int(time.time())
        with sqlite3.connect(self.watchpost.directory / "forum.sqlite") as forum:
            forum.execute("INSERT INTO discussion (id, title, slug) VALUES (1, 'Risk assessment', 'risk')")
            forum.execute("INSERT INTO thread (id, discussion, title) VALUES (1, 1, 'Living modified fish')")
            forum.executemany(
                "INSERT INTO participant (id, name, address) VALUES (?, ?, ?)",
                [(n, f"Reader {n}", f"reader{n}@example.net") for n in range(1, messages + 1)])
            forum.executemany(
                "INSERT INTO watch (scope, target, participant, since) VALUES ('thread', 1, ?, ?)",
                [(n, now - 60) for n in range(1, messages + 1)])
        self.watchpost.run("run", "dispatch", silent=True)

    def post(self):
        self.posts += 1
        with sqlite3.connect(self.watchpost.directory / "forum.sqlite") as forum:
            forum.execute(
                "INSERT INTO post (thread, body, created_at) VALUES (1, ?, ?)", (f"Post {self.posts}", int(time.time())))

    def count(self, where, table="delivery"):
        with sqlite3.connect(self.watchpost.ledger, timeout=30) as ledger:
            return ledger.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]

    def end_leases(self):
        with sqlite3.connect(self.watchpost.ledger, timeout=30) as ledger:
            ledger.execute("UPDATE delivery SET lease_until = 1 WHERE lease IS NOT NULL")

    def left(self):
        """Messages that are still to be sent, those of posts that no run has seen included."""
        return self.posts * self.messages - self.count("state = 'sent'")


class Pace:
    """How long a run takes here, so that the kills fall all over it."""

    def __init__(self, site):
        self.idle = self.time(site)
        site.post()
        self.whole = self.time(site)

    @staticmethod
    def time(site):
        began = time.monotonic()
        site.watchpost.run("run", "dispatch", silent=True)
        return time.monotonic() - began

    def moment(self, site, rng):
        """A random moment of a run that sends what is left."""
        return rng.uniform(0, self.idle + (self.whole - self.idle) * site.left() / site.messages)


def kill_once(site, after):
    """Starts a run and kills it after so many seconds; whether it was still alive then."""
    process = site.watchpost.start("run", "dispatch")
    deadline = time.monotonic() + after
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    was_alive = process.poll() is None
    if was_alive:
        process.send_signal(signal.SIGKILL)
    said = process.communicate(timeout=60)[0].decode()
    if not was_alive and process.returncode != 0:
        raise Failed(f"a run ended with {process.returncode}: {said}")
    return was_alive


def play(site, kills, rng, verbose):
    """Returns how many messages were under way at each kill."""
    under_way, pace = [], Pace(site)
    while len(under_way) < kills:
        if site.left() < site.messages / 10:
            site.post()
        after = pace.moment(site, rng)
        if not kill_once(site, after):
            pace.whole *= 0.95  # runs have become faster than the first was
            continue
        # Of an earlier kill are those whose lease was ended by hand.
        under_way.append(site.count("state = 'sending' AND lease_until > 1"))
        site.end_leases()
        # What was in doubt more than three times is held for the admin: here is the admin's word.
        if site.count("state = 'held'"):
            site.watchpost.run("release", "uncertain")
        if verbose:
            sent = site.count("state = 'sent'")
            print(f"kill {len(under_way)}: {under_way[-1]} under way, {sent} sent", flush=True)
    for _ in range(3):
        site.watchpost.run("run", "dispatch")
        site.watchpost.run("release", "uncertain")
    return under_way


def received(maildir):
    """(address, post number) -> Message-IDs, one for each time it came."""
    found = collections.defaultdict(list)
    for path in (pathlib.Path(maildir) / "new").iterdir():
        head = path.read_bytes().split(b"\n\n", 1)[0].decode()
        address = re.search(r"(?m)^X-Original-To: (.*)$", head)[1]
        number = re.search(r"(?m)^Watchpost-Posts: (\d+)$", head)[1]
        found[address, int(number)].append(re.search(r"(?m)^Message-ID: (.*)$", head)[1])
    return found


def report(site, found, under_way, messages):
    expected = site.posts * messages
    lost = expected - len(found)
    doubled = sum(len(ids) - 1 for ids in found.values())
    changed = sum(len(set(ids)) > 1 for ids in found.values())
    open_ = site.count("state <> 'sent'")
    print(f"kills     {len(under_way)} in {site.posts} posts of {messages} messages")
    print(f"lost      {lost} of {expected}")
    print(f"under way {sum(under_way)} at the kills, {max(under_way)} at most, {sum(under_way) / len(under_way):.1f} each; the bound is {BOUND}")
    print(f"doubled   {doubled}, {doubled / len(under_way):.1f} per kill; {changed} under another Message-ID")
    print(f"not sent  {open_} by the ledger")
    return lost == 0 and changed == 0 and open_ == 0 and max(under_way) <= BOUND and doubled <= sum(under_way)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--messages", type=int, default=5000, help="of one post (default: %(default)s)")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/watchpost"), help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="DIR", help="leave forum, ledger and Maildir here")
    parser.add_argument("--verbose", action="store_true", help="a line for each kill")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, what was made is removed
    temporary = None if options.keep else tempfile.TemporaryDirectory(prefix="watchpost-kill-")
    directory = pathlib.Path(options.keep or temporary.name)
    directory.mkdir(parents=True, exist_ok=not options.keep)
    with Capture(options.binary, directory / "maildir") as capture:
        site = Site(options.binary, directory, capture.port, options.messages)
        under_way = play(site, options.kills, random.Random(options.seed), options.verbose)
        found = received(directory / "maildir")
    is_good = report(site, found, under_way, options.messages)
    if temporary:
        temporary.cleanup()
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
