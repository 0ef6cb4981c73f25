"""Faults of the forum's rows, of clocks, of backups, and of mappings."""
import pathlib
import sqlite3
import time

from fault import Everything, Fault
from fault_site import AUTHOR, MAPPING, said
from installation import Failed

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


# Rows.


class Row(Fault):
    """A row that cannot be read; the embedded forum's tables take no such row."""

    def is_refused(self, site):
        return site.is_embedded


class EmptyMoment(Row):
    name = "empty text for a moment"
    is_quick = True

    def harm(self, site):
        site.sql("UPDATE {people} SET paused_until = '' WHERE id = 3")


class PostInMilliseconds(Row):
    name = "a post's time in milliseconds"
    tells, shows = ("created_at", "milliseconds"), ("created_at",)

    def harm(self, site):
        self.post = site.post(created_at=int(time.time() * 1000))

    def withheld(self, site, person, token):
        return token == self.post

    def mend(self, site):
        site.sql(f"UPDATE {{posts}} SET created_at = {int(time.time())} WHERE id = {site.texts[self.post]}")


class WatchInMilliseconds(Row):
    name = "a watch's time in milliseconds"
    tells, shows = ("since", "milliseconds"), ("since",)

    def harm(self, site):
        site.sql(f"UPDATE {{watches}} SET since = {int(time.time() * 1000)} WHERE {{person}} = 4")

    def withheld(self, site, person, token):
        return person == 4

    def mend(self, site):
        site.sql("UPDATE {watches} SET since = 1 WHERE {person} = 4")


class NumberOutOfRange(Row):
    name = "a number beyond 64 bits"
    tells, shows = ("created_at",), ("created_at",)

    def harm(self, site):
        self.post = site.post(created_at="99999999999999999999")

    withheld, mend = PostInMilliseconds.withheld, PostInMilliseconds.mend


class ThreadGone(Row):
    name = "a post in a thread that is not there"
    tells, shows = ("posts", "discussion"), ("discussion",)

    def harm(self, site):
        self.post = site.post(thread=77)

    withheld = PostInMilliseconds.withheld

    def mend(self, site):
        site.sql(f"UPDATE {{posts}} SET thread = 1 WHERE id = {site.texts[self.post]}")


class DiscussionGone(Row):
    name = "a thread in a discussion that is not there"
    tells, shows = ("discussion 88",), ("discussion 88",)

    def move(self, site, discussion):
        column = "discussion" if site.is_embedded else "board"
        site.sql(f"UPDATE {{threads}} SET {column} = {discussion} WHERE id = 1")

    def harm(self, site):
        self.move(site, 88)

    withheld = Everything.withheld

    def mend(self, site):
        self.move(site, 1)


class BodyMissing(Row):
    name = "a post without a body"
    tells, shows = ("body", "NULL"), ("body",)

    def harm(self, site):
        self.post = site.post(body="NULL")

    withheld = PostInMilliseconds.withheld

    def mend(self, site):
        site.sql(f"UPDATE {{posts}} SET body = '{self.post}' WHERE id = {site.texts[self.post]}")


class TitleMissing(Row):
    name = "a thread without a title"
    tells, shows = ("title", "NULL"), ("title",)

    def harm(self, site):
        site.sql("UPDATE {threads} SET title = NULL WHERE id = 1")

    withheld = Everything.withheld

    def mend(self, site):
        site.sql("UPDATE {threads} SET title = 'Living modified fish' WHERE id = 1")


class BadAddress(Fault):
    name = "an address that is none"
    tells, shows = ("nope", "address"), ("address",)
    is_quick = True

    def harm(self, site):
        site.sql("UPDATE {people} SET {address} = 'nope' WHERE id = 5")
        self.address = site.people.pop(5)  # what is posted meanwhile is nobody's

    def mend(self, site):
        site.sql(f"UPDATE {{people}} SET {{address}} = '{self.address}' WHERE id = 5")
        site.people[5] = self.address
        site.post()


class BadZone(Fault):
    name = "a time zone that is none"
    tells, shows = ("Mars/X", "zone"), ("zone",)

    def harm(self, site):
        site.sql("UPDATE {people} SET zone = 'Mars/X' WHERE id = 10")

    def mend(self, site):
        site.sql("UPDATE {people} SET zone = NULL WHERE id = 10")


class BadLanguage(Fault):
    name = "a language that is none: answered in the site's"

    def harm(self, site):
        site.sql("UPDATE {people} SET language = 'xx' WHERE id = 3")


