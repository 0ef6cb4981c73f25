import Time

/// Decides which fault strikes an event. Pure: equal events in an equal order give equal answers, and whether `rate`
/// strikes a recipient does not even depend on the order, so that it repeats with many connections.
struct FaultPlan {
  /// What the plan needs to know of an event.
  struct Event {
    var stage: Fault.Stage
    /// Domain of the reverse-path; empty for the null reverse-path.
    var senderDomain = ""
    /// The one recipient at RCPT; those accepted afterwards.
    var recipients: [String] = []
  }

  private let faults: [Fault]
  /// Of the faults, in their order; nil for a fault that strikes all.
  private let patterns: [Glob?]
  private let seed: UInt64
  /// How many events each fault was asked about, for `every`.
  private var seen: [Int]
  /// How often each struck, for `times`.
  private var struck: [Int]
  /// For faults with a rate: how often each recipient (or "", before there is one) has come up.
  private var draws: [[String: UInt64]]
  /// When each pair of sender's domain and recipient was first seen.
  private var greylisted: [String: Timestamp] = [:]
  private let stages: Set<Fault.Stage>

  init(_ faults: [Fault], seed: UInt64) {
    self.faults = faults
    self.seed = seed
    patterns = faults.map { $0.recipient.map { Glob($0) } }
    seen = faults.map { _ in 0 }
    struck = seen
    draws = faults.map { _ in [:] }
    stages = Set(faults.map(\.stage))
  }

  /// The first fault that strikes, if any; counts the event for each fault that it passes.
  mutating func strike(_ event: Event, now: () -> Timestamp) -> Fault.Kind? {
    guard stages.contains(event.stage) else { return nil }
    for index in faults.indices where faults[index].stage == event.stage {
      if strikes(index, event, now: now) { return faults[index].kind }
    }
    return nil
  }

  /// The conditions in the order of their cost; only an event that a fault is about counts for its `every`.
  private mutating func strikes(_ index: Int, _ event: Event, now: () -> Timestamp) -> Bool {
    let fault = faults[index]
    if let pattern = patterns[index], !event.recipients.contains(where: pattern.matches) { return false }
    if let times = fault.times, struck[index] >= times { return false }
    seen[index] += 1
    guard seen[index].isMultiple(of: fault.every) else { return false }
    if fault.rate < 1, draw(index, event.recipients.first ?? "") >= fault.rate { return false }
    if case .greylist(let seconds) = fault.kind {
      let pair = event.senderDomain + " " + (event.recipients.first ?? "").lowercased()
      if let first = greylisted[pair] { return now() < first + Int64(seconds) && note(index) }
      greylisted[pair] = now()
    }
    return note(index)
  }

  /// Counts a strike, and is true.
  private mutating func note(_ index: Int) -> Bool {
    struck[index] += 1
    return true
  }

  /// A number in 0..<1 from seed, fault, recipient and how often that recipient has come up here.
  private mutating func draw(_ index: Int, _ recipient: String) -> Double {
    let turn = draws[index][recipient, default: 0]
    draws[index][recipient] = turn + 1
    var state = seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ turn &* 0xD1B5_4A32_D192_ED03
    // FNV-1a, then the finisher of SplitMix64: Swift's own hash changes with every process.
    for byte in recipient.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
    state ^= state >> 31
    return Double(state >> 11) * 0x1p-53
  }
}
