import Board
import Forum
import ForumSources
import Foundation
import SQL
import TestSupport
import Time

/// The embedded forum with its board: Ana moderates, Ben is anybody.
struct BoardFixture {
  let site: ForumFixture
  let board: Board
  let ana: String
  let ben: String

  init(limits: Board.Limits = Board.Limits()) throws {
    site = try ForumFixture()
    board = Board(site.forum, limits: limits)
    ana = try site.participant("ana")
    ben = try site.participant("ben")
    try run("INSERT INTO member (discussion, participant, moderates) VALUES ($1, $2, 1)", site.discussion, ana)
  }

  var now: Timestamp { site.clock.now }
  var discussion: String { site.discussion }

  func run(_ sql: String, _ arguments: String...) throws {
    _ = try site.forum.write { try $0.run(sql, arguments.map(Value.text)) }
  }

  /// A role by its name; returns its key.
  func role(_ name: String, in discussion: String? = nil, mayPost: Bool = true, moderates: Bool = false) throws
    -> String
  {
    let role = try site.forum.write {
      try $0.first("INSERT INTO forum_role (name) VALUES ($1) RETURNING id", [.text(name)]) { $0.text(0) }!
    }
    if let discussion {
      try run(
        "INSERT INTO discussion_role (discussion, role, may_post, moderates) VALUES ($1, $2, $3, $4)", discussion, role,
        mayPost ? "1" : "0", moderates ? "1" : "0")
    }
    return role
  }

  func give(_ role: String, to person: String) throws {
    try run("INSERT INTO participant_role (participant, role) VALUES ($1, $2)", person, role)
  }

  /// Posts by a page's form.
  @discardableResult
  func post(_ body: String, in thread: String, by author: String? = nil, key: String = .unique()) throws -> String {
    guard
      case .posted(let post, _, _) = try board.post(
        NewPost(thread: thread, body: body), formKey: key, by: author ?? ben, now: now)
    else { throw DatabaseError(.invalid, "not posted") }
    return post
  }

  func bodies(_ thread: String, for reader: Reader) throws -> [String]? {
    try board.thread(thread, for: reader)?.posts.map(\.body)
  }
}

extension String {
  /// A form's key.
  static func unique() -> String { UUID().uuidString }
}
