import ForumSources
import Foundation
import SQL

/// A forum of django-machina: its real schema, filled by each test, read through the mapping in config/sources.
struct MachinaForum {
  let database: SQLiteDatabase
  let source: SQLForum

  init(everybodyReads: Bool = true, everybodyReplies: Bool = false) throws {
    database = try SQLiteDatabase(path: ":memory:")
    let schema = repository.appending(path: "Tests/ForumSourcesTests/Fixtures/django-machina.sql")
    let sql = try String(contentsOf: schema, encoding: .utf8)
    try database.write { connection in
      for statement in sql.components(separatedBy: ";\n") {
        let lines = statement.split(separator: "\n").filter { !$0.hasPrefix("--") }
        if !lines.isEmpty { try connection.run(lines.joined(separator: "\n")) }
      }
    }
    source = SQLForum(
      database: database,
      mapping: try Mapping(
        file: repository.appending(path: "config/sources/django-machina.yaml").path(),
        constants: [
          "site_url": "https://bch.example", "everybody_reads": everybodyReads ? "yes" : "no",
          "everybody_replies": everybodyReplies ? "yes" : "no",
          "everybody_posts_unapproved": everybodyReplies ? "yes" : "no",
        ]))
  }

  private func insert(_ table: String, _ row: [(String, Value)]) throws {
    try database.write {
      try $0.insert(into: table, columns: row.map(\.0), values: row.map(\.1))
    }
  }

  func user(
    _ id: Int64, _ name: String, first: String = "", last: String = "", isActive: Bool = true, isSuper: Bool = false
  )
    throws
  {
    try insert(
      "auth_user",
      [
        ("id", .integer(id)), ("username", .text(name)), ("email", .text("\(name)@example.net")),
        ("first_name", .text(first)), ("last_name", .text(last)), ("is_active", isActive ? 1 : 0),
        ("is_superuser", isSuper ? 1 : 0), ("is_staff", 0), ("password", ""), ("date_joined", "2026-01-01"),
      ])
  }

  func group(_ id: Int64) throws { try insert("auth_group", [("id", .integer(id)), ("name", .text("group \(id)"))]) }

  func join(_ user: Int64, _ group: Int64) throws {
    try insert("auth_user_groups", [("user_id", .integer(user)), ("group_id", .integer(group))])
  }

  func forum(_ id: Int64, _ name: String = "Risk assessment", slug: String = "risk-assessment") throws {
    let zeros = [
      "link_redirects", "type", "link_redirects_count", "display_sub_forum_list", "lft", "rght", "tree_id", "level",
      "direct_posts_count", "direct_topics_count",
    ]
    try insert(
      "forum_forum",
      [
        ("id", .integer(id)), ("name", .text(name)), ("slug", .text(slug)), ("created", "2026-01-01"),
        ("updated", "2026-01-01"),
      ] + zeros.map { ($0, 0) })
  }

  func topic(_ id: Int64, forum: Int64 = 1, _ subject: String = "Fish", isApproved: Bool = true) throws {
    try insert(
      "forum_conversation_topic",
      [
        ("id", .integer(id)), ("forum_id", .integer(forum)), ("subject", .text(subject)),
        ("slug", .text(subject.lowercased())), ("approved", isApproved ? 1 : 0), ("created", "2026-01-01"),
        ("updated", "2026-01-01"), ("type", 0), ("status", 0), ("posts_count", 0), ("views_count", 0),
      ])
  }

  func post(
    _ id: Int64, topic: Int64 = 1, by user: Int64? = nil, anonymous: String? = nil, _ content: String = "I agree.",
    isApproved: Bool = true, created: String = "2026-05-26 12:00:00.123456"
  ) throws {
    try insert(
      "forum_conversation_post",
      [
        ("id", .integer(id)), ("topic_id", .integer(topic)), ("poster_id", .optional(user)),
        ("username", .optional(anonymous)), ("subject", "Re: Fish"), ("content", .text(content)),
        ("approved", isApproved ? 1 : 0), ("created", .text(created)), ("updated", "2026-06-01 00:00:00"),
        ("updates_count", 0), ("enable_signature", 0),
      ])
  }

  func subscribe(_ users: [Int64], to topic: Int64) throws {
    for user in users {
      try insert(
        "forum_conversation_topic_subscribers", [("topic_id", .integer(topic)), ("user_id", .integer(user))])
    }
  }

  /// Writes the tables of permissions anew.
  func set(_ permissions: MachinaPermissions) throws {
    try database.write { connection in
      try connection.run("DELETE FROM forum_permission_userforumpermission")
      try connection.run("DELETE FROM forum_permission_groupforumpermission")
      try connection.insert(
        into: "forum_permission_userforumpermission",
        columns: ["permission_id", "has_perm", "forum_id", "user_id", "anonymous_user", "authenticated_user"],
        values: permissions.users.flatMap { rule -> [Value] in
          let (user, isAnonymous, isAuthenticated): (Int64?, Value, Value) =
            switch rule.whom {
            case .user(let id): (id, 0, 0)
            case .anonymous: (nil, 1, 0)
            case .everybody: (nil, 0, 1)
            }
          return [
            .integer(rule.permission), rule.isGranted ? 1 : 0, .optional(rule.forum), .optional(user), isAnonymous,
            isAuthenticated,
          ]
        })
      try connection.insert(
        into: "forum_permission_groupforumpermission", columns: ["permission_id", "has_perm", "forum_id", "group_id"],
        values: permissions.groups.flatMap { rule -> [Value] in
          [.integer(rule.permission), rule.isGranted ? 1 : 0, .optional(rule.forum), .integer(rule.whom)]
        })
    }
  }
}
