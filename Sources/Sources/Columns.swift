import Forum
import Mail
import SQL

/// Where the columns of a result stand, found once per query.
struct Columns {
  private let positions: [String: Int]

  init(_ row: any Row) { self.init(row.columns) }

  init(_ names: [String]) {
    positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  subscript(_ name: String) -> Int? { positions[name] }

  func required(_ name: String) throws -> Int {
    guard let position = positions[name] else { throw SourceUnavailable("the result has no column `\(name)`") }
    return position
  }
}

extension Row {
  fileprivate func text(_ column: Int?) -> String? {
    guard let column, !isNull(column) else { return nil }
    return text(column)
  }

  /// A whole number, kept as one or written as one; never the digits that a text happens to open with (`9f3a…`).
  fileprivate func number(_ column: Int?) throws(SourceUnavailable) -> Int64? {
    guard let column, !isNull(column) else { return nil }
    if let number = wholeNumber(column) { return number }
    let text = text(column)
    if let number = Int64(text) { return number }
    throw SourceUnavailable("`\(text)` in column `\(columns[column])` is no whole number")
  }

  /// Where a post stands in the order of posts.
  func ordinal(_ column: Int) throws(SourceUnavailable) -> Int64? {
    do {
      return try number(column)
    } catch {
      throw SourceUnavailable("\(error.description); name a column `ordinal` that is, and grows with every post")
    }
  }

  /// SQLite writes 0 and 1, PostgreSQL `t` and `f`. Anything else is not guessed at: a mute read as none would mail.
  fileprivate func flag(_ column: Int?) throws -> Bool? {
    guard let column, !isNull(column) else { return nil }
    if let number = wholeNumber(column) { return number != 0 }
    switch text(column).lowercased() {
    case "t", "true", "y", "yes", "on": return true
    case "f", "false", "n", "no", "off", "": return false
    case let other:
      guard let number = Int64(other) else {
        throw SourceUnavailable("`\(other)` in column `\(columns[column])` is neither true nor false")
      }
      return number != 0
    }
  }

  /// Seconds since 1970, or ISO 8601 in UTC, as the forum writes it; within the years 1 to 9999, for which every
  /// calculation with it holds.
  /// - Parameter endless: what is far beyond means never, and is the last moment of the year 9999. What would be
  ///   milliseconds of those years is refused all the same.
  fileprivate func moment(_ column: Int?, endless: Bool = false) throws -> Timestamp? {
    guard let column, !isNull(column) else { return nil }
    guard let seconds = wholeNumber(column) ?? seconds(text(column)) else {
      throw SourceUnavailable("`\(text(column))` in column `\(columns[column])` is no moment in UTC")
    }
    if calendar.contains(seconds) { return Timestamp(seconds) }
    if endless, seconds > calendar.upperBound * 1000 + 999 { return Timestamp(calendar.upperBound) }
    throw SourceUnavailable(
      "`\(text(column))` in column `\(columns[column])` is not within the years 1 to 9999; numbers are seconds since "
        + "1970, not milliseconds")
  }

  private func seconds(_ text: String) -> Int64? {
    if let seconds = Int64(text) { return seconds }
    if let seconds = Double(text), !seconds.isNaN { return Int64(min(max(seconds, -9e18), 9e18)) }
    return Timestamp(iso8601: text)?.seconds
  }

  fileprivate func choice<T: RawRepresentable & CaseIterable>(_ column: Int?) throws -> T? where T.RawValue == String {
    guard let column, !isNull(column) else { return nil }
    let text = text(column)
    if text.isEmpty { return nil }
    guard let value = T(rawValue: text) else {
      let known = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw SourceUnavailable("`\(text)` in column `\(columns[column])` is none of: \(known)")
    }
    return value
  }
}

/// From the first second of the year 1 to the last of 9999.
private let calendar: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

struct PostColumns {
  private let id, ordinal, thread, discussion: Int
  private let body, state, created: Int
  private let number, parent, author, authorName, subject, format, language, visibleAt, urgent, url: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    ordinal = columns["ordinal"] ?? id
    thread = try columns.required("thread")
    discussion = try columns.required("discussion")
    body = try columns.required("body")
    state = try columns.required("state")
    created = try columns.required("created_at")
    number = columns["number"]
    parent = columns["parent"]
    author = columns["author"]
    authorName = columns["author_name"]
    subject = columns["subject"]
    format = columns["format"]
    language = columns["language"]
    visibleAt = columns["visible_at"]
    urgent = columns["urgent"]
    url = columns["url"]
  }

  func post(_ row: any Row) throws -> Post {
    let key = row.text(id)
    guard let visibility: Visibility = try row.choice(state), let createdAt = try row.moment(created),
      let ordinal = try row.ordinal(ordinal), !key.isEmpty
    else {
      throw SourceUnavailable("post \(key) has no id, ordinal, state or time")
    }
    return Post(
      key: key, ordinal: ordinal, threadKey: row.text(thread), discussionKey: row.text(discussion),
      number: row.text(number) ?? key, parentKey: row.text(parent), authorKey: row.text(author),
      authorName: row.text(authorName) ?? "", subject: row.text(subject) ?? "", body: row.text(body),
      format: try row.choice(format) ?? .plain, language: row.text(language), visibility: visibility,
      createdAt: createdAt, visibleAt: try row.moment(visibleAt), isUrgent: try row.flag(urgent) ?? false,
      url: row.text(url))
  }
}

