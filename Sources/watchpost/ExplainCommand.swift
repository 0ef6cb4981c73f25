import ArgumentParser
import Forum
import Identifiers
import Jobs
import Ledger
import Stories

/// `watchpost explain`: one post's story for one person, or one message's.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Tell why somebody got a post, or did not, or what became of a message.",
    discussion: """
      `watchpost explain PERSON POST`: all that happened to the post on its way to the person, in order, each with its \
      moment in the person's time zone and in UTC: when it could be seen, what was decided and by which of their \
      watches, the digest that it came in, each try with the relay's whole answer, mails that came back, replies. Then \
      where it stands; where nothing came, the one reason and what would have to change; and the command to type next. \
      Of a post that is not decided about yet it says why, and what would be decided now.

      POST is the number that readers see, such as 9240, #9240 or [#9240]; key:77 is the post whose id in the forum's \
      database is 77. Where a number is one post's and another's id, the command says so.

      `watchpost explain MESSAGE`: the same by a message's number in the log, or by a Message-ID, a reply address or a \
      bounce address, pasted as it is.

      Nothing is sent or recorded. With --json: participant (key, name, address, zone), post (key, number, state), outcome, \
      reason, entries (at, local, kind, delivery, words, answer), summary, advice, today, todayBecause and next, of which what is \
      not known is left out.
      """)

  @Argument(
    help: ArgumentHelp(
      "The person's address, account name or id in the forum's database; or a message.", valueName: "person|message"))
  var subject: String
  @Argument(help: "The post, by the number that readers see.")
  var post: String?
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let reading = StoryReading(try Installation(option))
      let rows = try post.map { try reading.rows(person: subject, post: $0) } ?? reading.rows(message: subject)
      let story = Story(rows)
      print(json ? jsonLine(story) : story.lines.joined(separator: "\n"))
    }
  }
}
