import Forum
import ForumSources
import SQL
import Time

/// A page of what was found, the newest posts first.
public struct SearchPage: Hashable, Sendable {
  /// Threads in whose titles all words stand, the newest first, a few at most; on the first page alone.
  public let threads: [FoundThread]
  /// Posts in which all words stand.
  public let hits: [PlacedPost]
  /// Where the next page begins, for `before`; nil: there is nothing more. A page that is not full may have one: further
  /// posts are looked into then.
  public let next: String?
  /// A word was too short or too frequent for the index: the texts were read, the newest first, up to `next`.
  public let isPartial: Bool
}

/// A thread that was found by its title.
public struct FoundThread: Hashable, Sendable {
  /// Its key and title.
  public let thread: Thread
  /// Its discussion, with what the reader may do there.
  public let entry: DiscussionEntry
}

extension Board {
  /// Posts in which all words of a text stand, or parts of words, among those that somebody may read.
  /// - Parameters:
  ///   - discussion: the key of one to look in; nil: all.
  ///   - before: where the page before has said that this one begins.
  /// - Returns: nil if the discussion is not there, or the reader may not read it.
  public func search(
    _ text: String, in discussion: String? = nil, before: String? = nil, for reader: Reader
  ) throws -> SearchPage? {
    let words = SearchWords(text)
    do {
      return try look(reader) { try $0.search(words, discussion, before, byIndex: true) }
    } catch let error as DatabaseError where database.dialect == .postgres && error.kind == .unavailable {
      // It took too long, or the server has gone: the second is told again.
      return try look(reader) { try $0.search(words, discussion, before, byIndex: false) }
    }
  }
}

extension BoardView {
  /// A post that may be a hit.
  private struct Candidate {
    let id: Int64
    let texts: [String]
  }

  /// Candidates whose texts are read at once.
  private static let chunk = 100
  /// Posts that the index may find before the newest are looked at instead: each has to be looked up.
  private static let most = 10_000
  /// Threads that are found by their titles.
  private static let mostThreads = 10
  /// Milliseconds that a server may take with its index.
  private static let patience = 2000
  /// Characters of a text in which words are looked for.
  private static let depth = 100_000

  fileprivate func search(
    _ words: SearchWords, _ discussion: String?, _ before: String?, byIndex: Bool
  ) throws -> SearchPage? {
    var entries = try discussion == nil ? readableDiscussions() : []
    if let discussion {
      guard let entry = try self.discussion(discussion) else { return nil }
      entries = [entry]
    }
    let start = before.flatMap { Int64($0) } ?? .max
    if words.words.isEmpty || entries.isEmpty || start <= 0 {
      return SearchPage(threads: [], hits: [], next: nil, isPartial: false)
    }
    let scope = Scope(
      discussion: discussion.flatMap { Int64($0) }, ids: entries.compactMap { Int64($0.discussion.key) })
    let threads = try before == nil ? threads(titled: words, scope, entries) : []
    if byIndex, let found = try indexed(words, scope, before: start) {
      return try page(of: words, found.ids, scope, isCut: found.isCut) {
        SearchPage(threads: threads, hits: try placed($0, entries), next: $1, isPartial: false)
      }
    }
    let ids = try newest(scope, before: start)
    return try page(of: words, ids, scope, isCut: ids.count == limits.window) {
      SearchPage(threads: threads, hits: try placed($0, entries), next: $1, isPartial: true)
    }
  }

  /// Threads with posts that can be seen, by their titles: those of the newest threads are read. By a bare `t.id` SQLite
  /// would walk all threads backwards.
  private func threads(titled words: SearchWords, _ scope: Scope, _ entries: [DiscussionEntry]) throws -> [FoundThread]
  {
    let entries = Dictionary(entries.map { ($0.discussion.key, $0) }, uniquingKeysWith: { first, _ in first })
    let found = try connection.query(
      """
      SELECT t.id, t.discussion, t.title, t.url, t.closed FROM thread t WHERE t.discussion IN ($1)
      ORDER BY +t.id DESC LIMIT $2
      """, [.integers(scope.ids), .integer(Int64(limits.window))]
    ) { row in
      Thread(
        key: row.text(0), discussionKey: row.text(1), title: row.text(2), url: row.optionalText(3),
        isClosed: row.integer(4) != 0)
    }.filter { words.areAll(in: [$0.title]) }.prefix(BoardView.mostThreads)
    if found.isEmpty { return [] }
    let shown = try connection.query(
      "SELECT t.id FROM thread t WHERE t.id IN ($1) AND \(BoardView.newestShown) IS NOT NULL",
      [.integers(found.compactMap { Int64($0.key) })]
    ) { $0.text(0) }
    return found.filter { shown.contains($0.key) }.compactMap { thread in
      entries[thread.discussionKey].map { FoundThread(thread: thread, entry: $0) }
    }
  }

