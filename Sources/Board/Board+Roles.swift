import Forum
import SQL
import Text

/// A role that people hold: focal points, observers.
public struct ForumRole: Hashable, Sendable {
  /// Its key.
  public var key: String
  /// As an admin wrote it.
  public var name: String
  /// How many people hold it.
  public var holders: Int
  /// The discussions that it leads into, with what it gives there.
  public var discussions: [Way]

  /// What a role gives in a discussion.
  public struct Way: Hashable, Sendable {
    /// The discussion's key.
    public var discussion: String
    /// Its title.
    public var title: String
    /// What it gives.
    public var invitation: Invitation
  }
}

/// For the commands. Who is mailed follows at once: the forum is asked anew about every copy.
extension Board {
  /// All roles, by their names.
  public func roles() throws -> [ForumRole] {
    try look(.guest) { view in
      let ways = try view.connection.query(
        """
        SELECT x.role, d.id, d.title, x.may_post, x.moderates FROM discussion_role x JOIN discussion d ON d.id = x.discussion
        ORDER BY d.id
        """
      ) { row in
        (
          row.text(0),
          ForumRole.Way(
            discussion: row.text(1), title: row.text(2),
            invitation: Invitation(mayPost: row.integer(3) != 0, moderates: row.integer(4) != 0))
        )
      }
      let byRole = Dictionary(grouping: ways, by: \.0).mapValues { $0.map(\.1) }
      return try view.connection.query(
        """
        SELECT r.id, r.name, (SELECT count(*) FROM participant_role h WHERE h.role = r.id) FROM forum_role r
        ORDER BY lower(r.name), r.id
        """
      ) { row in
        ForumRole(
          key: row.text(0), name: row.text(1), holders: Int(row.integer(2)), discussions: byRole[row.text(0)] ?? [])
      }
    }
  }

  /// The role of a name, in whatever case.
  public func role(named name: String) throws -> ForumRole? {
    let wanted = name.trimmed.lowercased()
    return try roles().first { $0.name.lowercased() == wanted }
  }

  /// Makes a role; unchanged if one of that name is there, in whatever case.
  public func addRole(_ name: String) throws -> BoardOutcome {
    let name = name.singleLine(limit: 200).trimmed
    // A `;` stands between roles in files.
    if name.isEmpty || name.contains(";") { return .refused(.empty) }
    return try database.write(.serial) { connection in
      let names = try connection.query("SELECT name FROM forum_role") { $0.text(0).lowercased() }
      if names.contains(name.lowercased()) { return .unchanged }
      try connection.run("INSERT INTO forum_role (name) VALUES ($1)", [.text(name)])
      return .done
    }
  }

  /// Gives a role to a participant, or takes it away.
  public func set(role: String, of participant: String, isHeld: Bool) throws -> BoardOutcome {
    guard let role = Int64(role), let person = Int64(participant) else { return .refused(.gone) }
    return try database.write(.serial) { connection in
      let pair: [Value] = [.integer(person), .integer(role)]
      let isThere = try connection.exists(
        "SELECT 1 FROM participant_role WHERE participant = $1 AND role = $2", pair)
      if isThere == isHeld { return .unchanged }
      try connection.run(
        isHeld
          ? "INSERT INTO participant_role (participant, role) VALUES ($1, $2)"
          : "DELETE FROM participant_role WHERE participant = $1 AND role = $2", pair)
      return .done
    }
  }

  /// Lets a role into a discussion, changes what it gives there, or lets it in no more.
  /// - Parameter invitation: nil: no more.
  public func set(_ invitation: Invitation?, ofRole role: String, in discussion: String) throws -> BoardOutcome {
    try set(invitation, "discussion_role", "role", role, discussion)
  }

  /// The same for a member.
  public func set(_ invitation: Invitation?, ofMember participant: String, in discussion: String) throws -> BoardOutcome
  {
    try set(invitation, "member", "participant", participant, discussion)
  }

  private func set(
    _ invitation: Invitation?, _ table: String, _ column: String, _ key: String, _ discussion: String
  ) throws -> BoardOutcome {
    guard let id = Int64(key), let discussion = Int64(discussion) else { return .refused(.gone) }
    return try database.write(.serial) { connection in
      let pair: [Value] = [.integer(discussion), .integer(id)]
      let present = try connection.first(
        "SELECT may_post, moderates FROM \(table) WHERE discussion = $1 AND \(column) = $2", pair
      ) { Invitation(mayPost: $0.integer(0) != 0, moderates: $0.integer(1) != 0) }
      if present == invitation { return .unchanged }
      guard let invitation else {
        try connection.run("DELETE FROM \(table) WHERE discussion = $1 AND \(column) = $2", pair)
        return .done
      }
      try connection.run(
        """
        INSERT INTO \(table) (discussion, \(column), may_post, moderates) VALUES ($1, $2, $3, $4)
        ON CONFLICT (discussion, \(column)) DO UPDATE SET may_post = $3, moderates = $4
        """, pair + [.integer(invitation.mayPost ? 1 : 0), .integer(invitation.moderates ? 1 : 0)])
      return .done
    }
  }
}
