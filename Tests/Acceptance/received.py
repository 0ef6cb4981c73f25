"""Reads what arrived, as a mail program would: Python's email package, every parsing defect an error."""
import collections
import email
import email.policy
import pathlib
import re

ENTRY = re.compile(r"^\[#(\d+)\] ", re.M)

# A post in a mail: to whom, which, in a digest or by itself, and the file.
Copy = collections.namedtuple("Copy", "address post is_digest text file")


class Defective(Exception):
    """A message is not what it must be; the text names its file."""


def defects(message):
    """What Python's parser holds against a message, in all its headers and parts."""
    found = []
    for part in message.walk():
        found += [repr(defect) for defect in part.defects]
        for name, value in part.items():
            found += [f"{name}: {defect!r}" for defect in getattr(value, "defects", ())]
    return found


def part(message, kind):
    parts = [p for p in message.walk() if p.get_content_type() == kind]
    if len(parts) != 1:
        raise Defective(f"{len(parts)} parts of {kind}")
    return parts[0].get_content().replace("\r\n", "\n")


def copies(message, name):
    """The posts of one message."""
    to = message["To"].addresses
    if len(to) != 1 or message["Cc"] or message["Bcc"]:
        raise Defective("not exactly one recipient (M1)")
    address = to[0].addr_spec
    if address != message["X-Original-To"]:
        raise Defective(f"envelope {message['X-Original-To']}, To {address}")
    text, html = part(message, "text/plain"), part(message, "text/html")
    kind = message["Feedback-ID"].split(":")[2]
    if kind == "instant":
        number = ENTRY.match(text)
        archived = re.search(r"[?&]post=(\d+)", message["Archived-At"])
        if not number or not archived or not number[1] == archived[1] == str(message["Watchpost-Posts"]):
            raise Defective(f"first line {text[:60]}, Archived-At {message['Archived-At']}")
        yield Copy(address, int(number[1]), False, (text, html), name)
        return
    named = [int(n) for field in message.get_all("Watchpost-Posts") for n in str(field).split(", ")]
    entries = [(int(m[1]), m.start()) for m in ENTRY.finditer(text)]
    if named != [n for n, _ in entries]:
        raise Defective(f"Watchpost-Posts {named}, posts {[n for n, _ in entries]}")
    for index, (post, start) in enumerate(entries):
        end = entries[index + 1][1] if index + 1 < len(entries) else len(text)
        yield Copy(address, post, True, (text[start:end],), name)


def read(maildir):
    """Every copy in the Maildir; fails at the first defective message, or at a Message-ID that comes twice."""
    found, seen = [], {}
    parser = email.parser.BytesParser(policy=email.policy.default)
    for path in sorted((pathlib.Path(maildir) / "new").iterdir()):
        with path.open("rb") as file:
            message = parser.parse(file)
        try:
            problems = defects(message)
            if problems:
                raise Defective("; ".join(problems))
            identifier = message["Message-ID"]
            if identifier in seen:
                raise Defective(f"Message-ID {identifier} also in {seen[identifier]}")
            seen[identifier] = path.name
            found += copies(message, path.name)
        except Defective as problem:
            raise Defective(f"{path}: {problem}") from None
    return found, len(seen)
