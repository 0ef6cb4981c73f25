import Forum
import SQL
import Time

/// A participant with what the forum keeps of their preferences. All but key and address may be left out: who is not
/// said to be inactive is active, and what is not said of their choices, the ledger and the configuration know.
struct ParticipantColumns {
  private let id, address: Int
  private let name, active, confirmed, mode, period, hour, weekday, zone, language: Int?
  private let style, format, textOnly, ownPosts, pausedUntil: Int?

  init(_ columns: Columns) throws { try self.init(columns, id: "id") }

  /// - Parameter key: the name of the column with the person's key: a watcher's row has it by another name.
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

  /// A weekday out of range becomes the nearest, as an hour does; a mode, style or format outside its list is refused.
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
