"""100,000 readers, 200 posts of 1 KB in 400 threads, about 10 posts each; goal 2,000 a second"""
from harness import Sink, Site


def measure(bench):
    readers, threads, posts = bench.size(100_000), 400, 200
    sink = Sink(bench.work)
    site = Site(bench, sink.port, readers, mode="digest", settings="  rate: 0\n")
    site.sql("BEGIN")
    for i in range(2, threads + 1):
        site.sql(
            "INSERT INTO thread (discussion, title, url) VALUES (1, ?, 'https://forum.example.org/t')", (f"Theme {i}",))
    # 200 posts in the first 200 threads; everybody watches 20 of all 400 threads, so about 10 posts each.
    site.forum.executemany(
        "INSERT INTO watch (scope, target, participant, since) VALUES ('thread', ?, ?, 0)",
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
    bench.tell(
        "digests",
        f"{written:,} digests of {rows / written:.1f} posts: fan-out {fan_wall:.1f} s, written {write_wall:.1f} s, "
        f"composed and sent {wall:.1f} s wall, {cpu:.1f} s CPU, {memory:.0f} MB",
        f"{rate:,.0f} digests per CPU second, sending and recording included", ">= 2,000", rate >= 2000,
        value=rate, unit="digests a CPU second", samples=[rate], posts_a_digest=rows / written, fan_out_s=fan_wall,
        written_s=write_wall, sent_s=wall, memory_mb=memory)
