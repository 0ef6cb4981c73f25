-- The tables that config/sources/django-machina.yaml reads, as Django 5.2 makes them on SQLite for django-machina 1.3.1
-- (`manage.py migrate`, then `.schema`); other tables are left out.

CREATE TABLE "auth_user" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "password" varchar(128) NOT NULL,
  "last_login" datetime NULL,
  "is_superuser" bool NOT NULL,
  "username" varchar(150) NOT NULL UNIQUE,
  "last_name" varchar(150) NOT NULL,
  "email" varchar(254) NOT NULL,
  "is_staff" bool NOT NULL,
  "is_active" bool NOT NULL,
  "date_joined" datetime NOT NULL,
  "first_name" varchar(150) NOT NULL);

CREATE TABLE "auth_group" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "name" varchar(150) NOT NULL UNIQUE);

CREATE TABLE "auth_user_groups" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "user_id" integer NOT NULL REFERENCES "auth_user" ("id"),
  "group_id" integer NOT NULL REFERENCES "auth_group" ("id"));
CREATE INDEX "auth_user_groups_group_id_97559544" ON "auth_user_groups" ("group_id");
CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "auth_user_groups" ("user_id");
CREATE UNIQUE INDEX "auth_user_groups_user_id_group_id_94350c0c_uniq" ON "auth_user_groups" ("user_id", "group_id");

CREATE TABLE "forum_forum" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "created" datetime NOT NULL,
  "updated" datetime NOT NULL,
  "name" varchar(100) NOT NULL,
  "slug" varchar(255) NOT NULL,
  "description" text NULL,
  "image" varchar(100) NULL,
  "link" varchar(200) NULL,
  "link_redirects" bool NOT NULL,
  "type" smallint unsigned NOT NULL CHECK ("type" >= 0),
  "link_redirects_count" integer unsigned NOT NULL CHECK ("link_redirects_count" >= 0),
  "last_post_on" datetime NULL,
  "display_sub_forum_list" bool NOT NULL,
  "_description_rendered" text NULL,
  "lft" integer unsigned NOT NULL CHECK ("lft" >= 0),
  "tree_id" integer unsigned NOT NULL CHECK ("tree_id" >= 0),
  "level" integer unsigned NOT NULL CHECK ("level" >= 0),
  "direct_posts_count" integer unsigned NOT NULL CHECK ("direct_posts_count" >= 0),
  "direct_topics_count" integer unsigned NOT NULL CHECK ("direct_topics_count" >= 0),
  "last_post_id" integer NULL REFERENCES "forum_conversation_post" ("id"),
  "rght" integer unsigned NOT NULL CHECK ("rght" >= 0),
  "parent_id" integer NULL REFERENCES "forum_forum" ("id"));
CREATE INDEX "forum_forum_last_post_id_81b59e37" ON "forum_forum" ("last_post_id");
CREATE INDEX "forum_forum_parent_id_22edea05" ON "forum_forum" ("parent_id");
CREATE INDEX "forum_forum_slug_b9acc50d" ON "forum_forum" ("slug");
CREATE INDEX "forum_forum_tree_id_84a9227d" ON "forum_forum" ("tree_id");
CREATE INDEX "forum_forum_type_30239563" ON "forum_forum" ("type");

CREATE TABLE "forum_conversation_topic" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "created" datetime NOT NULL,
  "subject" varchar(255) NOT NULL,
  "slug" varchar(255) NOT NULL,
  "type" smallint unsigned NOT NULL CHECK ("type" >= 0),
  "status" integer unsigned NOT NULL CHECK ("status" >= 0),
  "approved" bool NOT NULL,
  "posts_count" integer unsigned NOT NULL CHECK ("posts_count" >= 0),
  "views_count" integer unsigned NOT NULL CHECK ("views_count" >= 0),
  "last_post_on" datetime NULL,
  "forum_id" integer NOT NULL REFERENCES "forum_forum" ("id"),
  "poster_id" integer NULL REFERENCES "auth_user" ("id"),
  "first_post_id" integer NULL REFERENCES "forum_conversation_post" ("id"),
  "last_post_id" integer NULL REFERENCES "forum_conversation_post" ("id"),
  "updated" datetime NOT NULL);
