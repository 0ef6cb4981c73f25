import Forum
import SQL

/// What the embedded forum's tables say of one person in a discussion `d`, as columns of a query about discussions.
package enum RightsColumns {
  /// How many columns there are.
  package static let count = 8

  /// - Parameter person: the number of the parameter that has the person's key; NULL for a guest.
  package static func sql(person: Int) -> String {
    func best(_ column: String) -> String {
      """
      (SELECT max(r.\(column)) FROM discussion_role r JOIN participant_role h ON h.role = r.role
        WHERE r.discussion = d.id AND h.participant = $\(person))
      """
    }
    return """
      d.is_private, d.is_moderated, d.posting,
      (SELECT a.active * a.confirmed FROM participant a WHERE a.id = $\(person)),
      (SELECT m.may_post FROM member m WHERE m.discussion = d.id AND m.participant = $\(person)),
      (SELECT m.moderates FROM member m WHERE m.discussion = d.id AND m.participant = $\(person)),
      \(best("may_post")), \(best("moderates"))
      """
  }

  /// - Parameter column: where the first of them stands in the row.
  package static func read(_ row: any Row, from column: Int) -> (access: DiscussionAccess, rights: DiscussionRights) {
    let access = DiscussionAccess(
      isPrivate: row.integer(column) != 0, isModerated: row.integer(column + 1) != 0,
      posting: PostingRule(rawValue: row.text(column + 2)) ?? .invited)
    let invitations = [column + 4, column + 6].filter { !row.isNull($0) }.map {
      Invitation(mayPost: row.integer($0) != 0, moderates: row.integer($0 + 1) != 0)
    }
    return (
      access,
      DiscussionRights(access, isParticipant: row.integer(column + 3) != 0, invitations: invitations)
    )
  }
}
