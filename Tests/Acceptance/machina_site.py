"""A django-machina 1.3 site without web pages: its own models and signals on SQLite or PostgreSQL, and what its people do.

Needs django-machina and Faker in the Python that runs it, and psycopg2 for PostgreSQL.
"""
import os
import urllib.parse

LOCALES = ["ar_SA", "zh_CN", "en_GB", "fr_FR", "ru_RU", "es_ES"]
ADDRESSES = "@example.net"


def settings_of(database):
    """Django's words for a file, or for postgresql://USER@HOST/NAME?host=DIRECTORY."""
    if not database.startswith("postgres"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.abspath(database)}
    url = urllib.parse.urlparse(database)
    host = urllib.parse.parse_qs(url.query).get("host", [url.hostname])[0]
    return {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username or "", "HOST": host}


def configure(database):
    import django
    from django.conf import settings
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.configure(
        SECRET_KEY="for a test", USE_TZ=True, SITE_ID=1, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": settings_of(str(database))},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "sites", "messages")),
            "mptt", "haystack", "widget_tweaks", "machina", "machina.apps.forum", "machina.apps.forum_conversation",
            "machina.apps.forum_conversation.forum_attachments", "machina.apps.forum_conversation.forum_polls",
            *(f"machina.apps.forum_{name}" for name in (
                "feeds", "moderation", "search", "tracking", "member", "permission"))],
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        CACHES={"default": memory, "machina_attachments": memory},
        MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS=["can_see_forum", "can_read_forum"])
    django.setup()


