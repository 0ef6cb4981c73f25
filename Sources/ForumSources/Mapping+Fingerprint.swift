extension Mapping {
  /// Tells one mapping from another, and from itself after a change that may change its answers: 16 hexadecimal digits.
  /// - Parameter database: where it is asked; the same queries may be wrong elsewhere.
  public func fingerprint(database: String) -> String {
    // A secret has no place in a note: of a URI only host and name count.
    let place = database.split(separator: "?").first?.split(separator: "@").last.map(String.init) ?? ""
    var parts = [
      "walk 1", place, firstKey, everyoneReads ? "everyone" : "", times?.zone.identifier ?? "",
    ]
    for question in Question.allCases {
      guard let query = queries[question] else { continue }
      parts += [question.rawValue, query.sql] + query.parameters.map { "\($0)" }
    }
    // FNV-1a: nobody gains by two mappings with one fingerprint.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in parts.joined(separator: "\u{0}").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
