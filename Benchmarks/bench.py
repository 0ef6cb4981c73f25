#!/usr/bin/env python3
"""Measures Watchpost's release binary against a peer or a floor in the same run, and prints each ratio with its goal.

usage: bench.py [--binary FILE] [--rounds N] [--quick] [NAME ...]

  throughput  one post to 20,000 watchers, into smtp-sink; against `smtp-source -d`, which composes and records nothing
  mailman     the same to 1,000 watchers; against GNU Mailman 3.3 with VERP (from PyPI, into a virtual environment)
  latency     a relay 50 ms away, 8 connections; against libcurl's own SMTP upload (8 curl processes, connections kept)
  idle        nothing new, 1,000,000 old posts and deliveries; against `watchpost --version`
  fanout      one post to 1,000,000 watchers; against inserting the same rows with bare SQLite in one transaction
  growth      cost per message at 1,000,000 recipients against 10,000
  digests     100,000 readers, 200 posts of 1 KB in 400 threads, about 10 posts each; goal 2,000 a second
  hosts       20,000 queued messages, sent by one, two and three dispatchers on PostgreSQL, and by one on SQLite; and the
              fan-out that queued them. Run by Tests/with-postgres, else left out

Needs smtp-sink and smtp-source (package postfix; it need not run), curl. Machines are noisy: rounds are
interleaved and medians compared. `--quick` divides the sizes by ten.
"""
import argparse, ast, asyncio, os, re, resource, shutil, socket, sqlite3, statistics, subprocess, sys, tempfile, threading, time

# The programs measured take no other variables than their own.
SERVER, _ = (os.environ.pop(name, None) for name in ("WATCHPOST_TEST_POSTGRES", "WATCHPOST_TEST_POSTGRES_CONTROL"))
BODY = "\n\n".join(["This is a post in the online discussion on the implementation of the Protocol. " * 5] * 5)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Launcher:
    """Starts programs from a process that was forked while this one was small: Linux counts what the parent held at the
    moment of the fork into the peak size of a child."""

    def __init__(self):
        self.socket, theirs = socket.socketpair()
        if os.fork() == 0:
            self.socket.close()
            self.serve(theirs)
            os._exit(0)
        theirs.close()

    def serve(self, connection):
        while command := connection.recv(65536):
            start = time.time()
            pid = os.posix_spawn(command.split(b"\0")[0], command.split(b"\0"), os.environ)
            _, status, usage = os.wait4(pid, 0)
            figures = os.waitstatus_to_exitcode(status), time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
            connection.sendall(repr(figures).encode())

    def run(self, command):
        """Returns the exit code, wall seconds, CPU seconds and the peak resident size in MB."""
        self.socket.sendall("\0".join(command).encode())
        return ast.literal_eval(self.socket.recv(65536).decode())


class Sink:
    """smtp-sink with its message counter read from its output."""

    def __init__(self, work):
        self.port = free_port()
        self.path = os.path.join(work, f"sink.{self.port}")
        self.out = open(self.path, "wb")
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(["smtp-sink", *user, "-c", f"127.0.0.1:{self.port}", "1000"], stdout=self.out, stderr=self.out)
        wait_for_port(self.port)

    def count(self):
        with open(self.path, "rb") as f:
            f.seek(max(0, os.path.getsize(self.path) - 800))
            seen = re.findall(rb"mesg=(\d+)", f.read())
        return int(seen[-1]) if seen else 0

    def expect(self, target, limit=600):
        end = time.time() + limit
        while self.count() < target:
            if time.time() > end:
                raise SystemExit(f"only {self.count()} of {target} messages arrived")
            time.sleep(0.005)

    def stop(self):
        self.process.kill()
        self.process.wait()


def wait_for_port(port, limit=10):
    end = time.time() + limit
    while time.time() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


