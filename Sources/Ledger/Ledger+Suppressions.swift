import Mail

/// Addresses that are not to be mailed.
extension Ledger {
  /// Which of these addresses, however they are written, are not to be mailed; given back as they were asked about.
  public func suppressed(among addresses: [String]) throws -> Set<String> {
    if addresses.isEmpty { return [] }
    return try database.read { connection in
      guard try Ledger.has("suppression", connection) else { return [] }
      let found = Set(
        try addresses.chunks(of: Ledger.chunk).flatMap { chunk in
          try connection.query(
            "SELECT address FROM suppression WHERE address IN ($1)", [.texts(chunk.lazy.map(Ledger.canonical))]
          ) { $0.text(0) }
        })
      return found.isEmpty ? [] : Set(addresses.lazy.filter { found.contains(Ledger.canonical($0)) })
    }
  }

  /// The form in which addresses stand in the table: one mailbox, one row, be its domain written in Unicode or in
  /// A-labels (RFC 5890), in capitals or not. A text that is no address, in lower case.
  private static func canonical(_ address: String) -> String {
    (try? Address(address))?.canonical ?? address.lowercased()
  }
}
