"""200,000 queued messages sent on PostgreSQL while a snapshot is held, as pg_dump holds one; against no snapshot.
Run by Tests/with-postgres, else left out"""
import subprocess

from dispatchers import SharedSite, psql
from harness import Sink, median


def measure(bench):
    if not bench.server:
        return print("held_snapshot left out: run by Tests/with-postgres")
    n = bench.size(20_000)
    posts = 10
    sink = Sink(bench.work)
    site = SharedSite(bench, sink.port, n)
    rates = {False: [], True: []}
    for turn in range(bench.rounds):
        for held in (False, True) if turn % 2 else (True, False):
            for _ in range(posts):
                site.post()
            site.run("fanout")
            psql(site.uri, "VACUUM ANALYZE")
            holder = hold(site.uri) if held else None
            rate, _ = sink.rate(n * posts, lambda: site.run("deliver1"))
            rates[held].append(rate)
            if holder:
                holder.stdin.close()
                holder.wait()
    sink.stop()
    free, slowed = median(rates[False]), median(rates[True])
    ratio = slowed / free
    bench.tell(
        "held_snapshot", f"{slowed:,.0f} msg/s with a snapshot held, {free:,.0f} without, {n * posts:,} messages",
        f"{ratio:.2f} x without", ">= 0.9", ratio >= 0.9, value=slowed, unit="msg/s", samples=rates[True], floor=free,
        floor_of="without a snapshot", floor_samples=rates[False])


def hold(uri):
    """A session whose snapshot lasts until its input is closed."""
    session = subprocess.Popen(
        ["psql", uri, "-qAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM mark;\n")
    session.stdin.flush()
    session.stdout.readline()
    return session
