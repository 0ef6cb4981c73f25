import Mail

/// Addresses that are not to be mailed.
extension Ledger {
  /// Which of these addresses, however they are written, are not to be mailed.
  public func suppressed(among addresses: [String]) throws -> Set<String> {
    if addresses.isEmpty { return [] }
    return try database.read { connection in
      guard try Ledger.has("suppression", connection) else { return [] }
      let found = Set(
        try stride(from: 0, to: addresses.count, by: Ledger.chunk).flatMap { start in
          let chunk = addresses[start..<min(start + Ledger.chunk, addresses.count)].lazy.map(Ledger.canonical)
          return try connection.query("SELECT address FROM suppression WHERE address IN ($1)", [.texts(chunk)]) {
            $0.text(0)
          }
        })
      return found.isEmpty ? [] : Set(addresses.lazy.filter { found.contains(Ledger.canonical($0)) })
    }
  }

  /// The form in which addresses stand in the table; a text that is no address, in lower case.
  private static func canonical(_ address: String) -> String {
    (try? Address(address))?.canonical ?? address.lowercased()
  }
}
