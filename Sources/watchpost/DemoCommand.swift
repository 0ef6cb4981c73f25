import ArgumentParser
import Capture
import Foundation
import Glibc
import Jobs
import Relay
import Settings
import Synchronization
import Time

/// `watchpost demo`: the whole job, on a made-up forum, over real SMTP into a Maildir.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Show the whole job on a made-up forum, without sending anything.",
    discussion: """
      A two-week discussion in six languages passes in a few seconds: posts appear, the real jobs run against them \
      hour by hour, and their mails go over SMTP into a server on this machine that keeps them in a Maildir.
      """)

  @Option(help: "Where the demo's files go; an earlier demo there is replaced.")
  var directory = "demo"

  /// The same parts as every other command has, but for the clock and the directory: what the demo shows is what runs.
  func run() async throws {
    try await reportingFailures {
      try prepareDirectory()
      var options = CaptureOptions()
      options.maildir = directory + "/maildir"
      options.keepsInMemory = false
      let server = try await CaptureServer.start(options)
      let installation = try Installation(configuration: configuration(port: server.port), creating: true)
      let forum = try DemoForum(installation.writer!, opensAt: DemoForum.opening(now: MachineClock.wall()))
      let totals = try play(forum, installation)
      try await server.stop()
      try show(totals, Maildir.messages(at: directory + "/maildir"))
    }
  }

  /// Only what an earlier demo made is removed: a typo in `--directory` must not cost anybody their files.
  private func prepareDirectory() throws {
    let manager = FileManager.default
    if manager.fileExists(atPath: directory) {
      guard manager.fileExists(atPath: directory + "/this-is-a-demo") else {
        throw Failure(.usage, "\(directory): exists and is no demo; give another with --directory")
      }
      try manager.removeItem(atPath: directory)
    }
    try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: directory + "/this-is-a-demo"))
  }

  /// A configuration as `init` writes it, with keys of its own: nothing that is installed on this machine is read or
  /// touched.
  private func configuration(port: Int) throws -> Configuration {
    try createPrivateFile(directory + "/keys", SigningKeys.make(randomBytes: randomKey()).utf8)
    let settings = Configuration.minimal(
      title: "BCH forum", url: "http://127.0.0.1:8025", domain: "forum.example.org",
      values: [
        ("web.listen", "127.0.0.1:8025"), ("delivery.transport", "smtp://127.0.0.1:\(port)"), ("collect.start", "all"),
      ])
    try createPrivateFile(directory + "/watchpost.yaml", settings.utf8)
    return try Configuration(file: directory + "/watchpost.yaml", environment: [:])
  }

  /// What all runs did together.
  private struct Totals {
    var posts = 0
    var instant = 0
    var digests = 0
    var sent = 0
    var runs = 0
    var replies = 0
    var failures = 0
  }

  /// Lets the two weeks pass, an hour at a time.
  private func play(_ forum: DemoForum, _ installation: Installation) throws -> Totals {
    let clock = DemoClock(forum.opensAt)
    let stages = try installation.stages(stop: StopSignal(), now: { clock.now })
    let job = JobRun(stages)
    var totals = Totals()
    var inbox = DemoInbox(maildir: directory + "/maildir", ledger: installation.ledger)
    var posted = 0
    while clock.now < forum.closesAt + 86_400 {
      while posted < DemoForum.texts.count, forum.moment(posted) <= clock.now {
        try forum.post(posted)
        posted += 1
      }
      // An hour between runs shows digests at their hours, and costs a few hundred runs.
      clock.advance(by: 3600)
      // People look into their mail once a day.
      if (clock.now.seconds / 3600).isMultiple(of: 24) { try inbox.receive(at: clock.now) }
      for (name, steps) in [
        ("inbound", [Step.handle, .post, .probe]), ("dispatch", [.collect, .fanOut, .deliver]),
        ("digest", [.digest, .deliver]),
      ] {
        let report = try job.run(job: name, steps: steps)
        // In a demo nothing can be left for later: the relay is our own and the forum is made up.
        guard report.status == .done else {
          throw Failure(report.status, report.steps.flatMap(\.words).joined(separator: "\n"))
        }
        totals.runs += 1
        for step in report.steps {
          totals.posts += step.count("journalled")
          totals.instant += step.step == Step.fanOut.rawValue ? step.count("instant") : 0
          totals.digests += step.count("digests")
          totals.sent += step.count("sent")
          totals.replies += step.count("posted")
          totals.failures += step.count("failures")
        }
      }
    }
    return totals
  }

  /// A table of the people with what reached them, counted in the Maildir and not by what the ledger says.
  private func show(_ totals: Totals, _ messages: [Maildir.Message]) {
    func column(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    print(column("address", 26) + column("language", 10) + column("mode", 16) + column("copies", 8) + "digests")
    for person in DemoForum.people {
      // By the envelope, as a mail server would tell.
      let mails = messages.filter { $0.recipients.contains(person.address) }
      let (copies, digests) = (mails.count { isA("instant", $0) }, mails.count { isA("digest", $0) })
      let mode = person.mode == .instant ? "instant" : "\(person.period.rawValue) digest"
      print(
        column(person.address, 26) + column(person.language.rawValue, 10) + column(mode, 16)
          + column(String(copies), 8) + String(digests))
    }
    print(
      """

      \(totals.posts) posts in \(DemoForum.threads.count) threads; \(totals.runs) runs of the jobs; \
      \(totals.sent) mails sent: \(totals.instant) immediate copies and \(totals.digests) digests.
      \(totals.replies) replies came by mail and were posted. \(totals.failures) mails to \(DemoInbox.failing) came back: \
      that address is left alone, and tried again after a week.
      The mails are in \(directory)/maildir/new; the forum, the ledger and the configuration beside it.
      Look at one:  less \(directory)/maildir/new/*
      At a participant's page: watchpost serve --config \(directory)/watchpost.yaml
      and then, in a browser: \(page(of: DemoForum.people[0], messages))
      At the state: watchpost status --config \(directory)/watchpost.yaml
      """)
  }

  /// What a person's last mail calls their page.
  private func page(of person: DemoForum.Person, _ messages: [Maildir.Message]) -> String {
    let last = messages.filter { $0.recipients.contains(person.address) }.max { $0.name < $1.name }
    let header = String(decoding: last?.data.prefix(6000) ?? [], as: UTF8.self)
    guard let field = header.range(of: "List-Unsubscribe: <") else { return "" }
    return String(header[field.upperBound...].prefix { $0 != ">" })
  }

  /// The header says what kind of mail it is.
  private func isA(_ kind: String, _ message: Maildir.Message) -> Bool {
    String(decoding: message.data.prefix(6000), as: UTF8.self).contains(":\(kind):watchpost")
  }
}

/// The demo's own time.
private final class DemoClock: Sendable {
  private let seconds: Mutex<Timestamp>

  init(_ start: Timestamp) { seconds = Mutex(start) }

  var now: Timestamp { seconds.withLock { $0 } }
  func advance(by span: Int64) { seconds.withLock { $0 = $0 + span } }
}