  private struct Scope {
    /// The one that was asked for.
    let discussion: Int64?
    /// Those that may be looked in.
    let ids: [Int64]
  }

  /// Looks into the texts one after another until a page is full.
  /// - Parameters:
  ///   - isCut: there may be others behind these.
  ///   - body: given the hits, and where the next page begins.
  private func page(
    of words: SearchWords, _ ids: [Int64], _ scope: Scope, isCut: Bool, _ body: ([Int64], String?) throws -> SearchPage
  ) throws -> SearchPage {
    var hits: [Int64] = []
    var at = 0
    while at < ids.count, hits.count <= limits.posts {
      let part = Array(ids[at..<min(at + BoardView.chunk, ids.count)])
      at += part.count
      hits += try candidates(part, scope).filter { words.areAll(in: $0.texts) }.map(\.id)
    }
    let shown = Array(hits.prefix(limits.posts))
    let last = hits.count > limits.posts ? shown.last : isCut ? ids.last : nil
    return try body(shown, last.map(String.init))
  }

  private func candidates(_ ids: [Int64], _ scope: Scope) throws -> [Candidate] {
    try connection.query(
      """
      SELECT p.id, p.subject, substr(p.body, 1, \(BoardView.depth))
      FROM post p JOIN thread t ON t.id = p.thread
      WHERE p.id IN ($1) AND p.state = 'visible' AND t.discussion IN ($2) ORDER BY p.id DESC
      """, [.integers(ids), .integers(scope.ids)]
    ) { Candidate(id: $0.integer(0), texts: [$0.text(1), $0.text(2)]) }
  }

  /// The newest posts, to look into one after another.
  private func newest(_ scope: Scope, before: Int64) throws -> [Int64] {
    if let discussion = scope.discussion {
      return try newestPosts(of: discussion, before: before, limit: limits.window)
    }
    return try connection.query(
      "SELECT p.id FROM post p WHERE p.id < $1 AND p.state = 'visible' ORDER BY p.id DESC LIMIT $2",
      [.integer(before), .integer(Int64(limits.window))]
    ) { $0.integer(0) }
  }

  /// What the index finds, the newest first; nil where it is of no help.
  private func indexed(
    _ words: SearchWords, _ scope: Scope, before: Int64
  ) throws -> (ids: [Int64], isCut: Bool)? {
    switch dialect {
    case .sqlite:
      guard let trigrams = words.trigrams else { return nil }
      let found = try connection.query(
        "SELECT rowid FROM post_text WHERE post_text MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3",
        [.text(trigrams), .integer(before), .integer(Int64(BoardView.most) + 1)]
      ) { $0.integer(0) }
      return found.count > BoardView.most ? nil : (found, false)
    case .postgres:
      guard let condition = try postgresCondition(words) else { return nil }
      let limit = limits.posts + 1
      let found = try connection.query(
        """
        SELECT p.id FROM post p JOIN thread t ON t.id = p.thread
        WHERE p.id < $1 AND p.state = 'visible' AND t.discussion IN ($2) AND \(condition.sql)
        ORDER BY p.id DESC LIMIT $3
        """,
        [.integer(before), .integers(scope.ids), .integer(Int64(limit))] + condition.arguments
      ) { $0.integer(0) }
      return (found, found.count == limit)
    }
  }

  /// What PostgreSQL's index answers, by the words that it can find; nil if it finds none of them. The plan depends on how
  /// frequent they are, and the server may be wrong about that: it gets two seconds.
  private func postgresCondition(_ words: SearchWords) throws -> (sql: String, arguments: [Value])? {
    let hasTrigrams = try connection.first("SELECT to_regclass('post_trigrams') IS NOT NULL") { $0.text(0) == "t" }
    let parameters: [Value]
    let conditions: [String]
    if hasTrigrams == true {
      parameters = words.patterns.map(Value.text)
      conditions = words.patterns.indices.map { "(p.body ILIKE $\($0 + 4) OR p.subject ILIKE $\($0 + 4))" }
    } else {
      // Whole words, of scripts that put spaces between them.
      let whole = words.long.filter { $0.unicodeScalars.allSatisfy { $0.value < 0x2E80 } }
      parameters = whole.map(Value.text)
      conditions = whole.indices.map {
        "to_tsvector('simple', p.subject || ' ' || left(p.body, 100000)) @@ plainto_tsquery('simple', $\($0 + 4))"
      }
    }
    if conditions.isEmpty { return nil }
    _ = try connection.query(
      """
      SELECT set_config('statement_timeout', '\(BoardView.patience)', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)
      """
    ) { _ in }
    return (conditions.joined(separator: " AND "), parameters)
  }
}
