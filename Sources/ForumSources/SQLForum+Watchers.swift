import Forum
import SQL

/// Who watches, a page at a time or of some who are named.
extension SQLForum {
  private typealias Row = (participant: Participant, watch: Watch?)

  /// By `watchers`, whose rows are watches, not people: a page may end between two watches of one person. So the last
  /// person of a full page is left for the next one, which begins after the person before; and where a full page is all
  /// one person's, it is asked for again, four times as long.
  ///
  /// A page that is not full need not be the last one, since a query may leave people out after its `LIMIT`: what comes
  /// behind it is looked at, and its last person's watches are asked for by name.
  public func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage {
    let first = after ?? mapping.firstKey
    var arguments: [String: Value] = ["thread": .text(thread), "discussion": .text(discussion), "after": .text(first)]
    var limit = max(limit, 4)  // rows; one person may have three
    while true {
      arguments["limit"] = .integer(Int64(limit))
      let rows = try namingFirstKey(after) { try ask(.watchers, arguments, WatcherColumns.self) }
      let isFull = rows.count + rows.faults.count >= limit
      let answer = try agreeing(rows, .watchers) { $0.participant }
      let keys = try orderedKeys(answer, after: after)
      guard let last = keys.last else { return WatcherPage(watchers: [], next: nil) }
      var watchers = gathered(answer)
      if !isFull {
        let complete = try self.watchers(thread: thread, discussion: discussion, among: [last])
        watchers.removeAll { String.isSameKey($0.participant.key, last) }
        let faults = answer.faults.filter { !String.isSameKey($0.key, last) } + complete.faults
        arguments["after"] = .text(last)
        let behind = try ask(.watchers, arguments, WatcherColumns.self)
        let isLast = behind.isEmpty && behind.faults.isEmpty
        return WatcherPage(watchers: watchers + complete, next: isLast ? nil : last, faults: faults)
      }
      if keys.count > 1 {
        watchers.removeAll { String.isSameKey($0.participant.key, last) }
        return WatcherPage(
          watchers: watchers, next: keys[keys.count - 2],
          faults: answer.faults.filter { !String.isSameKey($0.key, last) })
      }
      limit *= 4
    }
  }

  /// By `watchers_among`.
  public func watchers(thread: String, discussion: String, among keys: [String]) throws -> Answer<Watcher> {
    var watchers: Answer<Watcher> = []
    for keys in keys.chunks(of: SQLForum.chunk) {
      let arguments: [String: Value] = [
        "thread": .text(thread), "discussion": .text(discussion), "keys": .texts(keys),
      ]
      let answer = try agreeing(ask(.watchersAmong, arguments, WatcherColumns.self), .watchersAmong) {
        $0.participant
      }
      try expect(answer.map(\.participant.key) + answer.faults.map(\.key), .watchersAmong, among: keys)
      watchers.rows += gathered(answer)
      watchers.faults += answer.faults
    }
    return watchers
  }

  /// The first page begins behind a key of the mapping's, which the database may not take for one.
  private func namingFirstKey<T>(_ after: String?, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as ForumError where error.kind == .key && after == nil {
      throw mistake(
        .watchers,
        "it begins behind `\(mapping.firstKey)`, which is no key here: write a `first_participant` that is below all "
          + "others, \"00000000-0000-0000-0000-000000000000\" where ids are UUIDs (\(error.description))")
    }
  }

  /// The people of a page in its order, each once, whether their rows can be read or not.
  /// - Throws: `ForumError` of kind `query` where they are not in order, or one comes again: others would be left out.
  private func orderedKeys(_ answer: Answer<Row>, after: String?) throws -> [String] {
    var keys: [String] = []
    var seen: Set<ForumKey> = []
    func take(_ key: String) throws {
      if String.isSameKey(key, keys.last) { return }
      if String.isSameKey(key, after) {
        throw mistake(.watchers, "participant \(key) was not asked for: write `> :after`")
      }
      if !seen.insert(ForumKey(key)).inserted || isDescending(keys.last, key) {
        throw mistake(
          .watchers,
          "participant \(key) comes after \(keys.last ?? ""): the rows must be in the order of `participant`")
      }
      keys.append(key)
    }
    var unread = zip(answer.faultPlaces, answer.faults).makeIterator()
    var next = unread.next()
    for (place, row) in answer.enumerated() {
      while let fault = next, fault.0 <= place {
        try take(fault.1.key)
        next = unread.next()
      }
      try take(row.participant.key)
    }
    while let fault = next {
      try take(fault.1.key)
      next = unread.next()
    }
    return keys
  }

  /// Whether numbers run backwards; in which order a forum has its texts, only its database knows.
  private func isDescending(_ a: String?, _ b: String) -> Bool {
    guard let a = a.flatMap(Int64.init), let b = Int64(b) else { return false }
    return a > b
  }

  /// Puts the rows of one person, which stand together, into one watcher; of a person with a row that cannot be read
  /// the others count for nothing: a mute may be what is missing.
  private func gathered(_ answer: Answer<Row>) -> [Watcher] {
    let unreadable = answer.unreadableKeys
    var watchers: [Watcher] = []
    watchers.reserveCapacity(answer.count)
    for row in answer where unreadable.isEmpty || !unreadable.contains(row.participant.key) {
      if let last = watchers.last, String.isSameKey(last.participant.key, row.participant.key) {
        if let watch = row.watch { watchers[watchers.count - 1].watches.append(watch) }
      } else {
        watchers.append(Watcher(participant: row.participant, watches: row.watch.map { [$0] } ?? []))
      }
    }
    return watchers
  }
}
