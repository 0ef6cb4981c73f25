import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("django-machina, through its mapping") struct DjangoMachinaTests {
  private let forum: MachinaForum
  private var source: SQLForum { forum.source }

  init() throws {
    forum = try MachinaForum()
    try forum.forum(1)
    try forum.user(1, "ana", first: "Ana", last: "Paz")
    try forum.user(2, "ben")
    try forum.user(3, "eve", isActive: false)
    try forum.topic(1)
  }

  @Test("C2: a post is visible once it and its topic are approved")
  func approval() throws {
    try forum.topic(2, "Crops", isApproved: false)
    try forum.post(1, isApproved: false)
    try forum.post(2)
    try forum.post(3, topic: 2)
    #expect(try source.newestOrdinal() == 3)
    let posts = try source.posts(after: 0, limit: 10)
    #expect(posts.map(\.visibility) == [.pending, .visible, .pending])
    #expect(Set(try source.pendingPosts(after: nil, limit: 500).map(\.key)) == ["1", "3"])
    #expect(try source.posts(within: 2...3, limit: 10).map(\.key) == ["2", "3"])
    try forum.database.write { try $0.run("UPDATE forum_conversation_post SET approved = 1") }
    try forum.database.write { try $0.run("UPDATE forum_conversation_topic SET approved = 1") }
    #expect(try source.pendingPosts(after: nil, limit: 500).isEmpty)
    #expect(Set(try source.posts(keys: ["1", "3", "9"]).map(\.visibility)) == [.visible])
  }

  @Test("tells everything of a post, with its author's name as the forum has it")
  func wholePost() throws {
    try forum.post(7, by: 1, "**Да**")
    try forum.post(8, by: 2)
    try forum.post(9, anonymous: "A guest")
    let posts = try source.posts(keys: ["7", "8", "9"])
    #expect(try source.posts(after: 0, limit: 10).map(\.body) == ["", "", ""])
    #expect(
      posts[0]
        == Post(
          key: "7", ordinal: 7, threadKey: "1", discussionKey: "1", number: "7", authorKey: "1", authorName: "Ana Paz",
          subject: "Re: Fish", body: "**Да**", format: .markdown, visibility: .visible,
          createdAt: Timestamp(iso8601: "2026-05-26T12:00:00Z")!,
          url: "https://bch.example/forum/risk-assessment-1/topic/fish-1/?post=7#7"))
    #expect(posts.map(\.authorName) == ["Ana Paz", "ben", "A guest"])
    #expect(posts.map(\.authorKey) == ["1", "2", nil])
  }

  @Test("M6: knows the files of posts, with the page that gives them to who may have them")
  func files() throws {
    try forum.post(7, by: 1)
    try forum.post(8, by: 2)
    try forum.database.write {
      try $0.run(
        """
        INSERT INTO forum_attachments_attachment (id, file, post_id) VALUES
          (3, 'machina/attachments/b.pdf', 7), (4, 'machina/attachments/a.pdf', 7), (5, 'machina/attachments/c.pdf', 8)
        """)
    }
    #expect(
      try source.attachments(ofPosts: ["7", "9"]) == [
        PostAttachment(post: "7", name: "machina/attachments/b.pdf", url: "https://bch.example/forum/attachment/3/"),
        PostAttachment(post: "7", name: "machina/attachments/a.pdf", url: "https://bch.example/forum/attachment/4/"),
      ])
  }

  @Test("knows topics as threads and forums as discussions that never close")
  func threads() throws {
    #expect(
      try source.threads(keys: ["1", "5"]) == [
        Thread(
          key: "1", discussionKey: "1", title: "Fish",
          url: "https://bch.example/forum/risk-assessment-1/topic/fish-1/")
      ])
    #expect(
      try source.discussions(keys: ["1", "5"]) == [
        Discussion(
          key: "1", title: "Risk assessment", slug: "risk-assessment-1",
          url: "https://bch.example/forum/risk-assessment-1/")
      ])
    #expect(try source.discussions(closingWithin: Timestamp(0)..<Timestamp(9_999_999_999)).isEmpty)
  }

  @Test("F6: gives the subscribers of a topic in pages of any size, inactive ones with their standing")
  func subscribers() throws {
    for id in 4...23 { try forum.user(Int64(id), "u\(id)") }
    try forum.topic(2, "Crops")
    let subscribed = [1, 3] + Array(stride(from: Int64(4), through: 23, by: 3))
    try forum.subscribe(subscribed.shuffled(), to: 1)
    try forum.subscribe([2], to: 2)
    for limit in [1, 2, 4, 5, 100] {
      var (found, after): ([Watcher], String?) = ([], nil)
      repeat {
        let page = try source.watchers(thread: "1", discussion: "1", after: after, limit: limit)
        found += page.watchers
        after = page.next
      } while after != nil
      #expect(found.map(\.participant.key) == subscribed.map(String.init))
      #expect(found.allSatisfy { $0.watches == [Watch(scope: .thread)] })
      #expect(found.filter { !$0.participant.isActive }.map(\.participant.key) == ["3"])
      #expect(found.first?.participant.address == "ana@example.net")
    }
    let among = try source.watchers(thread: "1", discussion: "1", among: ["3", "2", "1", "99"])
    #expect(among.map(\.participant.key) == ["1", "2", "3"])
    #expect(among.map { $0.watches.count } == [1, 0, 1])
    #expect(among[0].participant.name == "Ana Paz")
  }

  @Test("finds participants by address and by account name, and their subscriptions")
  func participants() throws {
    try forum.subscribe([1], to: 1)
    #expect(try source.participants(named: "ben").map(\.key) == ["2"])
    #expect(try source.participants(named: "ana@example.net").map(\.name) == ["Ana Paz"])
    #expect(
      Set(try source.participants(keys: ["1", "3"]).map(\.isActive)) == [true, false])
    #expect(
      try source.watches(of: "1") == [.init(watch: Watch(scope: .thread), target: "1", title: "Fish")])
  }

  @Test("E8: agrees with itself, and there is nothing to remark on")
  func proved() throws {
    for id in 4...40 { try forum.user(Int64(id), "u\(id)") }
    try forum.forum(2, "Corn", slug: "corn")
    try forum.topic(2, "Crops")
    try forum.topic(3, forum: 2, "Maize")
    for topic in Int64(1)...3 { try forum.subscribe((1...40).filter { $0 % (topic + 1) != 0 }, to: topic) }
    for id in Int64(1)...60 where id % 20 != 0 {
      try forum.post(id, topic: id % 3 + 1, by: id % 7 == 0 ? nil : id % 7, isApproved: id % 9 != 0)
    }
    // A forum that only user 1 may read, whatever the others subscribe to.
    try forum.forum(3, "Council", slug: "council")
    try forum.topic(4, forum: 3, "Secret")
    try forum.subscribe(Array(1...10), to: 4)
    for id in Int64(61)...63 { try forum.post(id, topic: 4, by: 1, created: "2026-05-26 12:01:00") }
    try forum.set(
      MachinaPermissions(users: [
        .init(permission: MachinaPermissions.read, isGranted: false, forum: 3, whom: .everybody),
        .init(permission: MachinaPermissions.read, isGranted: true, forum: 3, whom: .user(1)),
      ]))
    for (id, post) in [(1, 61), (2, 61), (3, 62)] {
      try forum.database.write {
        try $0.run(
          "INSERT INTO forum_attachments_attachment (id, file, post_id) VALUES (\(id), 'machina/a.pdf', \(post))")
      }
    }
    let findings = try source.prove(places: 50, now: Timestamp(iso8601: "2026-05-26T12:05:00Z"))
    #expect(findings.mistakes == [] && findings.hasWatchers && findings.posts.count > 1)
    #expect(findings.unreadable == [])
    #expect(findings.remarks.filter { $0.contains("queries.") } == [])
    let council = try #require(findings.places.first { $0.title == "Council" })
    #expect(council.watchers == 10 && council.readers == 1 && council.otherReaders == 0, "\(council)")
    #expect(findings.places.count == 3 && findings.rows.map(\.kind) == RowSummary.Kind.allCases)
    let files = try #require(findings.rows.first { $0.kind == .attachments })
    #expect(files.count == 3 && files.columns.map(\.words) == ["given 3", "given 3"] && files.leftOut == ["size"])
  }

  @Test("the pages of subscribers and the posts of a tick go by indexes")
  func plans() throws {
    let mapping = try Mapping(
      file: repository.appending(path: "config/sources/django-machina.yaml").path())
    for question in [Question.newest, .postsAfter, .posts, .watchers, .watchersAmong, .participants] {
      let query = mapping.queries[question]!
      let values = query.parameters.map { $0 == .asked("keys") ? Value.texts(["1", "2"]) : "1" }
      let plan = try forum.database.read { connection in
        try connection.query("EXPLAIN QUERY PLAN \(query.sql)", values) { $0.text(3) }
      }
      #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(question): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(question): \(plan)")
    }
  }
}