class Site:
    """An installation made by `watchpost init`, with its forum filled through plain SQL, as a web developer would."""

    def __init__(self, binary, work, port, people, connections=10, mode="instant", settings=""):
        self.binary, self.people = binary, people
        self.dir = tempfile.mkdtemp(prefix="site.", dir=work)
        run([binary, "init", self.dir])
        with open(f"{self.dir}/watchpost.yaml", "a") as f:
            f.write(f"\ndelivery:\n  transport: smtp://127.0.0.1:{port}\n  connections: {connections}\n{settings}")
        for name, steps, in (("collect", "collect"), ("fanout", "fan-out"), ("deliver", "deliver"), ("digests", "digest")):
            with open(f"{self.dir}/jobs/{name}.yaml", "w") as f:
                f.write(f"steps: [{steps}]\ndeadline: 2h\n")
        with open(f"{self.dir}/jobs/dispatch.yaml", "w") as f:
            f.write("steps: [collect, fan-out, deliver]\ndeadline: 2h\n")
        self.forum = sqlite3.connect(f"{self.dir}/forum.sqlite", isolation_level=None)
        self.sql("BEGIN")
        self.sql("INSERT INTO discussion (title, slug) VALUES ('Implementation', 'implementation')")
        self.sql("INSERT INTO thread (discussion, title, url) VALUES (1, 'Experiences', 'https://forum.example.org/1')")
        self.forum.executemany("INSERT INTO participant (name, address, mode, language) VALUES (?, ?, ?, 'en')",
                               ((f"User {i}", f"user{i}@example.net", mode) for i in range(people)))
        self.sql("COMMIT")

    def sql(self, text, values=()):
        return self.forum.execute(text, values)

    def watch_all(self, thread=1):
        self.sql("INSERT INTO watch (scope, target, participant, since) SELECT 'thread', ?, id, 0 FROM participant", (thread,))

    def post(self, thread=1, body=BODY):
        now = int(time.time()) - 300
        self.sql("INSERT INTO post (thread, author, body, created_at, url) VALUES (?, NULL, ?, ?, 'https://forum.example.org/p')", (thread, body, now))

    def run(self, job):
        """Returns wall seconds, CPU seconds and the peak resident size in MB."""
        status, *used = LAUNCHER.run([self.binary, "run", job, "--config", f"{self.dir}/watchpost.yaml"])
        if status != 0:
            raise SystemExit(f"watchpost run {job} ended with status {status}")
        return used

    def ledger(self):
        return sqlite3.connect(f"{self.dir}/ledger.sqlite", isolation_level=None)


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def median(values):
    return statistics.median(values)


def say(name, text, ratio, goal, is_good):
    print(f"{name:11s} {text}\n{'':11s} {ratio}   goal {goal}   {'reached' if is_good else 'NOT REACHED'}", flush=True)


def throughput(o):
    n, connections = o.size(20_000), 10
    sink, floor = Sink(o.work), Sink(o.work)
    site = Site(o.binary, o.work, sink.port, n, connections)
    site.watch_all()
    site.run("dispatch")
    ours, theirs, cpu = [], [], []
    for _ in range(o.rounds):
        base = floor.count()
        start = time.time()
        run(["smtp-source", "-d", "-s", str(connections), "-m", str(n), "-l", "4096", "-f", "a@example.org", "-t", "b@example.net", f"127.0.0.1:{floor.port}"])
        floor.expect(base + n)
        theirs.append(n / (time.time() - start))
        site.post()
        base = sink.count()
        start = time.time()
        _, used, memory = site.run("dispatch")
        sink.expect(base + n)
        ours.append(n / (time.time() - start))
        cpu.append(used / n * 1e6)
    sink.stop(), floor.stop()
    ratio = median(ours) / median(theirs)
    say("throughput", f"{median(ours):,.0f}/s, smtp-source -d {median(theirs):,.0f}/s; {median(cpu):.0f} us CPU a message, {memory:.0f} MB",
        f"{ratio:.2f} of smtp-source -d", ">= 0.6", ratio >= 0.6)
    return median(ours)


def mailman(o):
    n = 1000 if not o.quick else 200
    sink, other = Sink(o.work), Sink(o.work)
    site = Site(o.binary, o.work, sink.port, n)
    site.watch_all()
    site.run("dispatch")
    peer = Mailman(o.work, other.port, n)
    ours, theirs = [], []
    try:
        for _ in range(o.rounds):
            base, start = other.count(), time.time()
            peer.send()
            other.expect(base + n)
            theirs.append(n / (time.time() - start))
            site.post()
            base, start = sink.count(), time.time()
            site.run("dispatch")
            sink.expect(base + n)
            ours.append(n / (time.time() - start))
    finally:
        peer.stop()
        sink.stop(), other.stop()
    ratio = median(ours) / median(theirs)
    say("mailman", f"{median(ours):,.0f}/s, Mailman {median(theirs):,.0f}/s, {n} recipients", f"{ratio:.0f} x Mailman with VERP", ">= 50", ratio >= 50)


