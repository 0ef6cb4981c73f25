import Board
import Forum
import Testing

@Suite("Rights in a discussion") struct RightsTests {
  private struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let access: DiscussionAccess
    let isParticipant: Bool
    let invitations: [Invitation]
    /// read, post, moderate, wait.
    let expected: String
    var testDescription: String { name }
  }

  private static let open = DiscussionAccess()
  private static let closed = DiscussionAccess(isPrivate: true)
  private static let invited = DiscussionAccess(posting: .invited)
  private static let closedInvited = DiscussionAccess(isPrivate: true, posting: .invited)
  private static let moderated = DiscussionAccess(isModerated: true)
  private static let reads = Invitation(mayPost: false)
  private static let posts = Invitation()
  private static let moderates = Invitation(mayPost: false, moderates: true)

  private static let cases = [
    Case(name: "guest, public", access: open, isParticipant: false, invitations: [], expected: "r"),
    Case(name: "guest, private", access: closed, isParticipant: false, invitations: [], expected: ""),
    Case(name: "guest's row as member", access: closed, isParticipant: false, invitations: [posts], expected: ""),
    Case(name: "anybody, public", access: open, isParticipant: true, invitations: [], expected: "rp"),
    Case(name: "anybody, private", access: closed, isParticipant: true, invitations: [], expected: ""),
    Case(name: "member, private", access: closed, isParticipant: true, invitations: [posts], expected: "rp"),
    Case(
      name: "reader, private, readers post", access: closed, isParticipant: true, invitations: [reads], expected: "rp"),
    Case(name: "anybody, invited", access: invited, isParticipant: true, invitations: [], expected: "r"),
    Case(name: "member, invited", access: invited, isParticipant: true, invitations: [posts], expected: "rp"),
    Case(name: "reader, invited", access: invited, isParticipant: true, invitations: [reads], expected: "r"),
    Case(
      name: "reader with a role, invited", access: invited, isParticipant: true, invitations: [reads, posts],
      expected: "rp"),
    Case(
      name: "reader, private, invited", access: closedInvited, isParticipant: true, invitations: [reads], expected: "r"),
    Case(name: "anybody, private, invited", access: closedInvited, isParticipant: true, invitations: [], expected: ""),
    Case(
      name: "moderator who is none to post", access: closedInvited, isParticipant: true, invitations: [moderates],
      expected: "rpm"),
    Case(
      name: "closed account of a moderator", access: open, isParticipant: false, invitations: [moderates], expected: "r"
    ),
    Case(name: "anybody, moderated", access: moderated, isParticipant: true, invitations: [], expected: "rpw"),
    Case(
      name: "moderator, moderated", access: moderated, isParticipant: true, invitations: [moderates], expected: "rpm"),
  ]

  @Test("P3: who may read, post, moderate, and whose posts wait", arguments: cases)
  private func table(_ one: Case) {
    let rights = DiscussionRights(one.access, isParticipant: one.isParticipant, invitations: one.invitations)
    let words =
      (rights.mayRead ? "r" : "") + (rights.mayPost ? "p" : "") + (rights.moderates ? "m" : "")
      + (rights.isModerated && rights.mayPost ? "w" : "")
    #expect(words == one.expected)
  }
}
