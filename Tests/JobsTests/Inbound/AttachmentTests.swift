import Forum
import Foundation
import Inbound
import Ledger
import Mail
import TestSupport
import Testing
import Time
import Tokens

@testable import Jobs

/// Files that come with replies (rule I4).
@Suite("Attachments of replies")
struct AttachmentTests {
  private let directory: TemporaryDirectory
  private let site: TestSite
  private let thread: String
  private let copy: ScriptedRelay.Mail

  init() throws {
    directory = try TemporaryDirectory()
    site = try TestSite()
    thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
  }

  private static let rules = AttachmentRules(
    kinds: Set(FileKind.quiet), fileLimit: 4000, messageLimit: 6000, countLimit: 3)
  private static let pdf = "%PDF-1.7\n" + String(repeating: "x", count: 1491)

  private var store: AttachmentStore {
    AttachmentStore(directory: directory.path, url: "https://files.example.org/f")
  }

  /// A letter with files: name and content of each.
  private func letter(
    _ text: String, _ files: [(name: String, content: String)], from: String = "ana@example.net", id: String = "1@x"
  ) -> String {
    var letter = Letter(from: from, to: copy.field("Reply-To"), text: "", id: id)
    letter.more = ["X-Test: 1"]
    let head = letter.raw.split(separator: "\r\n").filter { !$0.hasPrefix("Content-Type") }.joined(separator: "\r\n")
    let parts = files.map { name, content in
      """
      --b
      Content-Type: application/octet-stream
      Content-Disposition: attachment; filename="\(name)"
      Content-Transfer-Encoding: base64

      \(Data(content.utf8).base64EncodedString(options: .lineLength76Characters))

      """
    }
    return head + "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      + "--b\nContent-Type: text/plain; charset=utf-8\n\n\(text)\n" + parts.joined() + "--b--\n"
  }

  private func handle(keeping rules: AttachmentRules? = rules) throws -> [Received.Outcome: Int] {
    var settings = site.handling
    settings.attachments = rules
    return try site.handle(settings)
  }

