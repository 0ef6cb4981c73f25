import Forum
import SQL
import Text
import Time

/// What became of an address that somebody typed to sign up.
public enum SignUp: Hashable, Sendable {
  /// A participant has it who is confirmed: they sign in as ever. Nothing was changed.
  case known(key: String)
  /// It waits to be confirmed, since now or since before.
  case waiting(key: String)
  /// It is not taken just now.
  case refused(BoardRefusal)
}

extension Board {
  /// Keeps an address until it is confirmed: a participant without a name, to whom nothing but that is mailed. One that
  /// is not confirmed within a day is forgotten (`EmbeddedForumWriter.forgetSignUps`).
  ///
  /// What becomes of it must not be seen by whoever typed it (rule P4).
  /// - Parameter address: one that is known to be an address.
  public func signUp(_ address: String, now: Timestamp) throws -> SignUp {
    // Serial: two who type the same address at once are one.
    try database.write(.serial) { connection in
      let address = address.trimmed
      let found = try connection.query(
        """
        SELECT id, confirmed, active, name, signed_up_at FROM participant
        WHERE lower(trim(address)) = lower($1) ORDER BY confirmed DESC, active DESC, id LIMIT 1
        """, [.text(address)]
      ) { row -> SignUp in
        // Whoever closed the account, or made it and waits for it to be confirmed elsewhere, has the say.
        row.integer(1) == 0 && row.integer(2) != 0 && row.text(3).isEmpty && !row.isNull(4)
          ? .waiting(key: row.text(0)) : .known(key: row.text(0))
      }.first
      if let found { return found }
      let waiting = try connection.first(
        """
        SELECT count(*) FROM participant WHERE confirmed = 0 AND signed_up_at IS NOT NULL AND signed_up_at > $1
        """, [.integer(now.seconds - limits.signUpLife)]
      ) { Int($0.integer(0)) }
      if waiting ?? 0 >= limits.signUps { return .refused(.tooMany) }
      let key = try connection.first(
        """
        INSERT INTO participant (name, address, confirmed, signed_up_at) VALUES ('', $1, 0, $2) RETURNING id
        """, [.text(address), .integer(now.seconds)]
      ) { $0.text(0) }!
      return .waiting(key: key)
    }
  }

  /// Somebody who signed up has shown that the address is theirs, and says who they are.
  /// - Parameters:
  ///   - key: what `signUp` gave.
  ///   - language, zone: nil: left to the configuration.
  /// - Returns: `unchanged` for who was confirmed before; refused as gone for who signed up too long ago.
  public func confirm(
    _ key: String, name: String, language: Language?, zone: String?, country: String? = nil
  ) throws -> BoardOutcome {
    let name = name.singleLine(limit: 200).trimmed
    if name.isEmpty { return .refused(.empty) }
    guard let id = Int64(key) else { return .refused(.gone) }
    return try database.write(.serial) { connection in
      let isConfirmed = try connection.first(
        """
        SELECT confirmed FROM participant WHERE id = $1 AND active = 1 AND (confirmed = 1 OR signed_up_at IS NOT NULL)
        """, [.integer(id)]
      ) { $0.integer(0) != 0 }
      guard let isConfirmed else { return .refused(.gone) }
      if isConfirmed { return .unchanged }
      try connection.run(
        """
        UPDATE participant SET confirmed = 1, name = $2, language = $3, zone = $4, country = $5 WHERE id = $1
        """,
        [.integer(id), .text(name), .optional(language?.rawValue), .optional(zone), .optional(country?.uppercased())])
      return .done
    }
  }
}
