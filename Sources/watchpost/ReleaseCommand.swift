import ArgumentParser
import Identifiers
import Ledger
import Mail

/// `watchpost release WHAT`: the admin's word about what is held.
struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: """
      Let go what is held: many new posts at once, a domain's mail, uncertain messages; believe the clock, or the forum.
      """,
    discussion: """
      `watchpost status` shows what is held. What is released goes out with the next run of the job dispatch.

      flood: a run found more new posts than collect.flood_limit. A domain: it refused mail by policy again and again, \
      or everybody. post:NUMBER: a post that is refused to everybody, by its number in the forum. \
      uncertain: nobody knows whether these messages arrived; they go out once more, with the same Message-ID. \
      uncomposed: these could not be written, such as for want of a signing key; they are tried again. \
      relay: the relay is mended; it is asked at once, and what waits by its fault goes first. \
      clock: a run found the clock more than a day from where it should be; you say that it is right now. \
      people: by the forum's answers nearly everybody is gone who was to have posts; you say that they are. \
      returns: mails of so many people came back that it was not held against them; you say that their addresses are \
      dead. \
      reply NUMBER: a reply by mail that waits for a word, see `watchpost replies`. received: messages that came in and \
      could not be handled are tried once more. An address: it is mailed again, though mail to it had failed.
      """)

  @Argument(
    help: ArgumentHelp(
      "One of these words, a post such as post:9240, a domain such as example.org, or an address.",
      valueName: "flood|uncertain|uncomposed|relay|clock|people|returns|received|reply|post:number|domain|address"))
  var what: String
  @Argument(help: "Of `reply`, its number.")
  var number: Int64?
  @Option(help: "Why, for the audit log.")
  var reason: String?
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON: command, subject, outcome, and where something is counted count.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let subject = number.map { "\(what) \($0)" } ?? what
      var report = CommandReport("release", subject, reason: reason)
      try release(installation, &report)
      try installation.finish(report, json: json)
    }
  }

  /// The words come before domains, none of which is without a dot. What is released is sent by the next run, never
  /// here: one place sends.
  private func release(_ installation: Installation, _ report: inout CommandReport) throws {
    let ledger = installation.ledger
    let admin = ReleasedBy.admin(Operator.name)
    switch what {
    case "flood":
      try installation.settled(.flood)
      report.tell(try ledger.releaseFlood() ? "The next run takes the new posts up." : "No posts are held.")
    case "uncertain":
      try installation.settled(.uncertain)
      report.tellQueued(try ledger.release(.uncertain, by: admin, now: installation.now()))
    case "uncomposed":
      try installation.settled(.uncomposed)
      report.tellQueued(try ledger.release(.uncomposed, by: admin, now: installation.now()))
    case "relay": try releaseRelay(installation, &report)
    case "returns":
      try ledger.set(.returnsBelieved, installation.now().seconds)
      try installation.settled(.returned)
      report.tell("For a week reports of failure count against addresses, however many come.")
    case "received":
      try installation.settled(.received)
      let count = try ledger.retrySetAsideMessages(now: installation.now())
      report.tell("\(count) messages are tried again.", count)
    case "reply":
      guard let number else { throw Failure(.usage, "give the reply's number; `watchpost replies` shows them") }
      guard try ledger.releaseReply(ReceivedID(number), now: installation.now()) else {
        throw Failure(.usage, "no reply \(number) waits; `watchpost replies` shows those that do")
      }
      report.tell("It is posted by the next run of the job inbound.")
    case "clock":
      report.tell(
        try ledger.agree(on: installation.clock.reading)
          ? "The clock is believed: it is \(installation.clock.reading.wall). What waited for it goes on."
          : "Nothing waits for the clock; it is believed to be \(installation.clock.reading.wall).")
    case _ where what.hasPrefix(HeldPost.prefix):
      if try HeldPost.releaseComing(what, ledger) {
        return report.tell("The post is not held any more; no run took it up yet.", 0)
      }
      let post = try HeldPost(what, ledger)
      report.tellQueued(try ledger.release(.post(post.position), by: admin, now: installation.now()))
      try installation.settled(.post, named: post.key)
    case "people":
      let wasDoubted = try ledger.releaseDoubts(now: installation.now())
      try installation.settled(.people)
      report.tell(
        wasDoubted
          ? "The forum's answers are believed: the next run goes by them."
          : "Nothing that the forum says of its people was doubted; it is believed.")
    case let address where address.contains("@"): try installation.lift(address, &report)
    default: try releaseDomain(installation, &report)
    }
  }

  private func releaseRelay(_ installation: Installation, _ report: inout CommandReport) throws {
    let (wasPaused, messages) = try installation.ledger.releaseRelay(
      installation.relayIdentity(), by: .admin(Operator.name), now: installation.now())
    try installation.settled(.relay, .unproven, .sender, .turnedAway, .refused, .pipelining)
    report.tell(
      "\(wasPaused ? "The relay is left alone no longer" : "The relay was not left alone"); "
        + "messages that the next run sends: \(messages).", messages)
  }

  private func releaseDomain(_ installation: Installation, _ report: inout CommandReport) throws {
    // As it stands in the ledger, whatever script and case the admin typed it in.
    let domain = Address.canonicalDomain(what)
    let (ledger, now) = (installation.ledger, installation.now())
    let isHeld = try ledger.heldSubjects(now: now).contains(.domain(domain))
    let released = try ledger.release(.domain(domain), by: .admin(Operator.name), now: now)
    guard isHeld || released > 0 else {
      throw Failure(.usage, "nothing is held under \"\(what)\"; `watchpost status` shows what is")
    }
    try installation.settled(.domain, named: domain)
    report.tell("\(released) messages to \(domain) are queued again.", released)
  }
}

extension CommandReport {
  fileprivate mutating func tellQueued(_ count: Int) { tell("\(count) messages are queued again.", count) }
}
