import ArgumentParser
import Foundation
import Glibc
import Inbound
import Jobs
import Ledger
import Settings

/// `watchpost receive`: a message on standard input, from the mail server's pipe.
struct ReceiveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receive", abstract: "Take in one message from standard input: for the mail server's pipe.",
    discussion: """
      The message is recorded and nothing else is done; the job inbound handles it. Exit 0 says that it is recorded. Any \
      trouble is exit 75: the mail server keeps the message and tries again, whatever is wrong here. No octets at all \
      are a message too: recorded, and nothing follows from it.

      For Postfix, in master.cf: forum unix - n n - - pipe flags=DRX user=watchpost \
      argv=/usr/local/bin/watchpost receive ${recipient}
      """)

  @Argument(help: "The address that it is for, as the mail server's envelope has it.")
  var recipient: String?
  @OptionGroup var option: ConfigurationOption

  func run() async throws {
    do {
      let configuration = try Installation.configuration(option)
      try Installation.refuseForeignOwner(configuration)
      let (ledger, clock) = try Installation.openLedger(configuration)
      let (raw, size) = try ReceiveCommand.read(limit: configuration.inbound.maxSize)
      let now = clock.now()
      _ = try ledger.takeIn(
        Received.Draft(
          identity: MessageIdentity.of(raw, for: recipient), mailbox: "pipe", recipient: recipient, arrivedAt: now,
          raw: raw, size: size
        ),
        now: now)
    } catch {
      // Whatever it is, it is not the message's fault: it must not go back to its sender (RFC 3464 is no remedy here).
      printError("watchpost receive: \(Failure(error).message)")
      throw ExitCode(ExitStatus.workLeft.rawValue)
    }
  }

  /// What is larger is read to its end and cut: its header is what can be answered.
  private static func read(limit: Int) throws -> (raw: [UInt8], size: Int) {
    var raw: [UInt8] = []
    var size = 0
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw Failure(.unavailable, "standard input cannot be read: \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      size += count
      if raw.count < limit { raw += chunk[..<min(count, limit - raw.count)] }
    }
    if size > limit, let end = headerEnd(raw) { raw.removeSubrange(end...) }
    return (raw, size)
  }

  private static func headerEnd(_ raw: [UInt8]) -> Int? {
    var previous: UInt8 = 0
    for (index, octet) in raw.prefix(1_000_000).enumerated() where octet != 0x0D {
      if octet == 0x0A, previous == 0x0A { return index + 1 }
      previous = octet
    }
    return nil
  }
}