class BadMode(Row):
    name = "a mode that is none"
    tells, shows = ("sometimes", "mode"), ("mode",)

    def harm(self, site):
        site.sql("UPDATE {people} SET mode = 'sometimes' WHERE id = 3")

    def withheld(self, site, person, token):
        return person == 3

    def mend(self, site):
        site.sql("UPDATE {people} SET mode = NULL WHERE id = 3")


class OddActive(Row):
    name = "active = 2"
    tells, shows = ("active", "2"), ("active",)

    def harm(self, site):
        site.sql("UPDATE {people} SET active = 2 WHERE id = 3")

    withheld = BadMode.withheld

    def mend(self, site):
        site.sql("UPDATE {people} SET active = 1 WHERE id = 3")


class NoPositiveId(Fault):
    name = "people with the ids 0 and -7"

    def harm(self, site):
        site.person(0, "Nul", "nul@a.example")
        site.person(-7, "Minus", "minus@b.example")


class TwoNormalizations(Fault):
    name = "keys that differ in Unicode normalization alone"

    def skip(self, kind, database):
        return "its keys are numbers" if kind == "embedded" else None

    def harm(self, site):
        site.person(31, "Jose", "nfc@a.example")
        site.person(32, "Jose", "nfd@b.example")
        site.sql("UPDATE users SET login = 'jos\u00e9' WHERE id = 31")
        site.sql("UPDATE users SET login = 'jose\u0301' WHERE id = 32")
        text = site.mapping_text.replace('"-9223372036854775808"', '""').replace("m.author,", "a.login AS author,")
        collate = ' COLLATE "C"' if site.is_postgres else ""
        for before, after in (
                ("SELECT u.id AS participant", "SELECT u.login AS participant"),
                ("SELECT u.id,", "SELECT u.login AS id,"),
                ("u.id IN (:keys)", "u.login IN (:keys)"), ("u.id > :after", f"u.login{collate} > :after"),
                ("ORDER BY u.id", f"ORDER BY u.login{collate}")):
            text = text.replace(before, after)
        site.map(text)


class ManyPending(Fault):
    name = "3,000 posts that wait for approval at the first run"
    is_early = True

    def harm(self, site):
        rows = ", ".join(f"(1, {AUTHOR}, 'not yet', 'pending', {int(time.time()) - 1})" for _ in range(3_000))
        site.sql("INSERT INTO {posts} (thread, author, body, state, created_at) VALUES " + rows)
        if not site.is_embedded:
            self.tells = ("mailed to nobody: 5.",)  # what stood there before the first run

    def mend(self, site):
        number = site.sql("SELECT max(id) FROM {posts}")[0][0]
        token = site.token()
        site.sql(f"UPDATE {{posts}} SET body = '{token}', state = 'visible' WHERE id = {number}")
        site.expect(token)


# Clocks.


class WrongClock(Fault):
    """A clock that is wrong for one run of each job; what is collected then, and after it, arrives all the same."""
    offset = None

    def skip(self, kind, database):
        return None if FAKETIME.exists() else "without Debian's faketime"

    def harm(self, site):
        site.post()
        # Without a word in FAKETIME_SHARED the library adds one, after which Swift does not find the arguments.
        self.said = site.tick(
            LD_PRELOAD=str(FAKETIME), FAKETIME=self.offset, FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_SHARED="/no /no")
        if site.is_postgres:
            self.tells = None  # the server's clock counts, not this machine's
        elif self.tells and {run.status for run in self.said} != {75}:
            raise Failed(f"under the wrong clock: {said(self.said)}")


class ClockAhead25Minutes(WrongClock):
    name = "the clock 25 minutes ahead for one run"
    offset = "+25m"
    tells = None  # what it wrote lies too far ahead, where the ledger's clock is this machine's


class ClockAhead400Days(WrongClock):
    name = "the clock 400 days ahead for one run"
    offset = "+400d"
    tells, told_ticks = ("watchpost release clock", "is believed again"), 2


class ClockBehind400Days(WrongClock):
    name = "the clock 400 days behind for one run"
    offset = "-400d"
    tells, told_ticks = ("watchpost release clock", "is believed again"), 2


# Backups.