@Suite("django-machina's permissions") struct MachinaPermissionTests {
  private static let rounds = 200
  private let users: [Int64] = [1, 2, 3, 4, 5, 6, 7, 8]
  private let groups: [Int64] = [1, 2, 3]
  private let forums: [Int64] = [1, 2]

  private func post(_ forum: Int64) -> Post {
    Post(
      key: "1", ordinal: 1, threadKey: "1", discussionKey: "\(forum)", number: "1", authorName: "", body: "",
      createdAt: Timestamp(0))
  }

  /// A forum with users 7 (inactive) and 8 (superuser), and everybody in a random set of groups.
  private func crowd(_ everybodyReads: Bool, _ random: inout SplitMix64) throws -> (MachinaForum, [Int64: Set<Int64>]) {
    let forum = try MachinaForum(everybodyReads: everybodyReads)
    for id in forums { try forum.forum(id) }
    for id in groups { try forum.group(id) }
    var members: [Int64: Set<Int64>] = [:]
    for id in users {
      try forum.user(id, "u\(id)", isActive: id != 7, isSuper: id == 8)
      members[id] = Set(groups.filter { _ in random.once(in: 2) })
      for group in members[id]! { try forum.join(id, group) }
    }
    return (forum, members)
  }

  @Test(
    "F3: nobody who may not read a post is a reader of it: the mapping agrees with machina's own algorithm",
    arguments: 1...10, [true, false])
  func agrees(_ seed: UInt64, _ everybodyReads: Bool) throws {
    var random = SplitMix64(seed: seed)
    let (forum, members) = try crowd(everybodyReads, &random)
    var readers = 0
    for round in 1...MachinaPermissionTests.rounds {
      var permissions = MachinaPermissions.random(users: users, groups: groups, forums: forums, using: &random)
      permissions.defaults = everybodyReads ? [MachinaPermissions.read, 4] : [4]
      try forum.set(permissions)
      for id in forums {
        let expected = users.filter {
          permissions.mayRead(user: $0, isActive: $0 != 7, isSuper: $0 == 8, groups: members[$0]!, forum: id)
        }
        let found = try forum.source.readers(of: post(id), among: users.map(String.init))
        #expect(
          found == .only(expected.map { String($0) }.distinctKeys), "seed \(seed), round \(round): \(permissions)")
        readers += expected.count
      }
    }
    #expect(readers > MachinaPermissionTests.rounds, "the tables granted nothing worth comparing")
  }

  @Test(
    "F3: the more specific rule wins",
    arguments: [
      ("nothing said", [], [], [], false),
      ("granted to everybody", [(nil, true)], [], [], true),
      ("refused to a group, for the forum", [(nil, true)], [(1, false)], [], false),
      ("granted to the person, for the forum", [(nil, true)], [(1, false)], [(1, true)], true),
      ("refused to the person, for the forum", [(1, true)], [(1, true)], [(1, false)], false),
      ("granted for another forum", [], [(2, true)], [(2, true)], false),
    ] as [(String, [(Int64?, Bool)], [(Int64?, Bool)], [(Int64?, Bool)], Bool)])
  func precedence(
    _ name: String, _ everybody: [(Int64?, Bool)], _ group: [(Int64?, Bool)], _ person: [(Int64?, Bool)],
    _ expected: Bool
  ) throws {
    let forum = try MachinaForum(everybodyReads: false)
    for id in forums { try forum.forum(id) }
    try forum.group(1)
    try forum.user(1, "ana")
    try forum.join(1, 1)
    var permissions = MachinaPermissions()
    let read = MachinaPermissions.read
    permissions.users =
      everybody.map { .init(permission: read, isGranted: $0.1, forum: $0.0, whom: .everybody) }
      + person.map { .init(permission: read, isGranted: $0.1, forum: $0.0, whom: .user(1)) }
    permissions.groups = group.map { .init(permission: read, isGranted: $0.1, forum: $0.0, whom: 1) }
    try forum.set(permissions)
    #expect(try forum.source.readers(of: post(1), among: ["1"]) == .only(expected ? ["1"] : []))
  }
}
