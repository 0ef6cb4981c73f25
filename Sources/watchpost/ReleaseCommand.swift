import ArgumentParser
import Composition
import Identifiers
import Ledger
import Mail
import Membership

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
  @OptionGroup var option: ConfigurationOption

  /// The words come before domains, none of which is without a dot. What is released is sent by the next run, never
  /// here: one place sends.
  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let ledger = installation.ledger
      let admin = ReleasedBy.admin(Operator.name)
      switch what {
      case "flood":
        try installation.settled(.flood)
        print(try ledger.releaseFlood() ? "The next run takes the new posts up." : "No posts are held.")
      case "uncertain":
        try installation.settled(.uncertain)
        print("\(try ledger.release(.uncertain, by: admin, now: installation.now())) messages are queued again.")
      case "uncomposed":
        try installation.settled(.uncomposed)
        print("\(try ledger.release(.uncomposed, by: admin, now: installation.now())) messages are queued again.")
      case "relay":
        let (wasPaused, messages) = try ledger.releaseRelay(
          installation.relayIdentity(), by: admin, now: installation.now())
        try installation.settled(.relay, .unproven, .sender, .turnedAway, .refused, .pipelining)
        print(
          "\(wasPaused ? "The relay is left alone no longer" : "The relay was not left alone"); "
            + "messages that the next run sends: \(messages).")
      case "returns":
        try ledger.set(.returnsBelieved, installation.now().seconds)
        try installation.settled(.returned)
        print("For a week reports of failure count against addresses, however many come.")
      case "received":
        try installation.settled(.received)
        print("\(try ledger.retrySetAsideMessages(now: installation.now())) messages are tried again.")
      case "reply":
        guard let number else { throw Failure(.usage, "give the reply's number; `watchpost replies` shows them") }
        guard try ledger.releaseReply(ReceivedID(number), now: installation.now()) else {
          throw Failure(.usage, "no reply \(number) waits; `watchpost replies` shows those that do")
        }
        print("It is posted by the next run of the job inbound.")
      case "clock":
        print(
          try ledger.agree(on: installation.clock.reading)
            ? "The clock is believed: it is \(installation.clock.reading.wall). What waited for it goes on."
            : "Nothing waits for the clock; it is believed to be \(installation.clock.reading.wall).")
      case _ where what.hasPrefix(HeldPost.prefix):
        let post = try HeldPost(what, ledger)
        let released = try ledger.release(.post(post.position), by: admin, now: installation.now())
        print("\(released) messages are queued again.")
        try installation.settled(.post, named: post.key)
      case "people":
        let wasDoubted = try ledger.releaseDoubts(now: installation.now())
        try installation.settled(.people)
        print(
          wasDoubted
            ? "The forum's answers are believed: the next run goes by them."
            : "Nothing that the forum says of its people was doubted; it is believed.")
      case let address where address.contains("@"):
        let signingKey = installation.keys.current
        let found = try ledger.lift(address, by: admin, now: installation.now()) { lifted in
          guard let person = lifted.person, lifted.cause == .failures else { return nil }
          let notice = Notice(.lifted(posts: lifted.posts, since: lifted.since), signingKey: signingKey)
          return Ledger.NoticeDraft(person: person, topic: "lifted", body: notice.json)
        }
        guard let lifted = found?.lifted else { throw Failure(.usage, "mail to \(address) is not stopped") }
        print(
          "\(address) is mailed again."
            + (lifted.posts > 0 ? " The \(lifted.posts) posts that waited come as one digest." : ""))
      default:
        // As it stands in the ledger, whatever script and case the admin typed it in.
        let domain = Address.canonicalDomain(what)
        let isHeld = try ledger.heldSubjects(now: installation.now()).contains(.domain(domain))
        let released = try ledger.release(.domain(domain), by: admin, now: installation.now())
        guard isHeld || released > 0 else {
          throw Failure(.usage, "nothing is held under \"\(what)\"; `watchpost status` shows what is")
        }
        try installation.settled(.domain, named: domain)
        print("\(released) messages to \(domain) are queued again.")
      }
    }
  }
}
