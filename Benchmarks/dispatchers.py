"""20,000 queued messages, sent by one, two and three dispatchers on PostgreSQL, and by one on SQLite; and the
fan-out that queued them. Run by Tests/with-postgres, else left out"""
import os
import subprocess
import tempfile
import time

from harness import BODY, Sink, Site, median, run


class SharedSite:
    """An installation whose forum and ledger are one database of PostgreSQL, filled through plain SQL."""

    def __init__(self, bench, port, people):
        self.binary = bench.binary
        self.dir = tempfile.mkdtemp(prefix="shared.", dir=bench.work)
        name = f"bench{os.getpid()}_{time.time_ns()}"
        psql(bench.server, f"CREATE DATABASE {name}")
        self.uri = bench.server.replace("/postgres?", f"/{name}?")
        run([self.binary, "init", self.dir])
        with open(f"{self.dir}/watchpost.yaml", "a") as f:
            f.write(
                f"\nforum:\n  database: {self.uri}\nledger:\n  database: {self.uri}\n"
                f"delivery:\n  transport: smtp://127.0.0.1:{port}\n  connections: 10\n")
        run([self.binary, "init", self.dir])
        # Each dispatcher is a job of its own, as it would be on a host of its own.
        steps_of = {"fanout": "collect, fan-out", "deliver1": "deliver", "deliver2": "deliver", "deliver3": "deliver"}
        for name, steps in steps_of.items():
            with open(f"{self.dir}/jobs/{name}.yaml", "w") as f:
                f.write(f"steps: [{steps}]\ndeadline: 2h\n")
        psql(self.uri, f"""
            INSERT INTO discussion (title, slug) VALUES ('Implementation', 'implementation');
            INSERT INTO thread (discussion, title, url) VALUES (1, 'Experiences', 'https://forum.example.org/1');
            INSERT INTO participant (name, address, language)
              SELECT 'User ' || i, 'user' || i || '@example.net', 'en' FROM generate_series(1, {people}) i;
            INSERT INTO watch (scope, target, participant, since) SELECT 'thread', 1, id, 0 FROM participant""")
        psql(self.uri, "VACUUM ANALYZE")
        self.run("fanout")

    def post(self):
        psql(self.uri, "INSERT INTO post (thread, body, created_at, url) "
                       f"VALUES (1, '{BODY}', {int(time.time()) - 300}, 'https://forum.example.org/p')")

    def start(self, job):
        return subprocess.Popen([self.binary, "run", job, "--config", f"{self.dir}/watchpost.yaml"])

    def run(self, job):
        start = time.time()
        if self.start(job).wait() != 0:
            raise SystemExit(f"watchpost run {job} failed")
        return time.time() - start


def psql(uri, sql):
    subprocess.run(["psql", uri, "-v", "ON_ERROR_STOP=1", "-qAtc", sql], check=True, stdout=subprocess.DEVNULL)


def measure(bench):
    if not bench.server:
        return print("dispatchers left out: run by Tests/with-postgres")
    n = bench.size(20_000)
    sink = Sink(bench.work)
    single, shared = Site(bench, sink.port, n), SharedSite(bench, sink.port, n)
    single.watch_all()
    single.run("queue")
    rates, fanned = {}, {}

    def deliver(name, queue, start):
        fanned.setdefault(name.split(",")[0], []).append(queue())
        rate, running = sink.rate(n, start)
        rates.setdefault(name, []).append(rate)
        for process in running:
            if process.wait() != 0:
                raise SystemExit("a dispatcher failed")

    for turn in range(bench.rounds + 1):
        single.post()
        deliver("SQLite, 1 dispatcher", lambda: single.run("queue")[0],
                lambda: [subprocess.Popen(single.command("deliver"))])
        for count in (1, 2, 3):
            shared.post()
            deliver(f"PostgreSQL, {count} dispatcher{'s' if count > 1 else ''}", lambda: shared.run("fanout"),
                    lambda: [shared.start(f"deliver{i + 1}") for i in range(count)])
        if turn == 0:  # makes the ledger's people
            rates, fanned = {}, {}
    sink.stop()
    tell(bench, n, rates, fanned)


def tell(bench, n, rates, fanned):
    base = rates["SQLite, 1 dispatcher"]
    floor = median(base)
    print(f"dispatchers {n:,} messages; this machine has {os.cpu_count()} cores, the server and the sink use them too")
    for name, values in rates.items():
        print(f"{'':11s} {name:26s} {median(values):8,.0f}/s   {median(values) / floor:.2f} of SQLite", flush=True)
        bench.keep(
            f"dispatchers: {name}", value=median(values), unit="messages/s", samples=values, floor=floor,
            floor_of="SQLite, 1 dispatcher", floor_samples=base)
    base = fanned["SQLite"]
    print(f"{'':11s} fan-out: SQLite {median(base):.2f} s, PostgreSQL {median(fanned['PostgreSQL']):.2f} s")
    for name, values in fanned.items():
        bench.keep(
            f"dispatchers: fan-out, {name}", value=median(values), unit="s", samples=values, floor=median(base),
            floor_of="SQLite", floor_samples=base)