class Site:
    """The forum. What it does goes through machina's models; what it knows, `snapshot` reads from the database."""

    def __init__(self, database, participants, threads, watchers, rng):
        configure(database)
        self.database = database
        self.is_postgres = str(database).startswith("postgres")
        self.given = 0  # the last number given to a post
        self.rng = rng
        self.revisions = {}
        from django.core.management import call_command
        from faker import Faker
        call_command("migrate", verbosity=0, run_syncdb=True)
        self.fakers = [Faker(locale) for locale in LOCALES]
        for index, faker in enumerate(self.fakers):
            faker.seed_instance(rng.random() + index)
        self._make_people(participants)
        self._make_forums()
        self.threads = [self.add_thread(watchers) for _ in range(threads)]

    def _make_people(self, count):
        from django.contrib.auth.models import Group, User
        users = []
        for index in range(count):
            faker = self.fakers[index % len(self.fakers)]
            # Accounts without an address are usual in Django.
            address = "" if index % 97 == 96 else f"user{index}{ADDRESSES}"
            users.append(User(
                username=f"user{index}", email=address, first_name=faker.first_name()[:30],
                last_name=faker.last_name()[:150], is_active=index % 50 != 49, is_superuser=index % 211 == 210))
        User.objects.bulk_create(users, batch_size=1000)
        self.people = list(User.objects.order_by("id"))
        self.experts = Group.objects.create(name="Experts")
        self.experts.user_set.add(*self.rng.sample(self.people, count // 3))

    def _make_forums(self):
        from machina.apps.forum.models import Forum
        from machina.apps.forum_permission.models import ForumPermission
        from machina.apps.forum_permission.shortcuts import ALL_AUTHENTICATED_USERS, assign_perm
        category = Forum.objects.create(name="Online discussions", type=Forum.FORUM_CAT)
        names = ["Implementation of the Protocol", "Risk assessment", "Considérations socio-économiques", "Experts only"]
        self.forums = [Forum.objects.create(name=name, type=Forum.FORUM_POST, parent=category) for name in names]
        self.private = self.forums[-1]
        if not ForumPermission.objects.filter(codename="can_read_forum").exists():
            raise AssertionError("machina made no permissions")
        for permission in ("can_see_forum", "can_read_forum"):
            assign_perm(permission, ALL_AUTHENTICATED_USERS, self.private, has_perm=False)
            assign_perm(permission, self.experts, self.private)
        # One person whom a rule of their own lets in, and one whom it keeps out of a public forum.
        assign_perm("can_read_forum", self.people[0], self.private)
        assign_perm("can_read_forum", self.people[1], self.forums[0], has_perm=False)

    # What people do.

    def text(self, post):
        faker = self.rng.choice(self.fakers)
        revision = self.revisions[post] = self.revisions.get(post, 0) + 1
        paragraphs = [faker.paragraph(nb_sentences=self.rng.randint(2, 7)) for _ in range(self.rng.randint(1, 4))]
        return "\n\n".join(paragraphs + [mark(post, revision)])

    def add_thread(self, watchers):
        from machina.apps.forum_conversation.models import Topic
        subject = f"{self.rng.choice(self.fakers).sentence(nb_words=6)}"[:250]
        thread = Topic.objects.create(
            forum=self.rng.choice(self.forums), subject=subject, poster=self.rng.choice(self.people),
            type=Topic.TOPIC_POST, status=Topic.TOPIC_UNLOCKED, approved=True)
        thread.subscribers.add(*self.rng.sample(self.people, min(watchers, len(self.people))))
        return thread

    def post(self, thread=None, approved=True, number=None):
        """A new post; its id is the forum's next, or `number`, as from a transaction that was slow to commit."""
        from machina.apps.forum_conversation.models import Post
        thread = thread or self.rng.choice(self.threads)
        watching = list(thread.subscribers.all())
        poster = self.rng.choice(watching if self.rng.random() < 0.6 and watching else self.people)
        thread.refresh_from_db()
        post = Post(
            topic=thread, poster=poster, subject=f"Re: {thread.subject}"[:255], content="…", approved=approved)
        if number is None:
            number = self.newest() + 1
        post.id = number
        self.given = max(self.given, number)
        post.content = self.text(number)
        post.save(force_insert=True)
        return number

    def newest(self):
        """The last id that the database gave, whether its post is still there or not."""
        if self.is_postgres:
            return max(self.rows("SELECT coalesce(max(id), 0) FROM forum_conversation_post")[0][0], self.given)
        return self.rows(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'forum_conversation_post'")[0][0]

    def rows(self, sql):
        from django.db import connection
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def change(self, number, **fields):
        """Saves a post anew as machina's moderation does, which bumps `updated`."""
        from machina.apps.forum_conversation.models import Post
        post = Post.objects.get(id=number)
        for name, value in fields.items():
            setattr(post, name, value)
        post.save()

    def edit(self, number):
        self.change(number, content=self.text(number))

    def delete(self, number):
        from machina.apps.forum_conversation.models import Post
        post = Post.objects.get(id=number)
        if not post.is_alone:  # machina would delete the thread with it
            post.delete()

    def move(self, thread, forum):
        thread.refresh_from_db()
        thread.forum = forum
        thread.save()

    # What it knows.

    def snapshot(self):
        from expected import Post, Snapshot
        posts = {
            row[0]: Post(row[0], row[1], row[2], row[3], bool(row[4] and row[5]), mark(row[0], self.revisions[row[0]]))
            for row in self.rows(
                "SELECT p.id, p.topic_id, t.forum_id, p.poster_id, p.approved, t.approved "
                "FROM forum_conversation_post p JOIN forum_conversation_topic t ON t.id = p.topic_id")}
        subscribers = {}
        for thread, person in self.rows("SELECT topic_id, user_id FROM forum_conversation_topic_subscribers"):
            subscribers.setdefault(thread, set()).add(person)
        active = {row[0] for row in self.rows("SELECT id FROM auth_user WHERE is_active")}
        return Snapshot(posts, subscribers, active, self._readers())

    def _readers(self):
        """Machina's own answer to who may read a forum, asked once per snapshot."""
        from django.contrib.auth.models import User
        from machina.apps.forum.models import Forum
        from machina.apps.forum_permission.checker import ForumPermissionChecker
        answers, people, forums = {}, {}, {forum.id: forum for forum in Forum.objects.all()}

        def may_read(person, forum):
            if (person, forum) not in answers:
                if person not in people:
                    people[person] = ForumPermissionChecker(User.objects.get(id=person))
                answers[person, forum] = people[person].has_perm("can_read_forum", forums[forum])
            return answers[person, forum]

        return may_read


def mark(post, revision):
    """Stands in the text of a post's every revision."""
    return f"mark{post}x{revision}end"
