import ArgumentParser
import Forum
import ForumSources
import Jobs
import Membership
import Mistakes

/// `watchpost check`: proves a mapping on real rows, and shows who would get a post.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check on real posts how the forum is read, and show who would get them and why not.",
    discussion: """
      For a forum that Watchpost has not met: walks a few posts through every query of the mapping and compares the \
      answers with each other. Each watcher found by page is looked for by key, by address and among their own \
      watches; each post by its id and by its place; pages of 4, 7 and 1000 rows must give the same people. What \
      contradicts itself is a mistake, told with file, line, query and advice (exit status 78).

      A row that cannot be read is a mistake too, told with query, column and value; a run sets such a row aside and \
      goes on. What is likely to be wrong, and need not be, is a remark.

      Then it shows, for each of these posts, who would get it now, at once or in a digest, and who not, and why: \
      counts, and the first people; for up to 50 discussions, those with the newest posts first, how many of their \
      watchers may read them, and how many of other people; and what the columns hold: how often each value, and how \
      often nothing. At last it tells how long each query took and, where one was slow, how the \
      database goes about it.

      Nothing is sent or recorded. The first run after a mapping changed does the same comparison by itself and \
      stops at a mistake, before anything is consumed; runs then refuse it until it changes, or until this command \
      finds nothing wrong, also in the posts that the run had looked at. What a mapping may hold stands in sources/Mappings.md, which \
      `watchpost init` places beside the configuration.
      """)

  @Argument(
    help: ArgumentHelp(
      "Posts by their ids in the forum's database; without one: the newest, one in the middle and one that is watched.",
      valueName: "post"))
  var posts: [String] = []
  @Option(help: ArgumentHelp("How many people of each post to show.", valueName: "count"))
  var people = 20
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      guard people >= 0 else { throw Failure(.usage, "--people: \(people) is less than 0") }
      let installation = try Installation(option)
      let forum = installation.forum
      // A typo is told as one, and is no fault of a query.
      let known = try Set(posts.isEmpty ? [] : ForumError.foundByTyped { try forum.posts(keys: posts) }.map(\.key))
      if let missing = posts.first(where: { !known.contains($0) }) {
        throw Failure(.usage, "the forum has no post \"\(missing)\"; give its id in the forum's database")
      }
      let findings = try forum.prove(
        posts: posts, people: MappingDepth.people, places: MappingDepth.places, now: installation.now())
      let (wrong, remark) = try installation.reconsiderMapping(findings.mistakes + findings.unreadable)
      var report = CheckReport(findings, mistakes: wrong, takesReplies: installation.poster != nil)
      if let remark { report.remarks.append(remark) }
      if wrong.isEmpty, installation.writer == nil { report.remarks += try installation.collecting.remarks() }
      for post in findings.posts {
        do {
          report.posts.append(try survey(post, installation))
        } catch let error as ForumError where error.kind != .unavailable && !wrong.isEmpty {
          // Among the mistakes already.
        }
      }
      try report.addQueries(of: forum)
      print(json ? jsonLine(report) : report.lines.joined(separator: "\n"))
      if !wrong.isEmpty { throw ConfigurationError(wrong) }
    }
  }

  /// As fan-out would decide now; of a post that was taken up, by the moment at which it became visible then.
  private func survey(_ post: Post, _ installation: Installation) throws -> CheckReport.PostReport {
    let entry = try installation.ledger.journalEntries(postKeys: [post.key]).first
    let audience = Audience(
      installation.members, post, visibleAt: entry?.visibleAt ?? post.visibleAt ?? post.createdAt, isRecording: false)
    let thread = try installation.forum.threads(keys: [post.threadKey]).first
    let discussion = try installation.forum.discussions(keys: [post.discussionKey]).first
    return CheckReport.PostReport(
      post, thread, discussion, isJournalled: entry != nil, try audience.survey(naming: people))
  }
}
