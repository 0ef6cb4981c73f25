import Forum
import SQL
import Time

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
    var preferences = Preferences()
    preferences.mode = try row.choice(mode)
    preferences.digestPeriod = try row.choice(period)
    preferences.digestHour = try row.number(hour).map(Int.init)
    preferences.digestWeekday = try row.number(weekday).flatMap { Weekday(isoNumber: Int(min(max($0, 1), 7))) }
    preferences.zone = row.text(zone)
    preferences.language = row.text(language).map(Language.init(tag:))
    preferences.digestStyle = try row.choice(style)
    preferences.digestFormat = try row.choice(format)
    preferences.textOnly = try row.flag(textOnly)
    preferences.ownPosts = try row.flag(ownPosts)
    preferences.pausedUntil = try row.moment(pausedUntil, endless: true)
    return Participant(
      key: row.text(id), name: row.text(name) ?? "", address: row.text(address),
      isActive: try row.flag(active) ?? true, isConfirmed: try row.flag(confirmed) ?? true, preferences: preferences)
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
    guard let mark = try row.number(mark) else { throw ForumError(.row, "a change has no mark") }
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

  func watch(_ row: any Row) throws -> ListedWatch {
    guard let scope: WatchScope = try row.choice(scope) else { throw ForumError(.row, "a watch has no scope") }
    let watch = Watch(
      scope: scope, isMute: try row.flag(mute) ?? false, mode: try row.choice(mode), since: try row.moment(since))
    return ListedWatch(
      watch: watch, target: scope == .everything ? "" : row.text(target), title: row.text(title) ?? "")
  }
}