CREATE INDEX "forum_conve_type_cc96d0_idx" ON "forum_conversation_topic" ("type", "last_post_on");
CREATE INDEX "forum_conversation_topic_approved_ad3fcbf9" ON "forum_conversation_topic" ("approved");
CREATE INDEX "forum_conversation_topic_created_4e06996f" ON "forum_conversation_topic" ("created");
CREATE INDEX "forum_conversation_topic_first_post_id_ca473bd1" ON "forum_conversation_topic" ("first_post_id");
CREATE INDEX "forum_conversation_topic_forum_id_e9cfe592" ON "forum_conversation_topic" ("forum_id");
CREATE INDEX "forum_conversation_topic_last_post_id_e14396a2" ON "forum_conversation_topic" ("last_post_id");
CREATE INDEX "forum_conversation_topic_last_post_on_a287686b" ON "forum_conversation_topic" ("last_post_on");
CREATE INDEX "forum_conversation_topic_poster_id_0dd4fa07" ON "forum_conversation_topic" ("poster_id");
CREATE INDEX "forum_conversation_topic_slug_c74ce2cc" ON "forum_conversation_topic" ("slug");
CREATE INDEX "forum_conversation_topic_status_e78d0ae4" ON "forum_conversation_topic" ("status");
CREATE INDEX "forum_conversation_topic_type_92971eb5" ON "forum_conversation_topic" ("type");
CREATE INDEX "forum_conversation_topic_updated_3a9e00a1" ON "forum_conversation_topic" ("updated");

CREATE TABLE "forum_conversation_topic_subscribers" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "topic_id" integer NOT NULL REFERENCES "forum_conversation_topic" ("id"),
  "user_id" integer NOT NULL REFERENCES "auth_user" ("id"));
CREATE INDEX "forum_conversation_topic_subscribers_topic_id_34ebca87" ON "forum_conversation_topic_subscribers" ("topic_id");
CREATE UNIQUE INDEX "forum_conversation_topic_subscribers_topic_id_user_id_b2c961d5_uniq" ON "forum_conversation_topic_subscribers" ("topic_id", "user_id");
CREATE INDEX "forum_conversation_topic_subscribers_user_id_7e386a79" ON "forum_conversation_topic_subscribers" ("user_id");

CREATE TABLE "forum_conversation_post" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "created" datetime NOT NULL,
  "updated" datetime NOT NULL,
  "subject" varchar(255) NOT NULL,
  "content" text NOT NULL,
  "username" varchar(155) NULL,
  "approved" bool NOT NULL,
  "update_reason" varchar(255) NULL,
  "updates_count" integer unsigned NOT NULL CHECK ("updates_count" >= 0),
  "_content_rendered" text NULL,
  "poster_id" integer NULL REFERENCES "auth_user" ("id"),
  "topic_id" integer NOT NULL REFERENCES "forum_conversation_topic" ("id"),
  "updated_by_id" integer NULL REFERENCES "auth_user" ("id"),
  "anonymous_key" varchar(100) NULL,
  "enable_signature" bool NOT NULL);
CREATE INDEX "forum_conversation_post_approved_a1090910" ON "forum_conversation_post" ("approved");
CREATE INDEX "forum_conversation_post_enable_signature_b1ce8b55" ON "forum_conversation_post" ("enable_signature");
CREATE INDEX "forum_conversation_post_poster_id_19c4e995" ON "forum_conversation_post" ("poster_id");
CREATE INDEX "forum_conversation_post_topic_id_f6aaa418" ON "forum_conversation_post" ("topic_id");
CREATE INDEX "forum_conversation_post_updated_by_id_86093355" ON "forum_conversation_post" ("updated_by_id");

CREATE TABLE "forum_attachments_attachment" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "file" varchar(100) NOT NULL,
  "comment" varchar(255) NULL,
  "post_id" integer NOT NULL REFERENCES "forum_conversation_post" ("id"));
