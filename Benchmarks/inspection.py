"""reading mail that came in, 12,000 messages on one core: what they are, and what a person wrote; against Python's email
package, which only parses them"""
import email
import os
import time

from harness import median

# Answers as mail programs write them, quoted-printable and base64 among them; beside them the tests' own fixtures.
QUOTED = "The secretariat has received fourteen submissions on the draft guidance, of which nine support a common format. "
ANSWER = "Thank you, Ana. We agree with section two, but the third one should say who keeps the records, and for how long. "


def answers():
    quoted = "".join(f"> {QUOTED}\n> \n" for _ in range(12))
    introduced = "On Mon, 26 May 2014 at 10:00, Ana Paz (forum) <forum@example.org> wrote:\n"
    html = (f"<p>{ANSWER * 4}</p><div class=gmail_quote><div class=gmail_attr>{introduced}</div><blockquote class=gmail_quote>"
            + f"<p>{QUOTED}</p>" * 12 + "</blockquote></div>")
    head = "From: Bo Lin <bo@example.net>\nTo: forum@example.org\nSubject: Re: A thread\nMIME-Version: 1.0\n"
    yield (f"{head}Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n"
           f"Content-Transfer-Encoding: quoted-printable\n\n{ANSWER * 4}=\n\n\n{introduced}\n{quoted}\n"
           f"--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n")
    yield (f"{head}Content-Type: text/plain; charset=utf-8; format=flowed\n\n{introduced}{quoted}\n{ANSWER}\n\n"
           "Best regards,\nBo Lin\nHead of Unit\nTel: +1 555 010 0199\n")
    yield (f"{head}Content-Type: text/plain; charset=utf-8\n\n{ANSWER * 3}\n\n________________________________\n"
           f"From: Ana Paz\nSent: Monday, May 26, 2014 10:00 AM\nTo: Bo Lin\nSubject: Re: A thread\n\n{QUOTED * 12}\n")


def measure(bench):
    fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/InboundTests/Fixtures")
    reports = [open(os.path.join(fixtures, name), "rb").read() for name in sorted(os.listdir(fixtures))]
    people = [text.encode() for text in answers()]
    # Two in three are people's, as on a forum whose addresses are kept clean.
    each = [message for report in reports for message in (report, *people[:2])]
    count = bench.size(12_000)
    folder = f"{bench.work}/inspection"
    os.mkdir(folder)
    messages = [each[i % len(each)] for i in range(count)]
    for i, message in enumerate(messages):
        with open(f"{folder}/{i:06d}.eml", "wb") as file:
            file.write(message)
    ours, floor, memory = [], [], 0
    for _ in range(bench.rounds):
        # To a file: what is said of so many messages is no figure.
        command = 'exec "$0" inspect --json "$1" > "$1.jsonl"'
        status, _, cpu, memory = bench.launcher.run(["/bin/sh", "-c", command, bench.binary, folder])
        if status != 0:
            raise SystemExit(f"watchpost inspect ended with status {status}")
        ours.append(count / cpu)
        start = time.process_time()
        for message in messages[:2000]:
            email.message_from_bytes(message).as_string()
        floor.append(min(count, 2000) / (time.process_time() - start))
    rate, base = median(ours), median(floor)
    bench.tell(
        "inspection", f"{rate:,.0f} messages a second of CPU, Python parses {base:,.0f}; {memory:.0f} MB",
        f"{rate / base:.1f} x", ">= 2,000 a second", rate >= 2000,
        value=rate, unit="messages a second", samples=ours, floor=base, floor_of="Python's email package",
        floor_samples=floor, memory_mb=memory)
