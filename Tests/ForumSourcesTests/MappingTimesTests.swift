import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

/// Times by which a run would take new posts for old ones, or mails would show a wrong hour.
@Suite("Times that a mapping gives its posts") struct MappingTimesTests {
  private let forum: WalkedForum
  private let now = Timestamp(1_770_000_600)
  private static let day = 86_400

  init() throws { forum = try WalkedForum() }

  /// The remarks on the mapping with other times, which is no mistake whatever they are.
  private func remarks(_ created: String, _ visible: String? = nil, on other: (any SQL.Database)? = nil) throws
    -> [String]
  {
    var post = WalkedForum.fragments["post"]!.replacing("m.created AS", with: "\(created) AS")
    if let visible {
      post = post.replacing("m.created AS", with: "m.created AS").replacing(
        "FROM message", with: ", \(visible) AS visible_at FROM message")
    }
    let (file, _, _) = try forum.fileSource(post: post)
    let source = SQLForum(database: other ?? forum.database, mapping: file.mapping)
    let findings = try source.prove(now: now)
    #expect(findings.mistakes == [])
    return findings.remarks.filter { $0.contains("queries.") }
  }

  @Test("E8: are told where no forum has such times")
  func times() throws {
    #expect(try remarks("m.created + 500") == [])
    #expect(try remarks("m.created + 500", "m.created + 500 + m.id") == [])
    let ahead = try remarks("m.created + 7200")
    #expect(
      ahead.count == 1
        && ahead[0].contains(
          "10 of the 10 newest posts are of a time to come, such as 12 of 2026-02-02T04:40:12Z; where"),
      "\(ahead)")
    #expect(try remarks("m.created", "m.created + 7200").contains { $0.contains("of a time to come, such as 12 of ") })
    let old = try remarks("m.created / 1000")
    #expect(
      old.count == 1 && old[0].contains("most posts were written before 1990, such as 1 at 1970-01-21T"), "\(old)")
  }

  @Test("E8: are told where a post can be seen before it is written, with the post, both times and what follows")
  func early() throws {
    // Such as the time of the last edit, which is 0 where there was none.
    let told = try remarks("m.created", "CASE WHEN m.id = 7 THEN m.created + 60 ELSE 0 END")
    #expect(
      told.contains {
        $0.contains(
          "`visible_at` of 9 of 10 posts lies before their `created_at`, such as post 12, written 2026-02-02T02:40:12Z "
            + "and visible 1970-01-01T00:00:00Z: a run takes such a post for an old one, whose copies do not go at once "
            + "but are folded into a catch-up digest; let it be")
      }, "\(told)")
    // Within a minute clocks differ.
    #expect(try remarks("m.created", "m.created - 50") == [])
  }

  @Test("E8: are told where new posts are older than those before them, by either column")
  func order() throws {
    // Such as when the author registered.
    let registered = "m.created - CASE m.author WHEN 3 THEN 5 WHEN 4 THEN 900 WHEN 5 THEN 30 ELSE 0 END * \(Self.day)"
    for (created, visible, column) in [
      (registered, nil, "created_at"), ("m.created - 9000 * \(Self.day)", registered, "visible_at"),
    ] {
      let told = try remarks(created, visible)
      #expect(
        told.contains {
          $0.contains("by `\(column)` ")
            && $0.contains(" of the 10 newest posts are a day or more older than posts with a")
            && $0.contains("folded into a catch-up digest; let it be the post's own time")
        }, "\(told)")
    }
    // One that was written offline, and one that a moderator dated back.
    #expect(try remarks("m.created - CASE WHEN m.id IN (8, 9) THEN 3 ELSE 0 END * \(Self.day)") == [])
  }

  @Test("E8: are told where all posts of a thread have one time, and others another")
  func threads() throws {
    let told = try remarks("m.topic * 60 + 1769990000")
    #expect(
      told.count == 1
        && told[0].contains(
          "by `created_at` all posts of a thread are of one time in all 3 threads that were looked at, such as posts "),
      "\(told)")
    // Brought in at one moment.
    #expect(try remarks("1770000000") == [])
  }

  @Test("E8: are told where a post that comes meanwhile is of another hour", arguments: [-18_000, 0, 18_000])
  func arrivals(_ offset: Int) throws {
    let database = ChangingDatabase(forum.database, atRead: 20) {
      try $0.run("INSERT INTO message VALUES (13, 11, 1, 'New', 'visible', 1770000580)")
    }
    let told = try remarks("m.created + \(offset) - CASE WHEN m.id < 13 THEN 90000 ELSE 0 END", on: database)
    if offset == 0 {
      #expect(told == [])
    } else {
      #expect(
        told.contains {
          $0.contains("post 13 came while this was looked at, at 2026-02-02T02:50:00Z, and is of ")
            && $0.contains(
              "by `created_at`: \(offset < 0 ? "5 hours behind" : "4 hours ahead"); where the forum's times")
        }, "\(told)")
    }
  }
}
