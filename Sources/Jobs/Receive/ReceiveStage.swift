import Inbound
import Ledger
import Mailboxes
import Time

/// Takes mail out of its mailbox: each message is recorded in a commit of its own, and only then removed (rule I1). What
/// is recorded already is removed as well: a run died between the two.
public struct ReceiveStage {
  /// What one run did.
  public struct Report: Hashable, Sendable {
    /// Recorded.
    public var taken = 0
    /// Found again.
    public var known = 0
    /// Larger than is taken in: their headers were recorded.
    public var tooLarge = 0
    /// Left in the mailbox, since they cannot be read there.
    public var unreadable = 0
    /// Why, of the first of them.
    public var unreadableBecause: String?
    /// What the mailbox has to say, though nothing failed.
    public var remarks: [String] = []
    /// Nothing was done.
    public init() {}
  }

  let context: StageContext
  /// nil: there is none, and mail comes by `watchpost receive` alone.
  let mailbox: () throws -> (any Mailbox)?

  /// - Parameter mailbox: asked for once in a run.
  public init(_ context: StageContext, mailbox: @escaping () throws -> (any Mailbox)?) {
    self.context = context
    self.mailbox = mailbox
  }

  /// One run: everything that lies in the mailbox, in its order.
  /// - Throws: `MailboxTrouble` or `DatabaseError`; what was recorded before stays recorded.
  public func runOnce() throws -> Report {
    var report = Report()
    try run(&report)
    return report
  }

  func run(_ report: inout Report) throws {
    guard let mailbox = try mailbox() else { return }
    defer { report.remarks = mailbox.remarks }
    while !context.isStopping(), let message = try mailbox.next(passing: { _ in false }) {
      let raw: [UInt8]
      switch message.content {
      case .whole(let octets): raw = octets
      case .tooLarge(let header):
        raw = header
        report.tooLarge += 1
      case .unreadable(let why):
        report.unreadable += 1
        report.unreadableBecause = report.unreadableBecause ?? why
        continue
      }
      let now = context.now()
      // POP3 tells no moment; our own server's field does (rule I7). Either clock may be ahead of ours.
      let arrived = (message.entry.arrived ?? MessageIdentity.lastReceived(raw).flatMap(Timestamp.init(rfc5322:)))
        .map { min($0, now) }
      let draft = Received.Draft(
        identity: MessageIdentity.of(raw), mailbox: mailbox.label, arrivedAt: arrived ?? now, raw: raw,
        size: message.entry.size)
      if try context.ledger.takeIn(draft, now: now) == nil { report.known += 1 } else { report.taken += 1 }
      try mailbox.remove(message.entry)
    }
    try mailbox.close()
  }
}

extension ReceiveStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.receive
  /// Two of them would take each other's messages away while they are read.
  public static let isExclusive = true

  /// Takes in, and says so. A mailbox that cannot be used ends nothing: what came in before is still handled.
  public func run(_ step: inout StepReport) throws {
    var report = Report()
    step.look(at: [.mailbox], .over)
    do {
      try run(&report)
    } catch let trouble as MailboxTrouble where trouble.kind != .stopped {
      let isLasting = [.login, .tls, .folder].contains(trouble.kind)
      step.troubles.append(
        Trouble(.mailbox, trouble.description, status: isLasting ? .configuration : .unavailable))
    } catch is MailboxTrouble {
      step.status = .workLeft
    }
    step.count("taken", report.taken)
    step.count("known", report.known)
    step.count("too large", report.tooLarge)
    step.count("unreadable", report.unreadable, isWaiting: true)
    step.warnings += report.remarks
    if report.tooLarge > 0 {
      step.warnings.append(
        """
        \(report.tooLarge) messages are larger than `inbound.max_size`: only their headers were kept; participants \
        whose reply it was are told
        """)
    }
    if let why = report.unreadableBecause {
      step.troubles.append(
        Trouble(
          .mailbox, named: "unreadable",
          "\(report.unreadable) messages cannot be fetched and stay in the mailbox: \(why)",
          advice: "Look at them with a mail program, and remove them by hand.", size: report.unreadable,
          status: .workLeft))
    }
  }
}

extension Step {
  /// Take mail out of its mailbox.
  public static let receive = Step(rawValue: "receive")
}