struct ThreadColumns {
  private let id, discussion, title: Int
  private let theme, url: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    discussion = try columns.required("discussion")
    title = try columns.required("title")
    theme = columns["theme"]
    url = columns["url"]
  }

  func thread(_ row: any Row) throws -> Thread {
    Thread(
      key: row.text(id), discussionKey: row.text(discussion), title: row.text(title), theme: row.text(theme),
      url: row.text(url))
  }
}

struct DiscussionColumns {
  private let id, title: Int
  private let slug, url, opensAt, closesAt: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    title = try columns.required("title")
    slug = columns["slug"]
    url = columns["url"]
    opensAt = columns["opens_at"]
    closesAt = columns["closes_at"]
  }

  func discussion(_ row: any Row) throws -> Discussion {
    let key = row.text(id)
    return Discussion(
      key: key, title: row.text(title), slug: row.text(slug) ?? "", url: row.text(url),
      opensAt: try row.moment(opensAt), closesAt: try row.moment(closesAt, endless: true))
  }
}

struct ParticipantColumns {
  private let id, address: Int
  private let name, active, confirmed, mode, period, hour, weekday, zone, language: Int?
  private let style, format, textOnly, ownPosts, pausedUntil: Int?

  init(_ columns: Columns) throws { try self.init(columns, id: "id") }

  init(_ columns: Columns, id key: String) throws {
    id = try columns.required(key)
    name = columns["name"]
    address = try columns.required("address")
    active = columns["active"]
    confirmed = columns["confirmed"]
    mode = columns["mode"]
    period = columns["digest_period"]
    hour = columns["digest_hour"]
    weekday = columns["digest_weekday"]
    zone = columns["zone"]
    language = columns["language"]
    style = columns["digest_style"]
    format = columns["digest_format"]
    textOnly = columns["text_only"]
    ownPosts = columns["own_posts"]
    pausedUntil = columns["paused_until"]
  }

  func participant(_ row: any Row) throws -> Participant {
    var wishes = Preferences()
    wishes.mode = try row.choice(mode)
    wishes.digestPeriod = try row.choice(period)
    wishes.digestHour = try row.number(hour).map(Int.init)
    wishes.digestWeekday = try row.number(weekday).map(Int.init)
    wishes.zone = row.text(zone)
    wishes.language = row.text(language)
    wishes.digestStyle = try row.choice(style)
    wishes.digestFormat = try row.choice(format)
    wishes.textOnly = try row.flag(textOnly)
    wishes.ownPosts = try row.flag(ownPosts)
    wishes.pausedUntil = try row.moment(pausedUntil, endless: true)
    return Participant(
      key: row.text(id), name: row.text(name) ?? "", address: row.text(address),
      isActive: try row.flag(active) ?? true, isConfirmed: try row.flag(confirmed) ?? true, preferences: wishes)
  }
}

struct WatcherColumns {
  private let participant: ParticipantColumns
  private let scope: Int
  private let mute, mode, since: Int?

  init(_ columns: Columns) throws {
    participant = try ParticipantColumns(columns, id: "participant")
    scope = try columns.required("scope")
    mute = columns["mute"]
    mode = columns["watch_mode"]
    since = columns["since"]
  }

  /// A person without a watch that bears on the thread has a row whose scope is NULL.
  func watcher(_ row: any Row) throws -> (participant: Participant, watch: Watch?) {
    let watch: Watch? =
      if let scope: WatchScope = try row.choice(scope) {
        Watch(
          scope: scope, isMute: try row.flag(mute) ?? false, mode: try row.choice(mode), since: try row.moment(since))
      } else { nil }
    return (try participant.participant(row), watch)
  }
}

struct ChangeColumns {
  private let mark, participant: Int

  init(_ columns: Columns) throws {
    mark = try columns.required("mark")
    participant = try columns.required("participant")
  }

  func change(_ row: any Row) throws -> (mark: Int64, participant: String) {
    guard let mark = try row.number(mark) else { throw SourceUnavailable("a change has no mark") }
    return (mark, row.text(participant))
  }
}

struct ListedWatchColumns {
  private let scope, target: Int
  private let mute, mode, since, title: Int?

  init(_ columns: Columns) throws {
    scope = try columns.required("scope")
    target = try columns.required("target")
    mute = columns["mute"]
    mode = columns["watch_mode"]
    since = columns["since"]
    title = columns["title"]
  }

  func watch(_ row: any Row) throws -> SQLSource.ListedWatch {
    guard let scope: WatchScope = try row.choice(scope) else { throw SourceUnavailable("a watch has no scope") }
    let watch = Watch(
      scope: scope, isMute: try row.flag(mute) ?? false, mode: try row.choice(mode), since: try row.moment(since))
    return SQLSource.ListedWatch(
      watch: watch, target: scope == .everything ? "" : row.text(target), title: row.text(title) ?? "")
  }
}
