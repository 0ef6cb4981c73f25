import Time

/// What one run of a job did.
public struct RunReport: Hashable, Sendable {
  /// The job's name, as `watchpost run` was given it.
  public var job: String
  /// When its first step began, by the clock that all who share the ledger go by.
  public var startedAt: Timestamp
  /// When its last step had ended.
  public var endedAt: Timestamp
  /// What its steps did, in their order; steps that were not begun are not there.
  public var steps: [StepReport]
  /// How it ended: the program's exit status.
  public var status: ExitStatus

  /// Puts together what a run did.
  public init(job: String, startedAt: Timestamp, endedAt: Timestamp, steps: [StepReport], status: ExitStatus) {
    self.job = job
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.steps = steps
    self.status = status
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
    // The names are the interface, so they do not follow those of the properties.
    struct Output: Encodable {
      var job: String
      var started: String
      var ended: String
      var exit: Int32
      var steps: [[String: JSONValue]]
    }
    let steps = steps.map { step -> [String: JSONValue] in
      var object: [String: JSONValue] = ["step": .text(step.step), "warnings": .texts(step.words)]
      for count in step.counts { object[count.name.replacing(" ", with: "_")] = .number(count.value) }
      return object
    }
    return jsonLine(
      Output(
        job: job, started: startedAt.description, ended: endedAt.description, exit: status.rawValue, steps: steps))
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
