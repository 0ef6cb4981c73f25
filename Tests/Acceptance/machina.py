#!/usr/bin/env python3
"""The acceptance against a forum that nobody here wrote: an independent count from django-machina's own database must
equal what arrived, address by address and post by post, and what `explain` tells of 200 pairs of them.

A real django-machina database is made and used through machina's own models: posts arrive, wait for approval, are
edited, hidden, shown again, deleted; people subscribe, leave, change their mode; a thread moves to a private forum.
After each batch of changes the real program runs against `watchpost capture`. Then the script works out on its own who
must have which post, reads the Maildir as a mail program would, and compares. Then people answer by mail: what is posted
must equal, row by row, what machina's own form writes, and runs that are killed post nothing twice. Exits 1 with the first
differences.

usage: machina.py [--quick] [--postgres] [--binary FILE] [--venv DIR] [--keep DIR] [--seed N]

With --postgres, run by Tests/with-postgres: forum and ledger are each a database of that server.

Makes a virtual environment with django-machina and Faker from PyPI unless --venv names one.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["django-machina==1.3.1", "faker", "psycopg2-binary"]
Size = collections.namedtuple("Size", "participants threads watchers old posts rounds")
FULL, QUICK = Size(2000, 40, 60, 60, 500, 20), Size(200, 10, 60, 20, 100, 6)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small forum, for every change to the program")
    parser.add_argument("--postgres", action="store_true", help="forum and ledger on the server of Tests/with-postgres")
    parser.add_argument("--binary", default=str(ROOT / ".build/debug/watchpost"), help="default: %(default)s")
    parser.add_argument("--venv", help="a virtual environment that has django-machina and Faker")
    parser.add_argument("--keep", metavar="DIR", help="leave forum, ledger and Maildir here")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def enter_venv(directory):
    """Goes on in the virtual environment's Python; makes it first if need be."""
    if "WATCHPOST_ACCEPTANCE_VENV" in os.environ:
        return
    directory = pathlib.Path(directory or ROOT / ".build/acceptance-venv")
    python = directory / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True, timeout=300)
    if subprocess.run([python, "-c", "import machina, faker, psycopg2"], capture_output=True).returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True, timeout=900)
    os.environ["WATCHPOST_ACCEPTANCE_VENV"] = str(directory)
    os.execv(python, [str(python), *sys.argv])


def psql(uri, sql):
    subprocess.run(["psql", uri, "-v", "ON_ERROR_STOP=1", "-qAtc", sql], check=True, capture_output=True)


