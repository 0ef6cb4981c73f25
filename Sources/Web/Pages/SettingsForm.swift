import Forum
import Foundation
import Time

/// A person's settings as the form on their page has them, and what they changed in it.
///
/// The form tells beside each value the one that was shown: only what differs was chosen by the person. So a page that
/// was open while a command by mail changed something else does not take it back, and what was never chosen stays the
/// configuration's to say.
struct SettingsForm {
  /// A field of the form. The raw value is its name.
  enum Field: String, CaseIterable {
    case mode, period, weekday, hour, zone, style, format, language
    case textOnly = "text"
    case ownPosts = "own"
  }

  /// A value that the form does not offer.
  struct Invalid: Error {}

  /// What is shown of what holds for a person.
  static func shown(_ preferences: EffectivePreferences) -> [Field: String] {
    let digest = preferences.digest
    return [
      .mode: preferences.mode.rawValue, .period: digest.period.rawValue, .weekday: String(digest.weekday.isoNumber),
      .hour: String(digest.hour), .zone: digest.zone, .style: preferences.digestStyle.rawValue,
      .format: preferences.digestFormat.rawValue, .language: preferences.language.rawValue,
      .textOnly: preferences.textOnly ? "1" : "0", .ownPosts: preferences.ownPosts ? "1" : "0",
    ]
  }

  /// The fields that the forum itself decides.
  static func fixed(by forum: Preferences) -> Set<Field> {
    let decided: [(Field, Bool)] = [
      (.mode, forum.mode != nil), (.period, forum.digestPeriod != nil), (.weekday, forum.digestWeekday != nil),
      (.hour, forum.digestHour != nil), (.zone, forum.zone != nil), (.style, forum.digestStyle != nil),
      (.format, forum.digestFormat != nil), (.language, forum.language != nil), (.textOnly, forum.textOnly != nil),
      (.ownPosts, forum.ownPosts != nil),
    ]
    return Set(decided.filter(\.1).map(\.0))
  }

  /// The fields whose values differ from those that were shown.
  /// - Parameter form: a box that is not ticked sends nothing.
  static func changes(in form: [String: String], but fixed: Set<Field>) -> [(field: Field, value: String)] {
    Field.allCases.compactMap { field in
      guard !fixed.contains(field), let was = form["was-\(field.rawValue)"] else { return nil }
      let isBox = field == .textOnly || field == .ownPosts
      guard let value = form[field.rawValue] ?? (isBox ? "0" : nil), value != was else { return nil }
      return (field, value)
    }
  }

  /// Puts one field into what is kept of a person.
  static func apply(_ field: Field, _ value: String, to preferences: inout Preferences) throws(Invalid) {
    func choice<T: RawRepresentable>(_ type: T.Type) throws(Invalid) -> T where T.RawValue == String {
      guard let choice = T(rawValue: value) else { throw Invalid() }
      return choice
    }
    switch field {
    case .mode: preferences.mode = try choice(Mode.self)
    case .period: preferences.digestPeriod = try choice(DigestPeriod.self)
    case .weekday:
      guard let day = Int(value).flatMap(Weekday.init(isoNumber:)) else { throw Invalid() }
      preferences.digestWeekday = day
    case .hour:
      guard let hour = Int(value), (0...23).contains(hour) else { throw Invalid() }
      preferences.digestHour = hour
    case .zone:
      guard ZoneList.names.contains(value) else { throw Invalid() }
      preferences.zone = value
    case .style: preferences.digestStyle = try choice(DigestStyle.self)
    case .format: preferences.digestFormat = try choice(DigestFormat.self)
    case .language: preferences.language = try choice(Language.self)
    case .textOnly, .ownPosts:
      guard ["0", "1"].contains(value) else { throw Invalid() }
      if field == .textOnly { preferences.textOnly = value == "1" } else { preferences.ownPosts = value == "1" }
    }
  }

  /// The end of a pause: the beginning of a day in the person's zone.
  /// - Parameter text: `2026-05-26`, as a date field sends it.
  static func pauseEnd(_ text: String, zone: String, now: Timestamp) throws(Invalid) -> Timestamp {
    guard let date = CivilDate(iso8601: text), let zone = TimeZone(identifier: zone) ?? TimeZone(identifier: "UTC")
    else { throw Invalid() }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let parts = DateComponents(year: date.year, month: date.month, day: date.day)
    guard let moment = calendar.date(from: parts) else { throw Invalid() }
    let end = Timestamp(Int64(moment.timeIntervalSince1970))
    guard end > now, end < now + 366 * 86_400 else { throw Invalid() }
    return end
  }
}

/// The time zones that a person may choose.
enum ZoneList {
  /// IANA's names of places, and UTC; in the order of the alphabet.
  static let sorted: [String] = {
    let regions: Set<Substring> = [
      "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
    ]
    return ["UTC"]
      + TimeZone.knownTimeZoneIdentifiers.filter { name in
        name.split(separator: "/").first.map { regions.contains($0) } == true && name.contains("/")
      }.sorted()
  }()
  /// The same.
  static let names = Set(sorted)
  /// What a list of them to choose from holds: no name of one has a sign that HTML gives a meaning.
  static let options = sorted.map { "<option>\($0)\n" }.joined()
}
