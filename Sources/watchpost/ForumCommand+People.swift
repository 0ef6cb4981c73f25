import ArgumentParser
import Board
import Forum
import Jobs
import Ledger
import Stories
import Text

extension ForumCommand {
  /// `watchpost forum role …`
  struct RoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "role", abstract: "List and make roles; give them to people, and let them into discussions.",
      discussion: "A role is a name for people who come together: national focal points, organizations, observers.",
      subcommands: [List.self, Add.self, Grant.self, Revoke.self, Allow.self])
  }

  /// `watchpost forum member …`
  struct MemberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "member", abstract: "Let people into a discussion by themselves, or take them out.",
      subcommands: [Add.self, Remove.self])
  }

  /// What somebody may do, as a member or by a role.
  struct Gift: ParsableArguments {
    @Flag(help: "They approve, hide and move posts, and their own do not wait.")
    var moderator = false
    @Flag(help: "Where only invited people post, they do not.")
    var readOnly = false

    func validate() throws {
      if moderator, readOnly { throw ValidationError("--moderator posts too: leave --read-only out.") }
    }

    var invitation: Invitation { Invitation(mayPost: !readOnly, moderates: moderator) }
  }

  /// `may post`, and what else.
  static func words(_ invitation: Invitation) -> String {
    invitation.moderates ? "moderates" : invitation.mayPost ? "reads and posts" : "reads"
  }

  /// Told where it makes no difference.
  static func note(_ gift: Gift, _ place: (discussion: Discussion, access: DiscussionAccess)) -> [String]? {
    gift.readOnly && place.access.posting == .readers
      ? ["watchpost forum set \(place.discussion.key) --posting invited, or all who read it go on posting"] : nil
  }

  static func role(_ name: String, _ board: Board) throws -> ForumRole {
    guard let role = try board.role(named: name) else {
      throw Failure(
        .usage, "the forum has no role \"\(name.singleLine(limit: 60))\"; `watchpost forum role list` names them")
    }
    return role
  }
}

extension ForumCommand.RoleCommand {
  /// `watchpost forum role list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List all roles, how many hold each, and where they lead.",
      discussion: """
        With --json: an array of objects with name, holders, and discussions: an array with id, title, mayPost, moderates.
        """)
    @OptionGroup var option: ConfigurationOption
    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let roles = try Installation(option).embeddedBoard().roles()
        if json { return print(jsonLine(roles.map(RoleReport.init))) }
        if roles.isEmpty { return print("The forum has no role.\nNext: watchpost forum role add NAME") }
        var table = Table(["role", "holders", "discussions"])
        for role in roles {
          let ways = role.discussions.map { "\($0.discussion) (\(ForumCommand.words($0.invitation)))" }
          table.add([role.name, "\(role.holders)", ways.isEmpty ? "-" : ways.joined(separator: ", ")])
        }
        print(table.lines().joined(separator: "\n"))
      }
    }
  }

  /// `watchpost forum role add NAME`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a role.")
    @Argument(help: "Its name, without a semicolon; capitals or not make no difference.")
    var name: String
    @OptionGroup var change: ForumCommand.Change

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(change.option)
        let outcome = try installation.embeddedBoard().addRole(name)
        if case .refused = outcome { throw Failure(.usage, "a role has a name, and no semicolon in it") }
        var report = CommandReport("forum role add", "role \(name.singleLine(limit: 100))", reason: change.reason)
        report.tell(outcome == .done ? "Made." : "It was there before; nothing was changed.")
        report.next = ["watchpost forum role allow \(name.asArgument) DISCUSSION"]
        try installation.finish(report, json: change.json)
      }
    }
  }

  /// `watchpost forum role grant ROLE PERSON`
  struct Grant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a role to a participant.",
      discussion: "They get what becomes visible from now on where they watch; nobody gets what was there before.")
    @Argument(help: "The role's name.")
    var role: String
    @OptionGroup var about: PersonArgument
    @OptionGroup var change: ForumCommand.Change

    func run() async throws {
      try await reportingFailures { try ForumCommand.RoleCommand.set("grant", role, about.person, true, change) }
    }
  }

  /// `watchpost forum role revoke ROLE PERSON`
  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a role from a participant.",
      discussion: "What they may not read any more and was not sent yet does not reach them.")
    @Argument(help: "The role's name.")
    var role: String
    @OptionGroup var about: PersonArgument
    @OptionGroup var change: ForumCommand.Change

    func run() async throws {
      try await reportingFailures { try ForumCommand.RoleCommand.set("revoke", role, about.person, false, change) }
    }
  }

  fileprivate static func set(
    _ verb: String, _ name: String, _ person: String, _ isHeld: Bool, _ change: ForumCommand.Change
  ) throws {
    let installation = try Installation(change.option)
    let board = try installation.embeddedBoard()
    let role = try ForumCommand.role(name, board)
    let participant = try installation.members.participant(person)
    let outcome = try board.set(role: role.key, of: participant.key, isHeld: isHeld)
    var report = CommandReport(
      "forum role \(verb)", "participant \(participant.key), role \(role.name)", reason: change.reason)
    report.person = try installation.members.person(participant).id
    let done = isHeld ? "Given." : "Taken away."
    report.tell(outcome == .done ? done : "It was so before; nothing was changed.")
    report.next = ["watchpost forum role list"]
    try installation.finish(report, json: change.json)
  }

  /// `watchpost forum role allow ROLE DISCUSSION`
  struct Allow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a role into a discussion, change what it may do there, or let it in no more.")
    @Argument(help: "The role's name.")
    var role: String
    @OptionGroup var place: ForumCommand.Place
    @OptionGroup var gift: ForumCommand.Gift
    @Flag(help: "It does not come in any more.")
    var remove = false
    @OptionGroup var change: ForumCommand.Change

    func validate() throws {
      if remove, gift.moderator || gift.readOnly { throw ValidationError("--remove stands alone.") }
    }

    func run() async throws {
      try await reportingFailures {
        let installation = try Installation(change.option)
        let board = try installation.embeddedBoard()
        let found = try ForumCommand.role(role, board)
        let there = try place.find(board)
        let outcome = try board.set(remove ? nil : gift.invitation, ofRole: found.key, in: there.discussion.key)
        var report = CommandReport(
          "forum role allow", "\(there.discussion.words), role \(found.name)", reason: change.reason)
        let done = remove ? "It does not come in any more." : "It \(ForumCommand.words(gift.invitation)) there."
        report.tell(outcome == .done ? done : "It was so before; nothing was changed.")
        report.next =
          remove
          ? nil : ForumCommand.note(gift, there) ?? ["watchpost forum role grant \(found.name.asArgument) PERSON"]
        try installation.finish(report, json: change.json)
      }
    }
  }
}

