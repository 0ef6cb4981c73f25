import Foundation
import Mail

/// How a run ended, as the program's exit status (rule O2, sysexits.h).
public enum ExitStatus: Int32, Sendable, CaseIterable {
  case done = 0
  /// The command line is wrong.
  case usage = 64
  /// The relay, the forum or the ledger cannot be used.
  case unavailable = 69
  /// A bug: the state is not what it must be.
  case software = 70
  /// Work is left for the next run: stopped by the deadline or a signal, or held for the admin.
  case workLeft = 75
  /// The configuration is wrong.
  case configuration = 78

  /// The meaning, as the README's table has it.
  public var meaning: String {
    switch self {
    case .done: "done, also when there was nothing to do or another run of the job holds its lock"
    case .usage: "wrong command line"
    case .unavailable:
      "the relay, the forum's database or the ledger cannot be used; nothing is lost, the next run tries again"
    case .software: "a bug in Watchpost"
    case .workLeft:
      "work is left for the next run: stopped by the deadline or a signal, held for the admin, or a lock held for too long"
    case .configuration:
      """
      the configuration, a job file, a mapping or a template is wrong: the message names file and line; or a database is \
      none of Watchpost's, or a newer one's
      """
    }
  }
}

/// What one step of a run did.
public struct StepReport: Hashable, Sendable {
  public var step: String
  /// What it counted, in order; zeros included.
  public var counts: [Count]
  /// Sentences for the admin: what is held, paused or down.
  public var warnings: [String] = []
  public var status: ExitStatus = .done

  public struct Count: Hashable, Sendable {
    public var name: String
    public var value: Int
    /// Says what waits, not what was done.
    public var isWaiting = false
  }

  public init(
    _ step: String, _ counts: [(String, Int)], waiting: [(String, Int)] = [], warnings: [String] = [],
    status: ExitStatus = .done
  ) {
    self.step = step
    self.counts =
      counts.map { Count(name: $0.0, value: $0.1) }
      + waiting.map { Count(name: $0.0, value: $0.1, isWaiting: true) }
    self.warnings = warnings
    self.status = status
  }

  public func count(_ name: String) -> Int { counts.first { $0.name == name }?.value ?? 0 }
}

/// What one run of a job did.
public struct RunReport: Hashable, Sendable {
  public var job: String
  public var startedAt: Timestamp
  public var endedAt: Timestamp
  public var steps: [StepReport]
  public var status: ExitStatus

  public init(job: String, startedAt: Timestamp, endedAt: Timestamp, steps: [StepReport], status: ExitStatus) {
    (self.job, self.startedAt, self.endedAt, self.steps, self.status) = (job, startedAt, endedAt, steps, status)
  }

  /// Whether it did anything worth remembering. Posts that merely wait are not: an idle run writes nothing.
  public var isEventful: Bool {
    status != .done || steps.contains { $0.counts.contains { $0.value != 0 && !$0.isWaiting } }
  }

  /// One line: `dispatch: collect seen 3, journalled 3; fan-out posts 3, instant 40; deliver sent 40 (2 s)`.
  public var line: String {
    let parts = steps.compactMap { step -> String? in
      let counts = step.counts.filter { $0.value != 0 }.map { "\($0.name) \($0.value)" }
      return counts.isEmpty ? nil : "\(step.step) \(counts.joined(separator: ", "))"
    }
    return "\(job): \(parts.isEmpty ? "nothing to do" : parts.joined(separator: "; ")) (\(endedAt - startedAt) s)"
  }

  /// One JSON object; its keys are an interface.
  public var json: String {
    struct Output: Encodable {
      var job: String
      var started: String
      var ended: String
      var exit: Int32
      var steps: [[String: JSONValue]]
    }
    let steps = steps.map { step -> [String: JSONValue] in
      var object: [String: JSONValue] = ["step": .text(step.step), "warnings": .texts(step.warnings)]
      for count in step.counts { object[count.name.replacing(" ", with: "_")] = .number(count.value) }
      return object
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let output = Output(
      job: job, started: startedAt.description, ended: endedAt.description, exit: status.rawValue, steps: steps)
    do {
      return String(decoding: try encoder.encode(output), as: UTF8.self)
    } catch {
      preconditionFailure("a run report of texts and numbers cannot be encoded: \(error)")
    }
  }
}

private enum JSONValue: Encodable {
  case text(String)
  case texts([String])
  case number(Int)

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .texts(let texts): try container.encode(texts)
    case .number(let number): try container.encode(number)
    }
  }
}