class Mailman:
    def __init__(self, work, port, n):
        var, self.lmtp = os.path.join(work, "mailman"), free_port()
        venv = os.path.join(work, "mailman-venv")
        run([sys.executable, "-m", "venv", venv])
        run([f"{venv}/bin/pip", "install", "-q", "mailman==3.3.10"])
        os.makedirs(var)
        config = f"{var}/mailman.cfg"
        with open(config, "w") as f:
            f.write(f"[mailman]\nsite_owner: admin@example.org\nlayout: here\n[paths.here]\nvar_dir: {var}\n"
                    f"[database]\nclass: mailman.database.sqlite.SQLiteDatabase\nurl: sqlite:///{var}/mailman.db\n"
                    f"[mta]\nincoming: mailman.mta.null.NullMTA\noutgoing: mailman.mta.deliver.deliver\nsmtp_host: 127.0.0.1\nsmtp_port: {port}\n"
                    f"lmtp_host: 127.0.0.1\nlmtp_port: {self.lmtp}\nverp_personalized_deliveries: yes\nverp_delivery_interval: 1\n"
                    f"[webservice]\nhostname: 127.0.0.1\nport: {free_port()}\n")
        self.command = [f"{venv}/bin/mailman"] + (["--run-as-root"] if os.geteuid() == 0 else [])
        self.env = dict(os.environ, MAILMAN_CONFIG_FILE=config)
        members = f"{var}/members"
        with open(members, "w") as f:
            f.writelines(f"User {i} <user{i}@example.net>\n" for i in range(n))
        self.call("create", "-o", "admin@example.org", "forum@example.org")
        self.call("addmembers", "-W", members, "forum@example.org")
        self.call("start")
        wait_for_port(self.lmtp, limit=120)
        time.sleep(5)

    def call(self, *words):
        subprocess.run(self.command + list(words), env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def send(self):
        import smtplib
        stamp = time.time()
        with smtplib.LMTP("127.0.0.1", self.lmtp) as s:
            s.sendmail("user0@example.net", ["forum@example.org"],
                       f"From: User 0 <user0@example.net>\nTo: forum@example.org\nSubject: Experiences {stamp}\nMessage-ID: <{stamp}@example.net>\n"
                       f"Date: Mon, 26 May 2014 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{BODY}")

    def stop(self):
        subprocess.run(self.command + ["stop"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class FarRelay:
    """Passes connections on with half a round trip's delay in each direction."""

    def __init__(self, target, round_trip):
        self.port, self.target, self.delay = free_port(), target, round_trip / 2
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        wait_for_port(self.port)

    async def serve(self):
        server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)
        await server.serve_forever()

    async def accept(self, reader, writer):
        await asyncio.sleep(2 * self.delay)  # the handshake's round trip
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.pump(reader, back), self.pump(there, writer), return_exceptions=True)

    async def pump(self, source, sink):
        queue = asyncio.Queue()

        async def write():
            while (item := await queue.get()) is not None:
                due, data = item
                await asyncio.sleep(max(0, due - time.monotonic()))
                sink.write(data)
                await sink.drain()
            sink.close()

        writing = asyncio.create_task(write())
        while data := await source.read(65536):
            queue.put_nowait((time.monotonic() + self.delay, data))
        queue.put_nowait(None)
        await writing


def latency(o):
    n, connections = o.size(2000, least=400), 8
    sink = Sink(o.work)
    far = FarRelay(sink.port, 0.05)
    site = Site(o.binary, o.work, far.port, n, connections)
    site.watch_all()
    site.run("dispatch")
    message = os.path.join(o.work, "message")
    with open(message, "w") as f:
        f.write("Subject: Experiences\r\n\r\n" + "This is a line of a post in the online discussion.\r\n" * 80)
    share = 400 // connections
    ours, theirs = [], []
    for _ in range(o.rounds):
        start = time.time()
        curls = []
        for _ in range(connections):
            words = ["curl", "-s", "--no-progress-meter"]
            for i in range(share):
                words += (["--next", "-s"] if i else []) + ["--mail-from", "a@example.org", "--mail-rcpt", "b@example.net", "-T", message, f"smtp://127.0.0.1:{far.port}/bench"]
            curls.append(subprocess.Popen(words))
        if any(c.wait() for c in curls):
            raise SystemExit("curl failed")
        theirs.append(connections * share / (time.time() - start))
        site.post()
        base, start = sink.count(), time.time()
        site.run("dispatch")
        sink.expect(base + n)
        ours.append(n / (time.time() - start))
    sink.stop()
    ratio = median(ours) / median(theirs)
    say("latency", f"{median(ours):,.0f}/s, libcurl's upload {median(theirs):,.0f}/s, 50 ms away, {connections} connections", f"{ratio:.1f} x libcurl", ">= 3", ratio >= 3)


def idle(o):
    n = o.size(1_000_000)
    sink = Sink(o.work)
    site = Site(o.binary, o.work, sink.port, 10)
    site.sql("BEGIN")
    site.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO post (thread, body, created_at) SELECT 1, 'old', 1 FROM n", (n,))
    site.sql("COMMIT")
    site.run("dispatch")
    ledger = site.ledger()
    ledger.execute("BEGIN")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    ledger.execute(f"{numbers} INSERT INTO delivery (id, person, post, state, due, attempts, ended_at) SELECT i, i, 1, 'sent', 1, 1, 2 FROM n", (n,))
    ledger.execute(f"{numbers} INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key) SELECT 'old' || i, '1', '1', 0, 1, 1, 1, 1 FROM n", (n,))
    ledger.execute("INSERT INTO mark (name, value) VALUES ('fanned-out', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (n,))
    ledger.execute("INSERT INTO mark (name, value) VALUES ('delivery', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (n,))
    ledger.execute("COMMIT")
    ledger.close()
    ours, floor, memory = [], [], 0
    for _ in range(max(20, o.rounds)):
        start = time.time()
        run([o.binary, "--version"])
        floor.append(time.time() - start)
        wall, _, memory = site.run("dispatch")
        ours.append(wall)
    sink.stop()
    ratio = median(ours) / median(floor)
    say("idle", f"{median(ours) * 1000:.1f} ms, --version {median(floor) * 1000:.1f} ms, {memory:.0f} MB, {n:,} old posts and deliveries",
        f"{ratio:.1f} x --version, {memory:.0f} MB", "<= 3, <= 40 MB", ratio <= 3 and memory <= 40)


def fanout(o):
    n = o.size(1_000_000)
    sink = Sink(o.work)
    site = Site(o.binary, o.work, sink.port, n)
    site.watch_all()
    site.run("dispatch")
    ours, floor, memory = [], [], 0
    for turn in range(o.rounds):
        site.post()
        site.run("collect")
        wall, cpu, memory = site.run("fanout")
        if turn == 0:
            continue  # the first post also makes the ledger's people
        ours.append(wall)
        ledger = site.ledger()
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        schema = ";".join(r[0] for r in ledger.execute("SELECT sql FROM sqlite_master WHERE tbl_name IN ('decision', 'delivery') AND sql IS NOT NULL"))
        last = ledger.execute("SELECT max(post) FROM decision").fetchone()[0]
        ledger.close()
        bare = os.path.join(o.work, f"bare.{turn}")
        copy = sqlite3.connect(bare, isolation_level=None)
        copy.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; {schema}; ATTACH '{site.dir}/ledger.sqlite' AS l;"
                           f"CREATE TEMP TABLE d AS SELECT * FROM l.delivery WHERE post = {last}; CREATE TEMP TABLE c AS SELECT * FROM l.decision WHERE post = {last};")
        start = time.time()
        copy.executescript("BEGIN; INSERT INTO main.delivery SELECT * FROM d; INSERT INTO main.decision SELECT * FROM c; COMMIT;")
        floor.append(time.time() - start)
        copy.close()
        os.remove(bare)
        site.ledger().execute("UPDATE delivery SET state = 'dropped', ended_at = 1 WHERE state = 'queued'")
    sink.stop()
    ratio = median(ours) / median(floor)
    say("fanout", f"{median(ours):.2f} s, the same rows bare {median(floor):.2f} s, {n:,} watchers", f"{ratio:.2f} x bare SQLite, {memory:.0f} MB",
        "<= 2, <= 100 MB", ratio <= 2 and memory <= 100)


def growth(o):
    small, large = 10_000, o.size(1_000_000)
    sink = Sink(o.work)
    cost = {}
    for n in (small, large):
        site = Site(o.binary, o.work, sink.port, n)
        site.watch_all()
        site.run("dispatch")
        costs = []
        for turn in range(3 if n == small else 1):
            if turn == 0 and n == small:  # the ledger's people are made with the first post, in both
                pass
            site.post()
            base = sink.count()
            wall, cpu, memory = site.run("dispatch")
            sink.expect(base + n)
            costs.append(cpu / n * 1e6)
            if n == small:
                shutil.rmtree(site.dir)
                site = Site(o.binary, o.work, sink.port, n)
                site.watch_all()
                site.run("dispatch")
        cost[n] = (median(costs), memory)
        shutil.rmtree(site.dir)
    sink.stop()
    ratio = cost[large][0] / cost[small][0]
    say("growth", f"{cost[large][0]:.0f} us CPU a message at {large:,}, {cost[small][0]:.0f} us at {small:,}; {cost[large][1]:.0f} MB", f"{ratio:.2f}", "<= 1.2", ratio <= 1.2)


def digests(o):
    readers, threads, posts = o.size(100_000), 400, 200
    sink = Sink(o.work)
    site = Site(o.binary, o.work, sink.port, readers, mode="digest", settings="  connections: 4\n".replace("connections", "rate").replace("4", "0"))
    site.sql("BEGIN")
    for i in range(2, threads + 1):
        site.sql("INSERT INTO thread (discussion, title, url) VALUES (1, ?, 'https://forum.example.org/t')", (f"Theme {i}",))
    # 200 posts in the first 200 threads; everybody watches 20 of all 400 threads, so about 10 posts each.
    site.forum.executemany("INSERT INTO watch (scope, target, participant, since) VALUES ('thread', ?, ?, 0)",
                           (((p * 7 + k * 20 + p % 20) % threads + 1, p) for p in range(1, readers + 1) for k in range(20)))
    site.sql("COMMIT")
    site.run("dispatch")
    site.sql("BEGIN")
    for i in range(posts):
        site.post(thread=i + 1, body=("A post of about one kilobyte. " * 34)[:1000])
    site.sql("COMMIT")
    site.run("collect")
    fan_wall, _, _ = site.run("fanout")
    ledger = site.ledger()
    ledger.execute("UPDATE digest_slot SET due = 1")
    rows = ledger.execute("SELECT count(*) FROM decision WHERE decision = 'digest'").fetchone()[0]
    ledger.close()
    write_wall, _, _ = site.run("digests")
    base = sink.count()
    wall, cpu, memory = site.run("deliver")
    written = site.ledger().execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]
    sink.expect(base + written)
    sink.stop()
    rate = written / cpu
    say("digests", f"{written:,} digests of {rows / written:.1f} posts: fan-out {fan_wall:.1f} s, written {write_wall:.1f} s, composed and sent {wall:.1f} s wall, {cpu:.1f} s CPU, {memory:.0f} MB",
        f"{rate:,.0f} digests per CPU second, sending and recording included", ">= 2,000", rate >= 2000)


class SharedSite:
    """An installation whose forum and ledger are one database of PostgreSQL, filled through plain SQL."""

    def __init__(self, o, port, people):
        self.binary, self.server = o.binary, SERVER
        self.dir = tempfile.mkdtemp(prefix="shared.", dir=o.work)
        name = f"bench{os.getpid()}"
        psql(self.server, f"CREATE DATABASE {name}")
        self.uri = self.server.replace("/postgres?", f"/{name}?")
        run([o.binary, "init", self.dir])
        with open(f"{self.dir}/watchpost.yaml", "a") as f:
            f.write(f"\nforum:\n  database: {self.uri}\nledger:\n  database: {self.uri}\n"
                    f"delivery:\n  transport: smtp://127.0.0.1:{port}\n  connections: 10\n")
        run([o.binary, "init", self.dir])
        # Each dispatcher is a job of its own, as it would be on a host of its own.
        for name, steps in (("fanout", "collect, fan-out"), ("deliver1", "deliver"), ("deliver2", "deliver"), ("deliver3", "deliver")):
            with open(f"{self.dir}/jobs/{name}.yaml", "w") as f:
                f.write(f"steps: [{steps}]\ndeadline: 2h\n")
        psql(self.uri, f"""
            INSERT INTO discussion (title, slug) VALUES ('Implementation', 'implementation');
            INSERT INTO thread (discussion, title, url) VALUES (1, 'Experiences', 'https://forum.example.org/1');
            INSERT INTO participant (name, address, language) SELECT 'User ' || i, 'user' || i || '@example.net', 'en' FROM generate_series(1, {people}) i;
            INSERT INTO watch (scope, target, participant, since) SELECT 'thread', 1, id, 0 FROM participant""")
        psql(self.uri, "VACUUM ANALYZE")
        self.run("fanout")

    def post(self):
        psql(self.uri, f"INSERT INTO post (thread, body, created_at, url) VALUES (1, '{BODY}', {int(time.time()) - 300}, 'https://forum.example.org/p')")

    def start(self, job):
        return subprocess.Popen([self.binary, "run", job, "--config", f"{self.dir}/watchpost.yaml"])

    def run(self, job):
        start = time.time()
        if self.start(job).wait() != 0:
            raise SystemExit(f"watchpost run {job} failed")
        return time.time() - start


def psql(uri, sql):
    subprocess.run(["psql", uri, "-v", "ON_ERROR_STOP=1", "-qAtc", sql], check=True, stdout=subprocess.DEVNULL)


def hosts(o):
    if not SERVER:
        return print("hosts       left out: run by Tests/with-postgres")
    n = o.size(20_000)
    sink = Sink(o.work)
    single, shared = Site(o.binary, o.work, sink.port, n), SharedSite(o, sink.port, n)
    with open(f"{single.dir}/jobs/queue.yaml", "w") as f:
        f.write("steps: [collect, fan-out]\ndeadline: 2h\n")
    single.watch_all()
    single.run("queue")
    rates, fanned = {}, {}

    def deliver(name, queue, start):
        fanned.setdefault(name[:6], []).append(queue())
        base, began = sink.count(), time.time()
        running = start()
        sink.expect(base + n)
        rates.setdefault(name, []).append(n / (time.time() - began))
        for process in running:
            if process.wait() != 0:
                raise SystemExit("a dispatcher failed")

    for turn in range(o.rounds + 1):
        single.post()
        deliver("SQLite, 1 dispatcher", lambda: single.run("queue")[0],
                lambda: [subprocess.Popen([o.binary, "run", "deliver", "--config", f"{single.dir}/watchpost.yaml"])])
        for count in (1, 2, 3):
            shared.post()
            deliver(f"PostgreSQL, {count} dispatcher{'s' if count > 1 else ''}", lambda: shared.run("fanout"),
                    lambda: [shared.start(f"deliver{i + 1}") for i in range(count)])
        if turn == 0:  # makes the ledger's people
            rates, fanned = {}, {}
    sink.stop()
    base = median(rates["SQLite, 1 dispatcher"])
    print(f"{'hosts':11s} {n:,} messages; this machine has {os.cpu_count()} cores, the server and the sink use them too")
    for name, values in rates.items():
        print(f"{'':11s} {name:26s} {median(values):8,.0f}/s   {median(values) / base:.2f} of SQLite", flush=True)
    print(f"{'':11s} fan-out: SQLite {median(fanned['SQLite']):.2f} s, PostgreSQL {median(fanned['Postgr']):.2f} s")


class Options:
    def __init__(self, a, work):
        self.binary, self.rounds, self.quick, self.work = os.path.abspath(a.binary), a.rounds, a.quick, work

    def size(self, n, least=1):
        return max(least, n // 10) if self.quick else n


def main():
    global LAUNCHER
    LAUNCHER = Launcher()
    names = {f.__name__: f for f in (throughput, mailman, latency, idle, fanout, growth, digests, hosts)}
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default=".build/release/watchpost")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--quick", action="store_true")
    p.add_argument("names", nargs="*", metavar="NAME")
    a = p.parse_args()
    for name in a.names:
        if name not in names:
            p.error(f"no benchmark {name}; there are: {', '.join(names)}")
    work = tempfile.mkdtemp(prefix="watchpost-bench.")
    os.chmod(work, 0o755)
    try:
        for name in a.names or names:
            names[name](Options(a, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
