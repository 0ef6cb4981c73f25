import Forum
import SQL
import Time

/// A participant with what the forum keeps of their preferences. All but key and address may be left out: who is not
/// said to be inactive is active, and what is not said of their choices, the ledger and the configuration know.
struct ParticipantColumns: RowReader {
  static let subject = RowFault.Subject.participant
  /// What the person is and chose; whose row it is, stands in a column of another name in each kind of result.
  static let choices = [
    "name", "address", "active", "confirmed", "mode", "digest_period", "digest_hour", "digest_weekday", "zone",
    "language", "digest_style", "digest_format", "text_only", "own_posts", "paused_until",
  ]
  static let names = ["id"] + choices
  /// Those by which it is decided who hears of a post, and when.
  static let deciding = choices.filter {
    !["name", "language", "digest_style", "digest_format", "text_only"].contains($0)
  }

  private let id, address: Int
  private let name, active, confirmed, mode, period, hour, weekday, zone, language: Int?
  private let style, format, textOnly, ownPosts, pausedUntil: Int?
  private let times: LocalTimes?

  init(_ columns: Columns) throws { try self.init(columns, id: "id") }

  /// - Parameter key: the name of the column with the person's key: a watcher's row has it by another name.
  init(_ columns: Columns, id key: String) throws {
    id = try columns.required(key)
    times = columns.times
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

  func key(_ row: any Row) -> String { row.text(id) }

  /// A weekday out of range becomes the nearest, as an hour does; a mode, style or format outside its list is refused.
  func read(_ row: any Row) throws -> Participant {
    var preferences = Preferences()
    preferences.mode = try row.choice(mode)
    preferences.digestPeriod = try row.choice(period)
    preferences.digestHour = try row.number(hour).map(Int.init)
    preferences.digestWeekday = try row.number(weekday).flatMap { Weekday(isoNumber: Int(min(max($0, 1), 7))) }
    preferences.zone = row.text(zone)
    preferences.language = row.text(language).flatMap(Language.init(tag:))
    preferences.digestStyle = try row.choice(style)
    preferences.digestFormat = try row.choice(format)
    preferences.textOnly = try row.flag(textOnly)
    preferences.ownPosts = try row.flag(ownPosts)
    preferences.pausedUntil = try row.moment(pausedUntil, times, endless: true)
    return Participant(
      key: try row.requiredKey(id), name: row.text(name) ?? "", address: row.text(address),
      isActive: try row.strictFlag(active, otherwise: true),
      isConfirmed: try row.strictFlag(confirmed, otherwise: true), preferences: preferences)
  }
}