class Acceptance:
    def __init__(self, size, seed, directory, binary, server=None):
        from expected import Expectation
        from installation import Installation
        from machina_site import Site
        self.size, self.rng = size, random.Random(seed)
        self.forum, self.ledger = str(directory / "forum.sqlite3"), None
        if server:
            self.forum, self.ledger = (server.replace("/postgres?", f"/{name}{os.getpid()}?") for name in ("forum", "ledger"))
            for uri in (self.forum, self.ledger):
                psql(server, f"CREATE DATABASE {uri.split('/')[3].split('?')[0]}")
        self.site = Site(self.forum, size.participants, size.threads, size.watchers, self.rng)
        self.expected = Expectation({person.id: person.email for person in self.site.people})
        self.watchpost = Installation(binary, directory / "watchpost")
        self.later = collections.defaultdict(list)  # round -> what is to happen then
        self.runs = collections.Counter()

    def configure(self, port):
        # No digest comes due by the clock while this runs: `hour_strikes` says when.
        hour = (time.gmtime().tm_hour + 12) % 24
        self.watchpost.configure(
            f"forum:\n  source: django-machina\n  database: {self.site.database}\n"
            + (f"ledger:\n  database: {self.ledger}\n" if self.ledger else "") +
            f"delivery:\n  transport: smtp://127.0.0.1:{port}\n"
            f"collect:\n  settle: 0s\ndigest:\n  hour: {hour}\n")
        self.watchpost.set_constant("django-machina", "everybody_reads", "yes")
        if self.ledger:
            self.watchpost.run("init", str(self.watchpost.directory), config=False)  # the ledger's tables

    # Runs.

    def dispatch(self, leaves_out=None):
        """A run of the main job, silent unless it is the first: that tells how many posts it leaves out."""
        snapshot = self.site.snapshot()
        self.expected.dispatch(snapshot)
        told = None if leaves_out is None else f"mailed to nobody: {leaves_out}."
        self.watchpost.run("run", "dispatch", silent=told is None, telling=told)
        self.runs["dispatch"] += 1

    def digest(self):
        self.expected.digest(self.site.snapshot())
        self.watchpost.run("run", "digest", silent=True)
        self.runs["digest"] += 1

    def hour_strikes(self):
        """Lets everybody's digest hour come."""
        self.expected.hour_strikes()
        if self.ledger:
            return psql(self.ledger, "UPDATE digest_slot SET due = 1")
        with sqlite3.connect(self.watchpost.ledger) as ledger:
            ledger.execute("UPDATE digest_slot SET due = 1")

    # Wishes.

    def set_mode(self, person, mode):
        self.watchpost.run("participant", "set", f"user{person - self.site.people[0].id}", "--mode", mode)
        self.expected.set_mode(person, mode, self.site.snapshot())

    def own_watch(self):
        """A watch or mute that Watchpost keeps, since machina knows of threads alone."""
        person = self.rng.choice(self.site.people)
        thread = self.rng.choice(self.site.threads)
        scope, key = self.rng.choice([
            ("thread", thread.id), ("thread", thread.id), ("discussion", thread.forum_id), ("everything", "")])
        mode = self.rng.choice([None, "instant", "digest", "off"])
        is_mute = self.rng.random() < 0.4
        target = ["--everything"] if scope == "everything" else [f"--{scope}", str(key)]
        options = (["--mute"] if is_mute else []) + (["--mode", mode] if mode else [])
        self.watchpost.run("watch", "add", person.username, *target, *options)
        self.expected.set_watch(person.id, scope, key, is_mute, mode, self.site.snapshot())

    def silence(self):
        """`watch remove` of a subscription that machina keeps: a mute, since a foreign forum is never written to."""
        thread = self.rng.choice(self.site.threads)
        person = self.pick_subscriber(thread)
        if person is None or ("thread", thread.id) in self.expected.own[person.id]:
            return
        self.watchpost.run("watch", "remove", person.username, "--thread", str(thread.id))
        self.expected.set_watch(person.id, "thread", thread.id, True, None, self.site.snapshot())

    def pick_subscriber(self, thread):
        people = list(thread.subscribers.order_by("id"))
        return self.rng.choice(people) if people else None

    # A round.

    def before_the_run(self, number):
        for act in self.later.pop(number, []):
            act()
        for _ in range(2):
            self.own_watch()
            self.silence()
        watching = [self.pick_subscriber(self.rng.choice(self.site.threads)) for _ in range(6)]
        for person in watching:
            self.set_mode(person.id, self.rng.choice(["instant", "digest", "digest", "off"]))
        self.turn_over(10)
        share = self.size.posts // self.size.rounds
        extra = self.size.posts - share * self.size.rounds if number == 0 else 0
        for _ in range(share + extra):
            self.arrive(number)
        if number == self.size.rounds // 2:
            self.site.move(self.site.threads[0], self.site.private)
            for _ in range(3):
                self.site.post(self.site.threads[0])
        if number % 5 == 2:
            thread = self.site.add_thread(self.size.watchers)
            self.site.threads.append(thread)
            first = self.site.post(thread, approved=number % 2 == 0)
            self.later[number + 2].append(lambda: self.site.change(first, approved=True))

    def turn_over(self, count):
        """Some subscribe, some leave, somebody is shut out, somebody joins the experts."""
        for _ in range(count):
            thread, person = self.rng.choice(self.site.threads), self.rng.choice(self.site.people)
            thread.subscribers.add(person)
            left = self.rng.choice(self.site.threads)
            left.subscribers.remove(self.pick_subscriber(left))
        person = self.pick_subscriber(self.rng.choice(self.site.threads))
        person.is_active = not person.is_active
        person.save()
        person = self.rng.choice(self.site.people)
        if self.rng.random() < 0.5:
            self.site.experts.user_set.add(person)
        else:
            self.site.experts.user_set.remove(person)

    def arrive(self, number):
        """One post, with one of the fates that posts have."""
        site, chance, soon = self.site, self.rng.random(), number + self.rng.randint(1, 3)
        if chance < 0.08:
            post = site.post(approved=False)
            when = soon if self.rng.random() < 0.6 else number + 8  # the last of them are never approved
            self.later[when].append(lambda: site.change(post, approved=True))
        elif chance < 0.13:
            post = site.post()
            site.change(post, approved=False)
            if self.rng.random() < 0.5:
                self.later[soon].append(lambda: site.change(post, approved=True))
        elif chance < 0.18:
            site.edit(site.post())
        elif chance < 0.20:
            site.delete(site.post())
        elif chance < 0.23:
            late = site.newest() + 1
            thread = self.rng.choice(site.threads)
            site.post(number=late + 1)
            self.later[soon].append(lambda: site.post(thread, number=late))
        else:
            site.post()

    def after_the_run(self, number):
        """What befalls posts that were mailed, or that wait for somebody's digest."""
        snapshot = self.site.snapshot()
        visible = sorted(post for post, row in snapshot.posts.items() if row.visible)
        chosen = self.rng.sample(visible[-self.size.posts:], min(7, len(visible)))
        for post in chosen[:4]:
            self.site.edit(post)
        for post in chosen[4:6]:
            self.site.change(post, approved=False)
            if self.rng.random() < 0.7:
                shown = number + self.rng.randint(1, 4)
                self.later[shown].append(lambda post=post: self.site.change(post, approved=True))
        if number % 3 == 1:
            self.site.delete(chosen[6])
        self.turn_over(2)
        person = self.pick_subscriber(self.rng.choice(self.site.threads))
        self.set_mode(person.id, self.rng.choice(["instant", "digest", "off"]))

    def play(self, show):
        for _ in range(self.size.old):
            self.site.post(approved=self.rng.random() > 0.1)
        waiting = [post for post, row in self.site.snapshot().posts.items() if not row.visible]
        for index, post in enumerate(waiting):
            if index % 4:
                self.later[1 + index % 3].append(lambda post=post: self.site.change(post, approved=True))
        digest = self.rng.sample(self.site.people, self.size.participants // 8)
        self.expected.first_run(self.site.snapshot())
        self.dispatch(leaves_out=sum(row.visible for row in self.site.snapshot().posts.values()))
        for person in digest:
            self.set_mode(person.id, "digest")
        for number in range(self.size.rounds):
            self.before_the_run(number)
            self.dispatch()
            self.after_the_run(number)
            if number % 5 == 3:
                self.hour_strikes()
            if self.rng.random() < 0.6:
                self.digest()
            show(number)
        for act in [act for acts in self.later.values() for act in acts][::2]:
            act()
        self.dispatch()
        for person in sorted(person for person, waiting in self.expected.open.items() if waiting):
            self.set_mode(person, "instant")
        self.digest()
        # Who watches something in digest mode, whatever their own mode is, gets it at their hour.
        self.dispatch()
        self.hour_strikes()
        self.digest()


def report(acceptance, maildir, began):
    from received import read
    copies, messages = read(maildir)
    differences = acceptance.expected.compare(copies)
    differences["stuck"] = acceptance.expected.stuck(acceptance.site.snapshot())
    # Who has no address is told of, once.
    named = re.findall(r"participant (\S+): ", "".join(acceptance.watchpost.unusable))
    differences["told twice"] = [f"participant {key} was told of again" for key in set(named) if named.count(key) > 1]
    if acceptance.expected.skipped["no address"] and not named:
        differences["told twice"].append("nobody was told of those without an address")
    counts = {kind: len(sentences) for kind, sentences in differences.items()}
    in_digests = sum(copy.is_digest for copy in copies)
    print(f"runs      {acceptance.runs['dispatch']} dispatch, {acceptance.runs['digest']} digest")
    print(f"posts     {len(acceptance.site.snapshot().posts)} in the forum, {len(acceptance.expected.journalled)} journalled")
    print(f"arrived   {messages} messages with {len(copies)} copies: {len(copies) - in_digests} at once, {in_digests} in digests")
    print(f"expected  {len(acceptance.expected.received)} copies")
    reasons = ", ".join(f"{count} {reason}" for reason, count in acceptance.expected.skipped.most_common())
    print(f"skipped   {reasons}")
    print(", ".join(f"{kind} {count}" for kind, count in counts.items()) + f" ({time.monotonic() - began:.0f} s)")
    for kind, sentences in differences.items():
        for sentence in sentences[:10]:
            print(f"{kind}: {sentence}", file=sys.stderr)
    return not any(counts.values())


def explain(acceptance, maildir, is_quick):
    from machina_stories import Stories
    from received import read
    began = time.monotonic()
    stories = Stories(acceptance, read(maildir)[0])
    told = stories.compare(60 if is_quick else 200)
    words = ", ".join(f"{count} {outcome}" for outcome, count in told.most_common())
    print(
        f"explained {sum(told.values())} pairs of people and posts: {words}; {len(stories.problems)} told wrongly "
        f"({time.monotonic() - began:.0f} s)")
    for problem in stories.problems[:10]:
        print(f"explain: {problem}", file=sys.stderr)
    return not stories.problems


def answer(acceptance, maildir, is_quick):
    from machina_replies import Replies
    began = time.monotonic()
    replies = Replies(acceptance, maildir)
    kinds = replies.compare(24 if is_quick else 120)
    kills, hits, held = replies.kill(40 if is_quick else 200)
    words = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    print(
        f"replies   {words}, each as by machina's own form; {kills} kills, {hits} between forum and ledger, {held} replies "
        f"held; {len(replies.problems)} problems ({time.monotonic() - began:.0f} s)")
    if not all(kinds.values()):
        replies.problems.append(f"not every kind of answer was tried: {words}")
    if not hits and not acceptance.site.is_postgres:
        replies.problems.append("no run was killed between forum and ledger")
    for problem in replies.problems[:10]:
        print(f"replies: {problem}", file=sys.stderr)
    return not replies.problems


def main():
    options = arguments()
    enter_venv(options.venv)
    sys.path.append(sys.path.pop(0))  # this file must not hide the package of its name
    from installation import Capture
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, what was made is removed
    began = time.monotonic()
    if options.keep:
        directory, temporary = pathlib.Path(options.keep), None
        directory.mkdir(parents=True)
    else:
        temporary = tempfile.TemporaryDirectory(prefix="watchpost-acceptance-")
        directory = pathlib.Path(temporary.name)
    with Capture(options.binary, directory / "maildir") as capture:
        acceptance = Acceptance(
            QUICK if options.quick else FULL, options.seed, directory, options.binary,
            os.environ["WATCHPOST_TEST_POSTGRES"] if options.postgres else None)
        acceptance.configure(capture.port)
        show = (lambda n: print(f"round {n + 1}", end="\r", flush=True)) if sys.stdout.isatty() else lambda n: None
        acceptance.play(show)
        is_good = report(acceptance, directory / "maildir", began)
        is_good = explain(acceptance, directory / "maildir", options.quick) and is_good
        is_good = answer(acceptance, directory / "maildir", options.quick) and is_good
    if temporary:
        temporary.cleanup()
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