CREATE INDEX "forum_attachments_attachment_post_id_0476a843" ON "forum_attachments_attachment" ("post_id");

CREATE TABLE "forum_member_forumprofile" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "signature" text NULL,
  "posts_count" integer unsigned NOT NULL CHECK ("posts_count" >= 0),
  "_signature_rendered" text NULL,
  "user_id" integer NOT NULL UNIQUE REFERENCES "auth_user" ("id"),
  "avatar" varchar(100) NULL);

CREATE TABLE "forum_permission_forumpermission" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "codename" varchar(150) NOT NULL UNIQUE);

CREATE TABLE "forum_permission_userforumpermission" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "has_perm" bool NOT NULL,
  "anonymous_user" bool NOT NULL,
  "forum_id" integer NULL REFERENCES "forum_forum" ("id"),
  "permission_id" integer NOT NULL REFERENCES "forum_permission_forumpermission" ("id"),
  "user_id" integer NULL REFERENCES "auth_user" ("id"),
  "authenticated_user" bool NOT NULL);
CREATE INDEX "forum_permission_userforumpermission_anonymous_user_8aabbd9d" ON "forum_permission_userforumpermission" ("anonymous_user");
CREATE INDEX "forum_permission_userforumpermission_authenticated_user_b677afa4" ON "forum_permission_userforumpermission" ("authenticated_user");
CREATE INDEX "forum_permission_userforumpermission_forum_id_f781f4d6" ON "forum_permission_userforumpermission" ("forum_id");
CREATE INDEX "forum_permission_userforumpermission_has_perm_1b5ee7ac" ON "forum_permission_userforumpermission" ("has_perm");
CREATE INDEX "forum_permission_userforumpermission_permission_id_9090e930" ON "forum_permission_userforumpermission" ("permission_id");
CREATE UNIQUE INDEX "forum_permission_userforumpermission_permission_id_forum_id_user_id_024a3693_uniq" ON "forum_permission_userforumpermission" ("permission_id", "forum_id", "user_id");
CREATE INDEX "forum_permission_userforumpermission_user_id_8106d02d" ON "forum_permission_userforumpermission" ("user_id");

CREATE TABLE "forum_permission_groupforumpermission" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "forum_id" integer NULL REFERENCES "forum_forum" ("id"),
  "group_id" integer NOT NULL REFERENCES "auth_group" ("id"),
  "permission_id" integer NOT NULL REFERENCES "forum_permission_forumpermission" ("id"),
  "has_perm" bool NOT NULL);
CREATE INDEX "forum_permission_groupforumpermission_forum_id_d59d5cac" ON "forum_permission_groupforumpermission" ("forum_id");
CREATE INDEX "forum_permission_groupforumpermission_group_id_b515635b" ON "forum_permission_groupforumpermission" ("group_id");
CREATE INDEX "forum_permission_groupforumpermission_has_perm_48cae01d" ON "forum_permission_groupforumpermission" ("has_perm");
CREATE INDEX "forum_permission_groupforumpermission_permission_id_2475fe70" ON "forum_permission_groupforumpermission" ("permission_id");
CREATE UNIQUE INDEX "forum_permission_groupforumpermission_permission_id_forum_id_group_id_a1e477c8_uniq" ON "forum_permission_groupforumpermission" ("permission_id", "forum_id", "group_id");

-- The permissions of django-machina, as its own migration signal inserts them.
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (1, 'can_see_forum');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (2, 'can_read_forum');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (3, 'can_start_new_topics');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (4, 'can_reply_to_topics');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (5, 'can_post_announcements');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (6, 'can_post_stickies');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (7, 'can_delete_own_posts');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (8, 'can_edit_own_posts');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (9, 'can_post_without_approval');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (10, 'can_create_polls');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (11, 'can_vote_in_polls');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (12, 'can_attach_file');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (13, 'can_download_file');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (14, 'can_lock_topics');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (15, 'can_move_topics');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (16, 'can_edit_posts');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (17, 'can_delete_posts');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (18, 'can_approve_posts');
INSERT INTO forum_permission_forumpermission (id, codename) VALUES (19, 'can_reply_to_locked_topics');
