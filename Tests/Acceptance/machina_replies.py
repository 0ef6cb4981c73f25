"""Replies by mail into django-machina: each is compared, row by row and column by column, with what the forum's own form
would have written just then; and runs are killed while they post.
"""
import contextlib
import datetime
import email.message
import email.policy
import email.utils
import itertools
import pathlib
import sqlite3
import subprocess
import time

from installation import Failed

TEXTS = [
    "I agree with what was said.\nA second line of it.\n\nAnd a paragraph of its own, number {}.",
    "Ünïcode & 3 < 5, \"in quotation marks\", it's fine > {}.",
    "Да, согласен. {}\n\n我同意。\n\nأوافق على ذلك.",
]
KEYS = {"id", "first_post_id", "last_post_id"}


class Replies:
    def __init__(self, acceptance, maildir):
        self.site, self.watchpost, self.rng = acceptance.site, acceptance.watchpost, acceptance.rng
        self.problems, self.sent = [], 0
        self.people = {person.email: person for person in self.site.people}
        self._permit()
        if self.site.is_postgres:  # the site has given its numbers by itself
            self.site.rows(f"SELECT setval('forum_conversation_post_id_seq', {self.site.newest()})")
        self.offers = self._offers(pathlib.Path(maildir))

    def _permit(self):
        """Everybody may reply, but not in each forum; experts need no approval."""
        from machina.apps.forum_permission.shortcuts import ALL_AUTHENTICATED_USERS, assign_perm
        assign_perm("can_reply_to_topics", ALL_AUTHENTICATED_USERS)
        assign_perm("can_post_without_approval", self.site.experts)
        assign_perm("can_post_without_approval", ALL_AUTHENTICATED_USERS, self.site.forums[0])
        assign_perm("can_reply_to_topics", self.site.experts, self.site.forums[1], has_perm=False)

    def _offers(self, maildir):
        """The reply addresses in what arrived: of each person one for each topic."""
        # Machina's form takes posts in hidden topics as well; a mail answers what its reader can see.
        offers, topics = {}, dict(self.site.rows(
            "SELECT p.id, p.topic_id FROM forum_conversation_post p JOIN forum_conversation_topic t ON t.id = p.topic_id "
            "WHERE p.approved AND t.approved"))
        for file in sorted(maildir.glob("new/*")):
            head = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            is_copy = ":instant:" in str(head["Feedback-ID"])
            number, address = int(head["Watchpost-Posts"]) if is_copy else None, str(head["Reply-To"] or "")
            person = self.people.get(head["X-Original-To"])
            if number in topics and address.startswith("reply+") and person:
                offers[person.id, topics[number]] = (person, topics[number], address)
        if len(offers) < 20:
            raise Failed(f"only {len(offers)} mails offer a reply")
        offers = list(offers.values())
        self.rng.shuffle(offers)
        return offers

    # Mail.

    def mail(self, person, address, text):
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = person.email, address, "Re: something"
        self.sent += 1
        message["Message-ID"], message["Date"] = f"<reply{self.sent}@example.net>", email.utils.localtime()
        message.set_content(text)
        ended = subprocess.run(
            self.watchpost.command("receive", address), env=self.watchpost.environment, input=message.as_bytes(),
            capture_output=True, timeout=60)
        if ended.returncode != 0:
            raise Failed(f"receive: status {ended.returncode}\n{ended.stderr.decode()}")

    def inbound(self):
        self.watchpost.run("run", "inbound")

    # What the form writes, and what a reply by mail writes.

    def dump(self):
        """Every row of machina's tables by its id."""
        from django.db import connection
        tables = {}
        for table in connection.introspection.table_names():
            if not table.startswith("forum_"):
                continue
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table}")
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row)) for row in cursor.fetchall()]
            tables[table] = {row["id"]: row for row in rows}
        return tables

    def by_form(self, person, topic, text):
        """What differs after somebody has posted on the page; it is taken back. Nothing where they may not."""
        from django.db import transaction
        from machina.apps.forum_conversation.forms import PostForm
        from machina.apps.forum_conversation.models import Topic
        from machina.apps.forum_permission.handler import PermissionHandler
        began, before = utc(), self.dump()
        with transaction.atomic():
            person, topic = type(person).objects.get(id=person.id), Topic.objects.get(id=topic)
            handler = PermissionHandler()
            if (person.is_active or person.is_superuser) and handler.can_read_forum(topic.forum, person) \
                    and handler.can_add_post(topic, person):
                blank = PostForm(user=person, forum=topic.forum, topic=topic)
                data = {"subject": blank.fields["subject"].initial, "content": text, "enable_signature": "on"}
                form = PostForm(data=data, user=person, forum=topic.forum, topic=topic)
                if not form.is_valid():
                    raise Failed(f"the form refuses: {form.errors}")
                form.save()
            after = self.dump()
            transaction.set_rollback(True)
        return difference(before, after, began)

    def by_mail(self, person, address, text):
        time.sleep(1 - time.time() % 1)  # replies have whole seconds: another one than the last, for a change to be seen
        began, before = utc(), self.dump()
        self.mail(person, address, text)
        self.inbound()
        return difference(before, self.dump(), began)

    def compare(self, count):
        """Replies of many people, one after another, each against the form."""
        kinds = {"visible": 0, "pending": 0, "refused": 0}
        for index, (person, topic, address) in enumerate(self.offers[:count]):
            text = TEXTS[index % len(TEXTS)].format(index)
            expected, found = self.by_form(person, topic, text), self.by_mail(person, address, text)
            if found != expected:
                self.problems.append(f"reply {index} of {person.email}: {found}\n  the form writes: {expected}")
            post = expected.get(("forum_conversation_post", "new"))
            kinds["refused" if post is None else "visible" if post["approved"] else "pending"] += 1
        return kinds

    # Kills.

    def kill(self, kills):
        """Runs are killed at random moments, and another follows. Nothing is there twice, nothing is lost unseen."""
        from django.contrib.auth.models import User
        from machina.apps.forum.models import Forum
        from machina.apps.forum_permission.checker import ForumPermissionChecker
        allowed = []
        forums = dict(self.site.rows("SELECT id, forum_id FROM forum_conversation_topic WHERE approved AND status <> 1"))
        for person, topic, address in self.offers:
            checker = ForumPermissionChecker(User.objects.get(id=person.id))
            forum = topic in forums and Forum.objects.get(id=forums[topic])
            if forum and all(checker.has_perm(p, forum) for p in ("can_read_forum", "can_reply_to_topics")):
                allowed.append((person, topic, address))
        # Nobody more than five times within ten minutes: such replies wait for the admin.
        budget, chosen = {}, []
        for offer in itertools.islice(itertools.cycle(allowed), 50 * len(allowed)):
            if budget.setdefault(offer[0].id, 0) < 4 and len(chosen) < 2 * kills:
                budget[offer[0].id] += 1
                chosen.append(offer)
        began = time.monotonic()
        self.inbound()
        idle = time.monotonic() - began
        hits = 0
        for index in range(0, len(chosen) - 1, 2):
            for offset, (person, _, address) in enumerate(chosen[index:index + 2]):
                self.mail(person, address, f"After a crash, number kill{index + offset}end.")
            if index % 4 or self.site.is_postgres:
                run = self.watchpost.start("run", "inbound")
                time.sleep(self.rng.uniform(0.3, 1.6) * idle)
                run.kill()
                run.communicate()
            else:
                self._kill_between()
            hits += self._between()
            self.inbound()  # a message that ends three runs would be set aside
        waiting = self.watchpost.run("replies")
        found = self.site.rows("SELECT content FROM forum_conversation_post WHERE content LIKE 'After a crash%'")
        counts = {}
        for (content,) in found:
            counts[content] = counts.get(content, 0) + 1
        held = 0
        for index in range(len(chosen) // 2 * 2):
            text = f"After a crash, number kill{index}end."
            count = counts.get(text, 0)
            held += text in waiting
            if count > 1 or count == 0 and text not in waiting:
                self.problems.append(f"{text} stands there {count} times")
        self._count()
        return len(chosen) // 2, hits, held

    def _kill_between(self):
        """A run is killed when the forum has the reply and the ledger's next commit is kept waiting."""
        with contextlib.closing(sqlite3.connect(self.site.database, timeout=30, isolation_level=None)) as forum, \
                contextlib.closing(sqlite3.connect(self.watchpost.ledger, timeout=30, isolation_level=None)) as ledger:
            posts = "SELECT count(*) FROM forum_conversation_post"
            before = forum.execute(posts).fetchone()
            forum.execute("BEGIN IMMEDIATE")
            run = self.watchpost.start("run", "inbound")
            wait(lambda: ledger.execute("SELECT 1 FROM reply WHERE state = 'trying'").fetchone())
            ledger.execute("BEGIN IMMEDIATE")
            forum.execute("ROLLBACK")
            wait(lambda: forum.execute(posts).fetchone() != before)
            run.kill()
            run.communicate()
            ledger.execute("ROLLBACK")

    def _between(self):
        """How many replies stand in the forum of which the ledger does not know it yet; not asked on PostgreSQL."""
        if self.site.is_postgres:
            return 0
        with sqlite3.connect(self.watchpost.ledger, timeout=30) as ledger:
            trying = [row[0] for row in ledger.execute("SELECT body FROM reply WHERE state = 'trying'")]
        return sum(
            bool(self.site.rows(f"SELECT 1 FROM forum_conversation_post WHERE content = '{text}'")) for text in trying)

    def _count(self):
        """Machina's counters must be what machina itself counts."""
        from machina.apps.forum_conversation.models import Topic
        before = self.dump()
        for topic in Topic.objects.all():
            topic.update_trackers()
        for table in ("forum_conversation_topic", "forum_forum"):
            for key, row in self.dump()[table].items():
                changed = {name for name in row if row[name] != before[table][key][name]} - {"updated"}
                if "last_post_on" not in changed:  # of two posts of one second, machina takes either for the last
                    changed -= {"last_post_id"}
                if changed:
                    self.problems.append(f"{table} {key}: {', '.join(sorted(changed))} is not what machina counts")


def wait(condition):
    """Not for ever: a kill at another moment is one too."""
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)


def utc():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def difference(before, after, began):
    """What differs: new rows whole, others by their columns. A moment within the step is `now`, a new key is `new`."""
    new = {table: set(rows) - set(before[table]) for table, rows in after.items()}
    posts = new["forum_conversation_post"]

    def plain(table, name, value):
        if isinstance(value, datetime.datetime):
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
            return "now" if began - datetime.timedelta(seconds=1) <= value <= utc() else value
        is_new = name in KEYS and value in (new[table] if name == "id" else posts)
        return "new" if is_new else value

    found = {}
    for table, rows in after.items():
        for key, row in rows.items():
            old = before[table].get(key)
            changed = {n: plain(table, n, v) for n, v in row.items() if old is None or old[n] != v}
            if changed:
                found[table, "new" if old is None else key] = changed
        for key in set(before[table]) - set(rows):
            found[table, key] = "gone"
    return found