class LedgerRestored(Everything):
    name = "the ledger restored from a backup"
    tells, shows, exit_status = ("restored from a backup", "watchpost resume"), ("restored", "watchpost resume"), 75

    def lose(self, site):
        site.back_up(site.ledger)
        self.write_more(site)
        site.restore(site.ledger)

    def write_more(self, site):
        """Mailed, and forgotten by the ledger."""
        site.post(created_at=int(time.time()) - 3_600)
        site.tick()

    def harm(self, site):
        self.lose(site)
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1_800))
        self.command = ("resume", "--from", moment)

    def withheld(self, site, person, token):
        return True


class WalMissing(LedgerRestored):
    name = "the ledger copied without its WAL"

    def skip(self, kind, database):
        return "PostgreSQL has no such copy" if database == "postgres" else None

    def lose(self, site):
        place = pathlib.Path(site.ledger.place)
        reader = sqlite3.connect(place)  # whoever reads keeps what is new in the WAL
        reader.execute("BEGIN").execute("SELECT count(*) FROM mark").fetchall()
        self.write_more(site)
        copy = place.read_bytes()
        reader.close()
        for end in ("-wal", "-shm"):
            pathlib.Path(f"{place}{end}").unlink(missing_ok=True)
        place.write_bytes(copy)


class ForumRestored(Fault):
    name = "the forum restored from a backup"
    tells, shows, exit_status = ("watchpost resume --from all",), ("watchpost resume",), 75
    command = ("resume", "--from", "all")

    def harm(self, site):
        site.back_up(site.forum)
        lost = site.post(created_at=int(time.time()) - 3_600)
        site.tick()
        site.restore(site.forum)
        self.post = site.post(author=2)
        site.due.pop((2, self.post))  # nobody gets their own
        if site.texts[lost] != site.texts[self.post]:
            raise Failed(f"post {site.texts[self.post]} has a number of its own, not {site.texts[lost]}")

    withheld = PostInMilliseconds.withheld


class NumbersGivenAgain(ForumRestored):
    name = "a number of a deleted post given again"

    def skip(self, kind, database):
        return "its numbers are never given again" if kind == "embedded" else None

    def harm(self, site):
        lost = site.post(created_at=int(time.time()) - 3_600)
        site.tick()
        number = site.texts[lost]
        site.sql(f"DELETE FROM messages WHERE id = {number}")
        self.post = site.post(id=number, author=2)
        site.due.pop((2, self.post))


# Mappings.


class WrongMapping(Everything):
    """A mapping that is wrong and valid SQL is refused before it mails."""
    exit_status = 78
    before = after = ""

    def skip(self, kind, database):
        return "has no mapping to get wrong" if kind == "embedded" else None

    def harm(self, site):
        site.remap(self.before, self.after)

    def mend(self, site):
        site.map(MAPPING)


class Limit10(WrongMapping):
    name = "watchers … LIMIT 10"
    before, after = "u.id > :after ORDER BY u.id LIMIT :limit", "u.id > :after ORDER BY u.id LIMIT 10"
    tells, shows = ("board.yaml", "watchers"), ("watchers",)
    is_quick = True


class NoAfter(WrongMapping):
    name = "watchers without :after"
    before, after = " AND u.id > :after ORDER", " ORDER"
    tells, shows = ("board.yaml", "watchers", ":after"), ("watchers",)


class NoKeys(WrongMapping):
    name = "posts without :keys"
    before, after = "WHERE m.id IN (:keys)", "ORDER BY m.id LIMIT 1"
    tells, shows = ("board.yaml", "posts", ":keys"), ("posts",)


class DescForgotten(WrongMapping):
    name = "newest … ORDER BY id, DESC forgotten"
    is_early = True
    before, after = "SELECT max(id) AS ordinal FROM messages", "SELECT id AS ordinal FROM messages ORDER BY id LIMIT 1"
    tells, shows = ("board.yaml", "newest"), ("newest",)


class UnknownColumn(WrongMapping):
    name = "active AS is_active"
    before, after = "u.active,", "u.active AS is_active,"
    tells, shows = ("board.yaml", "is_active", "active"), ("is_active",)


class ExpressionKey(WrongMapping):
    name = "a key compared as an expression"
    before, after = "u.id > :after", "u.id + 0 > :after"
    tells, shows = ("board.yaml", "watchers"), ("watchers",)

    def skip(self, kind, database):
        return super().skip(kind, database) or ("compares as it should" if database == "postgres" else None)


class PendingAll(WrongMapping):
    name = "pending without its WHERE"
    is_early = True
    before, after = "{post} WHERE m.state = 'pending'", "{post}"
    tells, shows = ("board.yaml", "pending"), ("pending",)