extension ForumCommand.MemberCommand {
  /// `watchpost forum member add DISCUSSION PERSON`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a participant a member of a discussion, or change what they may do there.")
    @OptionGroup var place: ForumCommand.Place
    @OptionGroup var about: PersonArgument
    @OptionGroup var gift: ForumCommand.Gift
    @OptionGroup var change: ForumCommand.Change

    func run() async throws {
      try await reportingFailures {
        try ForumCommand.MemberCommand.set("add", place, about.person, gift, gift.invitation, change)
      }
    }
  }

  /// `watchpost forum member remove DISCUSSION PERSON`
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a participant's membership; by a role of theirs they still come in.")
    @OptionGroup var place: ForumCommand.Place
    @OptionGroup var about: PersonArgument
    @OptionGroup var change: ForumCommand.Change

    func run() async throws {
      try await reportingFailures {
        try ForumCommand.MemberCommand.set("remove", place, about.person, nil, nil, change)
      }
    }
  }

  private static func set(
    _ verb: String, _ place: ForumCommand.Place, _ person: String, _ gift: ForumCommand.Gift?,
    _ invitation: Invitation?, _ change: ForumCommand.Change
  ) throws {
    let installation = try Installation(change.option)
    let board = try installation.embeddedBoard()
    let there = try place.find(board)
    let participant = try installation.members.participant(person)
    let outcome = try board.set(invitation, ofMember: participant.key, in: there.discussion.key)
    var report = CommandReport(
      "forum member \(verb)", "participant \(participant.key), \(there.discussion.words)", reason: change.reason)
    report.person = try installation.members.person(participant).id
    let done = invitation.map { "A member now, who \(ForumCommand.words($0))." } ?? "A member no more."
    report.tell(outcome == .done ? done : "It was so before; nothing was changed.")
    report.next = gift.flatMap { ForumCommand.note($0, there) } ?? ["watchpost forum list"]
    try installation.finish(report, json: change.json)
  }
}

/// A role; its keys are an interface.
private struct RoleReport: Encodable {
  struct Way: Encodable {
    var id, title: String
    var mayPost, moderates: Bool
  }

  var name: String
  var holders: Int
  var discussions: [Way]

  init(_ role: ForumRole) {
    (name, holders) = (role.name, role.holders)
    discussions = role.discussions.map {
      Way(id: $0.discussion, title: $0.title, mayPost: $0.invitation.mayPost, moderates: $0.invitation.moderates)
    }
  }
}
