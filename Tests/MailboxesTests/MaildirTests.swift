import Foundation
import Glibc
import TestSupport
import Testing
import Time

@testable import Mailboxes

@Suite("I1: a Maildir", .timeLimit(.minutes(10)))
struct MaildirTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    for folder in ["new", "cur", "tmp"] {
      try FileManager.default.createDirectory(atPath: directory(folder), withIntermediateDirectories: false)
    }
  }

  private func mailbox(maxSize: Int = 1000, pageSize: Int = 10_000) -> MaildirMailbox {
    MaildirMailbox(path: directory.path, maxSize: maxSize, pageSize: pageSize)
  }

  private var files: [String] {
    get throws {
      try ["cur", "new", "tmp"].flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: directory(folder)).sorted().map { "\(folder)/\($0)" }
      }
    }
  }

  /// Seconds since 1970 that a file is said to be written at.
  private func age(_ name: String, _ seconds: Int) {
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    let isSet = [time, time].withUnsafeBufferPointer { utimensat(AT_FDCWD, directory(name), $0.baseAddress, 0) }
    #expect(isSet == 0)
  }

  @Test("I1: what is recorded and removed is gone, in new and in cur; what is not stays and comes again; tmp is let be")
  func removed() throws {
    try directory.write("new/1779796802.M2.host", "two")
    try directory.write("cur/1779796801.M1.host:2,S", "one")
    try directory.write("new/1779796803.M3.host", "three")
    try directory.write("tmp/1779796800.M0.host", "not yet whole")
    let mailbox = mailbox()
    for text in ["one", "two"] {
      let message = try #require(try mailbox.next { _ in false })
      #expect(message.content == .whole(Array(text.utf8)))
      try mailbox.remove(message.entry)
    }
    #expect(try mailbox.next { _ in false }?.content == .whole(Array("three".utf8)))
    #expect(try mailbox.next { _ in false } == nil)
    mailbox.close()
    #expect(try files == ["new/1779796803.M3.host", "tmp/1779796800.M0.host"])
    let again = try #require(try self.mailbox().next { _ in false })
    #expect(again.entry.name == "1779796803.M3.host" && again.entry.size == 5)
  }

  @Test("I7: a message came when its name says, or, where the name says nothing, when its file was written")
  func arrival() throws {
    let names = [
      ("1779796801.M1P2.host", 1_779_796_801), ("1779796801", 1_779_796_801), ("12.44.host", 1_600_000_000),
      ("1779796800000000.1_2.capture", 1_600_000_000), ("mail-7", 1_600_000_000), ("1779796801x", 1_600_000_000),
    ]
    for (name, _) in names {
      try directory.write("new/\(name)", "x")
      age("new/\(name)", 1_600_000_000)
    }
    var arrived: [String: Int64] = [:]
    let mailbox = mailbox()
    while let message = try mailbox.next(passing: { _ in false }) {
      arrived[message.entry.name] = message.entry.arrived?.seconds
    }
    for (name, seconds) in names { #expect(arrived[name] == Int64(seconds), "\(name)") }
  }

  @Test(
    "In order of arrival, whichever directory they lie in, however few names are kept at a time", arguments: [1, 7, 50])
  func order(pageSize: Int) throws {
    var random = SplitMix64(seed: 7)
    let names = (0..<50).map { "\(1_779_796_800 + $0).M\($0).host" }
    for name in names.shuffled(using: &random) {
      try directory.write(Bool.random(using: &random) ? "new/\(name)" : "cur/\(name):2,", name)
    }
    let mailbox = mailbox(pageSize: pageSize)
    var given: [String] = []
    while let message = try mailbox.next(passing: { _ in false }) {
      given.append(message.entry.name)
      if Bool.random(using: &random) { try mailbox.remove(message.entry) }
    }
    #expect(given == names)
  }

  @Test("I1: a message that a mail program moves and flags meanwhile is found again, read and removed")
  func moved() throws {
    try directory.write("new/1779796801.M1.host", "one")
    try directory.write("new/1779796802.M2.host", "two")
    let mailbox = mailbox()
    let first = try #require(try mailbox.next { _ in false })
    for number in 1...2 {
      try FileManager.default.moveItem(
        atPath: directory("new/177979680\(number).M\(number).host"),
        toPath: directory("cur/177979680\(number).M\(number).host:2,RS"))
    }
    try mailbox.remove(first.entry)
    let second = try #require(try mailbox.next { _ in false })
    #expect(second.content == .whole(Array("two".utf8)))
    #expect(try files == ["cur/1779796802.M2.host:2,RS"])
    try mailbox.remove(second.entry)
    try mailbox.remove(second.entry)
    #expect(try files.isEmpty)
  }

  @Test("A message that somebody else took away meanwhile is passed over, and no trouble to remove")
  func vanished() throws {
    try directory.write("new/1779796801.M1.host", "one")
    try directory.write("new/1779796802.M2.host", "two")
    let mailbox = mailbox()
    let first = try #require(try mailbox.next { _ in false })
    for file in try files { try FileManager.default.removeItem(atPath: directory(file)) }
    #expect(try mailbox.next { _ in false } == nil)
    try mailbox.remove(first.entry)
  }

  @Test("X3: what is too large is told with its size and header, and left; at the limit it is whole")
  func tooLarge() throws {
    let text = "Subject: x\r\n\r\n" + String(repeating: "y", count: 986)
    try directory.write("new/1779796801.M1.host", text)
    try directory.write("new/1779796802.M2.host", text + "y")
    let mailbox = mailbox(maxSize: 1000)
    #expect(try mailbox.next { _ in false }?.content == .whole(Array(text.utf8)))
    let message = try #require(try mailbox.next { _ in false })
    #expect(message.content == .tooLarge(header: Array("Subject: x\r\n".utf8)) && message.entry.size == 1001)
    #expect(try files.count == 2)
  }

  @Test("X3: of a header without end only so much is kept")
  func endlessHeader() throws {
    try directory.write("new/1779796801.M1.host", String(repeating: "x", count: 300_000))
    guard case .tooLarge(let header)? = try mailbox(maxSize: 200_000).next(passing: { _ in false })?.content else {
      Issue.record("it was taken")
      return
    }
    #expect(header.count == MailboxMessage.headerLimit)
  }

  @Test("A message that is passed is not opened, stays, and stops no other")
  func passed() throws {
    try directory.write("new/1779796801.M1.host", "one")
    try directory.write("new/1779796802.M2.host", "two")
    let mailbox = mailbox()
    let message = try mailbox.next { $0.name == "1779796801.M1.host" }
    #expect(message?.content == .whole(Array("two".utf8)))
    #expect(try files.count == 2)
  }

  @Test("X3: a pipe, a link and a directory hold up nothing and lead nowhere; hidden files are none of ours")
  func odd() throws {
    #expect(mkfifo(directory("new/1779796801.pipe"), 0o600) == 0)
    #expect(symlink("/etc/hostname", directory("new/1779796802.link")) == 0)
    #expect(mkdir(directory("new/1779796803.directory"), 0o700) == 0)
    try directory.write("new/.hidden", "x")
    try directory.write("new/1779796804.M1.host", "one")
    let mailbox = mailbox()
    for _ in 1...3 {
      guard case .unreadable? = try mailbox.next(passing: { _ in false })?.content else {
        Issue.record("it was read")
        return
      }
    }
    #expect(try mailbox.next { _ in false }?.content == .whole(Array("one".utf8)))
    #expect(try mailbox.next { _ in false } == nil)
  }

  @Test(
    "X3: octets in a file's name that are no text, a blank and a percent sign make a name that leads back to the file")
  func names() throws {
    let name: [UInt8] = Array("1779796801.M1.h% ".utf8) + [0xFF, 0x0A]
    let path = (Array(directory("new/").utf8) + name + [0]).map { CChar(bitPattern: $0) }
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
    #expect(descriptor >= 0 && Glibc.close(descriptor) == 0)
    let mailbox = mailbox()
    let message = try #require(try mailbox.next { _ in false })
    #expect(message.entry.name == "1779796801.M1.h%25%20%FF%0A" && message.content == .whole([]))
    // As a later run has it, which did not list it just now.
    let another = self.mailbox()
    try another.remove(message.entry)
    #expect(try files.isEmpty)
  }

  @Test(
    "X1: an entry's name leads to no file outside", arguments: ["..%2F..%2Fetc", "%2Fetc", "..", "%00", "%", "%4", ""])
  func outside(name: String) throws {
    #expect(MaildirPlace.name(of: name) == nil)
    try mailbox().remove(MailboxEntry(name: name, size: nil, arrived: nil))
  }

  @Test("NUL octets, no octets at all, and lines without end are a message's own business")
  func anything() throws {
    try directory.write("new/1779796801.M1.host", "\0\0\n\0")
    try directory.write("new/1779796802.M2.host", "")
    let mailbox = mailbox()
    #expect(try mailbox.next { _ in false }?.content == .whole([0, 0, 10, 0]))
    #expect(try mailbox.next { _ in false }?.content == .whole([]))
  }

  @Test("A directory that is not there, or is no Maildir, is told as such, with its path")
  func missing() throws {
    for path in [directory("nowhere"), directory("new")] {
      let mailbox = MaildirMailbox(path: path, maxSize: 1000)
      let trouble = #expect(throws: MailboxTrouble.self) { try mailbox.next { _ in false } }
      #expect(trouble?.kind == .folder && trouble?.mailbox == "maildir:\(path)")
      #expect(trouble?.description.contains("\(path)/new: No such file or directory; a Maildir has") == true)
    }
  }

  @Test("What may not be removed is told with the file; what may not be read is one message's trouble")
  func forbidden() throws {
    guard getuid() != 0 else { return }
    try directory.write("new/1779796801.M1.host", "one")
    try directory.write("new/1779796802.M2.host", "two")
    chmod(directory("new/1779796801.M1.host"), 0)
    chmod(directory("new"), 0o500)
    defer { chmod(directory("new"), 0o700) }
    let mailbox = mailbox()
    #expect(try mailbox.next { _ in false }?.content == .unreadable("Permission denied"))
    let message = try #require(try mailbox.next { _ in false })
    let trouble = #expect(throws: MailboxTrouble.self) { try mailbox.remove(message.entry) }
    #expect(trouble?.kind == .storage && trouble?.message == message.entry.name)
  }
}