  @discardableResult
  private func post(to store: AttachmentStore?, over poster: (any ReplyPoster)? = nil) throws -> PostStage.Report {
    try PostStage(site.context, PostStage.Settings(attachments: store), poster: poster ?? site.fixture.writer).runOnce()
  }

  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
  }

  private var last: String { get throws { try #require(try site.bodies(in: thread).last) } }

  private func notices() throws -> [ScriptedRelay.Mail] {
    try site.deliver()
    return site.relay.accepted.filter { $0.text.contains("Auto-Submitted: auto-replied") }
  }

  @Test("I4: kept files lie under names of ours, and stand in the post, and in its copies, with name, size and link")
  func kept() throws {
    try site.receive(letter("My words.", [("../My <report>.pdf", Self.pdf), ("notes.html", "plain words")]))
    #expect(
      try handle(
        keeping: AttachmentRules(
          kinds: Set(FileKind.allCases), fileLimit: 4000, messageLimit: 6000, countLimit: 3)) == [.reply: 1])
    #expect(try files.isEmpty, "nothing is served before it is posted")
    try post(to: store)
    let names = try files
    #expect(names.count == 2 && names.allSatisfy(AttachmentStore.isOurs))
    let (pdf, txt) = (
      try #require(names.first { $0.hasSuffix(".pdf") }), try #require(names.first { $0.hasSuffix(".txt") })
    )
    #expect(
      try last == """
        My words.

        - My _report_.pdf (2 KB): https://files.example.org/f/\(pdf)
        - notes.html (1 KB): https://files.example.org/f/\(txt)
        """)
    #expect(try String(contentsOfFile: "\(directory.path)/\(pdf)", encoding: .utf8) == Self.pdf)
    #expect(try notices().isEmpty)
    try site.settle()
    try site.deliver()
    let mail = try #require(site.relay.mails(to: "ben").first)
    #expect(mail.words.contains("My _report_.pdf (2 KB): https://files.example.org/f/\(pdf)"))
  }

  @Test("I4: a file that is not kept is told to its author, with its size and why; the words are posted")
  func left() throws {
    let big = Self.pdf + String(repeating: "y", count: 3000)
    try site.receive(
      letter(
        "My words.",
        [
          ("page.png", "<html><script>1</script>"), ("big.pdf", big), ("a.pdf", Self.pdf),
          ("sum.pdf", Self.pdf + String(repeating: "z", count: 2400)), ("b.pdf", Self.pdf), ("c.pdf", Self.pdf),
          ("d.txt", "the third"), ("e.txt", "the fourth"),
        ]))
    _ = try handle()
    try post(to: store)
    #expect(try files.count == 3)
    #expect(try last.hasPrefix("My words.\n\n- a.pdf (2 KB)"))
    #expect(try last.contains("- sum.pdf (4 KB)") && last.contains("- d.txt (1 KB)"))
    let words = try #require(try notices().first).words
    for told in [
      "page.png (1 KB) Files of this kind are not accepted.", "big.pdf (5 KB) It is larger than 4 KB",
      "b.pdf (2 KB) With it, the files of the message are larger than 6 KB", "c.pdf (2 KB) With it,",
      "e.txt (1 KB) It is one too many. Accepted in one message: 3.",
    ] { #expect(words.contains(told), "\(told) in \(words)") }
  }

  @Test("I4: where no file is kept the author hears which ones were left out")
  func leftByDefault() throws {
    try site.receive(letter("My words.", [("a.pdf", Self.pdf)]))
    #expect(try handle(keeping: nil) == [.reply: 1])
    try post(to: nil)
    #expect(try last == "My words.")
    #expect(try #require(try notices().first).words.contains("a.pdf (2 KB)"))
  }

  @Test("I4: a mail of a file and no words is posted with the list alone, or comes back where the file is not kept")
  func alone() throws {
    let quoted = "On 26 May 2026, Somebody wrote:\n> nothing at all"
    try site.receive(letter("", [("a.pdf", Self.pdf)]))
    try site.receive(letter(quoted, [("b.pdf", Self.pdf + "2")], id: "2@x"))
    #expect(try handle() == [.reply: 2])
    try post(to: store)
    #expect(try site.bodies(in: thread).suffix(2).map { String($0.prefix(7)) } == ["- a.pdf", "- b.pdf"])
    try site.receive(letter("", [("c.exe", "MZ\u{1}")], id: "3@x"))
    try site.receive(letter("", [("d.pdf", Self.pdf + "3")], id: "4@x"))
    #expect(try handle() == [.reply: 1, .refused: 1])
    #expect(try #require(try notices().first).words.contains("c.exe"))
    // What was to be kept, and cannot be by now.
    #expect(try post(to: nil).refused == 1)
    #expect(try site.bodies(in: thread).count == 3)
  }

  @Test("I4, I5: files that cannot be written keep their reply waiting, are told, and hold up no other reply")
  func unwritable() throws {
    try site.receive(letter("With a file.", [("a.pdf", Self.pdf)]))
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "Without.", id: "2@x").raw)
    _ = try handle()
    let gone = AttachmentStore(directory: directory.path + "/none", url: "https://files.example.org/f")
    #expect(throws: UnusableFile.self) { try gone.check() }
    var step = StepReport("post")
    try PostStage(site.context, PostStage.Settings(attachments: gone), poster: site.fixture.writer).run(&step)
    #expect(step.troubles.map(\.topic) == [.attachments] && step.troubles[0].what?.contains("/none") == true)
    #expect(try last == "Without.")
    site.clock.now = site.clock.now + 30 * 86_400
    #expect(try post(to: gone).unkept == 1)
    try store.check()
    #expect(try post(to: store).posted == 1)
    #expect(try last.hasPrefix("With a file.\n\n- a.pdf"))
  }

  @Test(
    "I4, I5: wherever a run dies, a reply with a file is posted once, with one file",
    arguments: FaultingDatabase.Moment.allCases)
  func crashes(_ moment: FaultingDatabase.Moment) throws {
    for commit in 1... {
      let one = try AttachmentTests()
      let raw = one.letter("My words.", [("a.pdf", Self.pdf)])
      let run = {
        try one.site.receive(raw)
        _ = try one.handle()
        try one.post(to: one.store)
      }
      let database = one.site.crash(atCommit: commit, moment)
      do { try run() } catch {}
      guard database.hasCrashed else {
        #expect(commit > 4)
        break
      }
      one.site.restart()
      try run()
      let names = try one.files
      #expect(names.count == 1, "commit \(commit)")
      let bodies = try one.site.bodies(in: one.thread)
      #expect(bodies.count == 2 && bodies[1].hasSuffix(names[0]), "commit \(commit): \(bodies)")
    }
  }

  @Test("I3, I4: of a letter from another address only the words wait for the person's yes")
  func elsewhere() throws {
    try site.receive(letter("My words.", [("a.pdf", Self.pdf)], from: "ana@other.example"))
    #expect(try handle() == [.parked: 1])
    let id = try #require(try site.ledger.parkedReplies(limit: 1).first).received
    #expect(try site.ledger.releaseReply(id, now: site.clock.now))
    try post(to: store)
    #expect(try last == "My words." && files.isEmpty)
  }

  @Test("I4, I9: equal words with another file are not the same again; with the same file they are")
  func repeated() throws {
    try site.receive(letter("", [("a.pdf", Self.pdf)]))
    try site.receive(letter("", [("a.pdf", Self.pdf + "2")], id: "2@x"))
    #expect(try handle() == [.reply: 2])
    try site.receive(letter("", [("b.pdf", Self.pdf)], id: "3@x"))
    #expect(try handle() == [.parked: 1])
    let parked = try #require(try site.ledger.parkedReplies(limit: 1).first)
    #expect(parked.reply.parking == .repeated && parked.reply.shownText == "- b.pdf (2 KB)")
  }

  @Test("I4: what runs that died left behind is cleared; files of posts, and others' files, stay")
  func cleared() throws {
    try site.receive(letter("Refused.", [("a.pdf", Self.pdf)]))
    try site.receive(letter("Posted.", [("b.pdf", Self.pdf)], id: "2@x"))
    _ = try handle()
    let name = String(repeating: "a", count: 32) + ".pdf"
    for other in [".new-" + name, ".new-others", "others.pdf"] {
      try Data("x".utf8).write(to: URL(filePath: "\(directory.path)/\(other)"))
    }
    let answers = AnsweringPoster { .refused(.noRight) }
    try post(to: store, over: answers)
    #expect(try files.count == 5)
    try site.receive(letter("Posted after all.", [("c.pdf", Self.pdf)], id: "3@x"))
    _ = try handle()
    try post(to: store)
    // The clock of the files is the machine's, that of the site stands in May.
    let prune = { (at: Timestamp) in
      site.clock.now = at
      return try PruneStage(site.context, PruneStage.Settings(attachments: store)).runOnce().files
    }
    #expect(try prune(site.clock.now) == 2)
    #expect(try Set(files).isSuperset(of: [".new-" + name, ".new-others", "others.pdf"]) && files.count == 4)
    #expect(store.removeUnfinished(before: Timestamp(.max)) == 1)
    #expect(try files.count == 3)
    #expect(try last.hasSuffix(#require(try files.last { AttachmentStore.isOurs($0) })))
  }

  @Test("I4, X3: a name that is not ours, or a link in a file's place, is never written through or removed")
  func names() throws {
    for name in ["../a.pdf", "a.pdf", ".pdf", String(repeating: "a", count: 32) + ".html", ""] {
      #expect(throws: UnusableFile.self) { try store.keep([1], as: name) }
      #expect(store.remove([name]) == 0)
    }
    let name = String(repeating: "a", count: 32) + ".txt"
    let outside = try TemporaryDirectory()
    let target = "\(outside.path)/target"
    try Data("before".utf8).write(to: URL(filePath: target))
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory.path)/.new-\(name)", withDestinationPath: target)
    try store.keep(Array("after".utf8), as: name)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "before")
    #expect(try String(contentsOfFile: "\(directory.path)/\(name)", encoding: .utf8) == "after")
    #expect(try files == [name])
  }

  @Test("I4: what an older version noted, names in lines, is told as it was; whatever else is noted is no file of ours")
  func oldNotes() {
    #expect(ReplyFiles(notes: "a.exe\n{b}.zip").left.map(\.name) == ["a.exe", "{b}.zip"])
    #expect(ReplyFiles(notes: "").notes == "")
    let files = ReplyFiles(
      kept: [.init(number: 1, stored: "s", name: "a", octets: 1)], left: [.init(name: "b", octets: 2, reason: .kind)])
    #expect(ReplyFiles(notes: files.notes) == files)
    #expect(ReplyFiles(notes: "{\"kept\":1}").kept.isEmpty)
  }

  @Test("I4: kept are the first files that have room; each other one is told why", arguments: [true, false])
  func limits(isReversed: Bool) {
    func file(_ number: Int, _ size: Int, _ head: String = "%PDF-1.7") -> AttachedFile? {
      let raw = letter("", [("\(number).pdf", head + String(repeating: "x", count: size - head.utf8.count))])
      return MessageReader().files(in: Array(raw.utf8))?.first
    }
    let rules = AttachmentRules(kinds: [.pdf], fileLimit: 100, messageLimit: 250, countLimit: 3)
    let rows = [
      (1, 100, nil), (2, 101, "too large"), (3, 100, nil), (4, 60, "together"), (5, 50, nil), (6, 10, "many"),
    ]
    let sorted = rules.sorted((isReversed ? rows.reversed() : rows).compactMap { file($0.0, $0.1) })
    #expect(sorted.kept.count == 3)
    if !isReversed {
      #expect(sorted.kept.map(\.file.name) == ["1.pdf", "3.pdf", "5.pdf"])
      #expect(
        sorted.left.map(\.reason) == [.tooLarge(limit: 100), .tooLargeTogether(limit: 250), .tooMany(limit: 3)])
    } else {
      #expect(sorted.kept.map(\.file.name) == ["6.pdf", "5.pdf", "4.pdf"])
    }
    #expect(rules.sorted([file(1, 50, "GIF89a")].compactMap(\.self)).left.map(\.reason) == [.kind])
  }
}
