import Forum
import Foundation
import Mail
import Text

/// People who are to be taken into the forum from a file of comma-separated values.
public struct PeopleFile: Sendable {
  /// One of them.
  public struct Person: Hashable, Sendable {
    /// Where they stand in the file, from 1.
    public var line: Int
    /// As others see it.
    public var name: String
    /// As it was written.
    public var address: String
    /// nil: not said; what is there stays.
    public var language: Language?, zone: String?, country: String?
    /// The keys of roles and discussions that they are given.
    public var roles, discussions: [String]
  }

  /// A row that cannot be taken.
  public struct Mistake: Hashable, Sendable {
    /// From 1.
    public var line: Int
    /// What is wrong, and what to write.
    public var words: String
    /// No row after it can be read.
    public var isFatal = false
  }

  /// What the columns may be called.
  public static let columns = ["name", "address", "language", "zone", "country", "roles", "discussions"]

  /// Rows that can be taken, in their order.
  public private(set) var people: [Person] = []
  /// In the order of the lines.
  public private(set) var mistakes: [Mistake] = []

  private let roles: [String: String]
  private let discussions: [String: String]
  /// Lines by the address on them.
  private var lines: [String: Int] = [:]
  /// Whether a zone is one; to ask for each row would take longer than all the rest.
  private var zones: [String: Bool] = [:]
  private static let countries = Set(Locale.Region.isoRegions.map(\.identifier).filter { $0.count == 2 })

  /// - Parameters:
  ///   - octets: of the whole file.
  ///   - roles, discussions: keys by what a file calls them, in small letters.
  public init(_ octets: [UInt8], roles: [String: String], discussions: [String: String]) {
    (self.roles, self.discussions) = (roles, discussions)
    do throws(CSVReader.Mistake) {
      let records = try CSVReader.records(octets)
      guard let heading = records.first else {
        mistakes = [Mistake(line: 1, words: "there is nothing in it; \(Self.advice)", isFatal: true)]
        return
      }
      guard let places = places(heading) else { return }
      for record in records.dropFirst() { read(record, places, count: heading.fields.count) }
    } catch {
      mistakes.append(Mistake(line: error.line, words: error.words, isFatal: true))
    }
  }

  private static let advice = "the first line has the columns: \(columns.joined(separator: ","))"

  /// Where each column stands; nil where the heading cannot be read.
  private mutating func places(_ heading: CSVReader.Record) -> [String: Int]? {
    let names = heading.fields.map { $0.trimmed.lowercased() }
    var words: String?
    if names.count == 1, names[0].contains(";") {
      words = "cells are separated by commas, not by semicolons: save it with commas"
    } else if let unknown = names.first(where: { !Self.columns.contains($0) }) {
      words = "there is no column \"\(unknown.singleLine(limit: 60))\"; \(Self.advice)"
    } else if Set(names).count < names.count {
      words = "a column stands twice; \(Self.advice)"
    } else if let missing = ["name", "address"].first(where: { !names.contains($0) }) {
      words = "the column \(missing) is missing; \(Self.advice)"
    }
    if let words {
      mistakes.append(Mistake(line: heading.line, words: words, isFatal: true))
      return nil
    }
    return Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  /// A row, or what is wrong with it: all of it at once.
  private mutating func read(_ record: CSVReader.Record, _ places: [String: Int], count: Int) {
    guard record.fields.count == count else {
      let words = "\(record.fields.count) cells, and the first line has \(count); put a cell with a comma in quotes"
      return mistakes.append(Mistake(line: record.line, words: words))
    }
    func cell(_ name: String) -> String { places[name].map { record.fields[$0].trimmed } ?? "" }
    var wrong: [String] = []
    let name = cell("name").singleLine(limit: 200).trimmed
    if name.isEmpty { wrong.append("the name is missing") }
    let address = cell("address")
    if (try? Address(address)) == nil {
      wrong.append("\"\(address.singleLine(limit: 100))\" is no mail address; write one such as ana@example.org")
    } else if let other = lines[address.lowercased()] {
      wrong.append("the address stands on line \(other) already; a person has one row")
    } else {
      lines[address.lowercased()] = record.line
    }
    let language = Language(tag: cell("language"))
    if language == nil, !cell("language").isEmpty {
      let all = Language.allCases.map(\.rawValue).joined(separator: ", ")
      wrong.append("language \"\(cell("language").singleLine(limit: 40))\"; write one of \(all), or nothing")
    }
    let zone = cell("zone")
    if !zone.isEmpty, !isZone(zone) {
      let meant =
        ZoneName.meant(by: zone).map { "did you mean \($0)?" } ?? "write one such as Africa/Nairobi, or nothing"
      wrong.append("\"\(zone.singleLine(limit: 60))\" is no IANA time zone; \(meant)")
    }
    let country = cell("country").uppercased()
    if !country.isEmpty, !Self.countries.contains(country) {
      wrong.append("country \"\(cell("country").singleLine(limit: 40))\"; write two letters such as KE, or nothing")
    }
    let roles = keys(cell("roles"), self.roles, "role", "watchpost forum role add NAME", &wrong)
    let discussions = keys(cell("discussions"), self.discussions, "discussion", "watchpost forum list", &wrong)
    if !wrong.isEmpty {
      return mistakes.append(Mistake(line: record.line, words: wrong.joined(separator: "; ")))
    }
    people.append(
      Person(
        line: record.line, name: name, address: address, language: language, zone: zone.isEmpty ? nil : zone,
        country: country.isEmpty ? nil : country, roles: roles, discussions: discussions))
  }

  private mutating func isZone(_ name: String) -> Bool {
    if let known = zones[name] { return known }
    zones[name] = TimeZone(identifier: name) != nil
    return zones[name]!
  }

  /// The keys of what a cell names, each once.
  private func keys(
    _ cell: String, _ known: [String: String], _ what: String, _ command: String, _ wrong: inout [String]
  ) -> [String] {
    var keys: [String] = []
    for part in cell.split(separator: ";").map({ $0.trimmingSpaces() }) where !part.isEmpty {
      if let key = known[part.lowercased()] {
        if !keys.contains(key) { keys.append(key) }
      } else {
        wrong.append("there is no \(what) \"\(String(part).singleLine(limit: 60))\": `\(command)`")
      }
    }
    return keys
  }
}
