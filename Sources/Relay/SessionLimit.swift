import DeliveryPolicy
import Identifiers

/// Tells a relay that has taken its fill on a connection from one that refuses a message for now.
///
/// Some relays answer 4xx to every message behind the tenth, say, or 5xx to its MAIL or in words that are never about a
/// recipient, and leave it to us to hang up. The words differ, so what they mean is tried: a message that is refused so on
/// a connection that others were accepted on is given back, spending nothing, and goes first over a fresh one.
///
/// ```
/// unknown ── refused behind accepted ones ──▶ asked ── accepted when it is first ──▶ limit
///                                               └────── refused so when it is first ──▶ ordinary ◀──┘
/// ```
/// That is asked once for each wording and at most ``mostQuestions`` times a run; a message is given back once at most.
/// What speaks of the recipient (4.1.x, 4.2.x) is never asked about. So greylisting costs a run one connection more.
struct SessionLimit {
  /// Wordings that are asked about in a run.
  static let mostQuestions = 5

  private enum Meaning { case asked, limit, ordinary }

  /// By the refusals' gist.
  private var meanings: [String: Meaning] = [:]
  /// What was given back, with the gist and how many messages had been accepted before it; kept to the end of the run.
  private var givenBack: [DeliveryID: (gist: String, accepted: Int)] = [:]
  /// How often a limit was met after so many accepted messages.
  private var met: [Int: Int] = [:]
  /// Messages that a connection takes, once two have shown the same; nil: not known.
  private(set) var known: Int?

  /// Whether a message is to be given back for a fresh connection, and its present one to be ended.
  /// - Parameter accepted: messages that the connection has taken before.
  mutating func givesBack(_ id: DeliveryID, _ outcome: Outcome, accepted: Int) -> Bool {
    guard accepted > 0, givenBack[id] == nil, case .refused(let reply, let stage) = outcome,
      reply.code / 100 == 4 || stage == .mail || outcome.isDenial, let gist = outcome.gist
    else { return false }
    if let code = reply.stated, code.class != reply.code / 100 || code.subject == 1 || code.subject == 2 {
      return false
    }
    switch meanings[gist] {
    case .ordinary: return false
    case nil:
      guard meanings.count < Self.mostQuestions else { return false }
      meanings[gist] = .asked
    case .asked, .limit: break
    }
    givenBack[id] = (gist, accepted)
    return true
  }

  /// A message ended.
  /// - Parameter accepted: messages that its connection has taken before.
  mutating func ended(_ id: DeliveryID, _ outcome: Outcome, accepted: Int) {
    guard accepted == 0, let (gist, before) = givenBack[id] else { return }
    switch outcome {
    case .accepted:
      guard meanings[gist] != .ordinary else { return }
      meanings[gist] = .limit
      met[before, default: 0] += 1
      if met[before] == 2 { known = min(known ?? before, before) }
    case .refused where outcome.gist == gist: meanings[gist] = .ordinary
    default: break
    }
  }
}
