import Forum
import Identifiers
import Jobs
import Ledger
import Stories
import Text
import Time

/// A message of the queue; its keys are an interface.
struct QueueReport: Encodable {
  /// Its number.
  var message: Int64
  /// `queued`, `sending`, `deferred`, `uncertain`, `held`, `failed`, `expired`, `suppressed`, `dropped` or `sent`.
  var state: String
  /// The forum's key, the name and the address; name and address are left out where the forum does not know them.
  var participant, name, address: String?
  /// The post's number, as readers see it, and the forum's key; of a copy alone.
  var post, postKey: String?
  /// Which part of its digest, of how many, with how many posts; of a part alone.
  var part, parts, posts: Int?
  /// What a notice is about; of a notice alone.
  var notice: String?
  /// When it is due, in UTC; left out once it is over, and of what goes at once.
  var due: String?
  /// Since when it is held, or when it was over; left out where nobody knows.
  var since: String?
  /// A run has it.
  var leased: Bool
  /// How often it was tried.
  var attempts: Int
  /// 0 for the first sending.
  var generation: Int
  /// Why it is held, or was dropped, in words; left out otherwise.
  var why: String?
  /// What the relay said last, whole; left out where it was not tried.
  var answer: String?

  init(_ one: QueuedMessage, _ key: String?, _ person: Participant?, _ post: (key: String, number: String)?) {
    let record = one.record
    (message, state, participant) = (record.id.rawValue, record.state.rawValue, key)
    (name, address) = (person?.name, person?.address)
    (self.post, postKey) = (post?.number, post?.key)
    if record.digest != nil { (part, parts, posts) = (record.part, record.parts, one.posts) }
    notice = one.topic
    // What is urgent is due at 0.
    due = record.state.isOpen && record.due.seconds > 0 ? record.due.description : nil
    since = record.state == .held ? one.heldSince?.description : record.endedAt?.description
    (leased, attempts, generation) = (record.isLeased, one.attempts, one.generation)
    switch record.state {
    case .held: why = record.reason.map { HoldReason(text: $0)?.words ?? $0 }
    case .dropped, .suppressed: why = record.dropWords
    case .queued, .sending, .sent, .deferred, .failed, .expired, .uncertain: break
    }
    answer = one.answer
  }

  /// The post as a command is told it: by its number, where that cannot be another's key.
  var postWord: String? { post == postKey ? post : postKey.map { "key:\($0)" } }

  /// `[#9240]`, `part 1 of 2, 14 posts`, `notice lifted`.
  private var carries: String {
    if let post { return "[#\(post.singleLine(limit: 40))]" }
    if let part, let parts, let posts {
      return "digest\(parts > 1 ? ", part \(part) of \(parts)" : ""), \(posts) post\(posts == 1 ? "" : "s")"
    }
    return notice.map { "notice \($0)" } ?? "a post that the forum has no more"
  }

  /// `due 2026-06-01T09:00:00Z`, `since …`.
  private var when: String {
    switch DeliveryState(rawValue: state) {
    case .sending?: "now"
    case .queued?, .deferred?, .uncertain?: leased ? "a run has it" : due.map { "due \($0)" } ?? "due at once"
    default: since.map { "since \($0)" } ?? "-"
    }
  }

  static func table(_ reports: [QueueReport]) -> [String] {
    var table = Table(["message", "state", "when", "participant", "address", "carries", "why"])
    for one in reports {
      let who = [one.participant, one.name].compactMap(\.self).joined(separator: " ")
      let why = [one.why, one.answer.map { $0.singleLine(limit: 100) }].compactMap(\.self).joined(separator: ": ")
      table.add([
        "\(one.message)", one.state, one.when, who.isEmpty ? "-" : who.singleLine(limit: 40),
        one.address?.singleLine(limit: 60) ?? "-", one.carries, why.isEmpty ? "-" : why,
      ])
    }
    return table.lines()
  }

  /// `held 12, queued 40`, in the order in which they are listed.
  static func totals(_ counts: [DeliveryState: Int]) -> String {
    let order: [DeliveryState] = [
      .held, .sending, .queued, .deferred, .uncertain, .failed, .expired, .suppressed, .dropped,
    ]
    let words = order.compactMap { state in counts[state].flatMap { $0 > 0 ? "\(state.rawValue) \($0)" : nil } }
    return words.joined(separator: ", ")
  }
}

/// `queue list`; its keys are an interface.
struct QueueListing: Encodable {
  /// How many there are by state; those with none are left out.
  var totals: [String: Int]
  /// The first.
  var messages: [QueueReport]
  /// How many there are besides.
  var more: Int
}

extension Installation {
  /// What the forum and the ledger know of these messages besides.
  func reports(_ messages: [QueuedMessage]) throws -> [QueueReport] {
    let people = try ledger.people(ids: Set(messages.map(\.record.person)))
    let known = try members.forum.participants(keys: people.values.map(\.key)).keyed(by: \.key)
    let entries = try ledger.journalEntries(positions: Set(messages.compactMap(\.record.post)))
    // A number may be given to another post, once a backup was restored.
    let keys = Dictionary(
      entries.filter { !$0.isReplaced }.map { ($0.position, $0.postKey) }, uniquingKeysWith: { $1 })
    // Their texts, which nobody wants here, may be large: a few at a time.
    var numbers: [ForumKey: String] = [:]
    for chunk in Set(keys.values).sorted().chunks(of: 20) {
      for post in try forum.posts(keys: Array(chunk)) { numbers[ForumKey(post.key)] = post.number }
    }
    return messages.map { one in
      let key = people[one.record.person]?.key
      let post = one.record.post.flatMap { keys[$0] }.map { (key: $0, number: numbers[ForumKey($0)] ?? $0) }
      return QueueReport(one, key, key.flatMap { known[ForumKey($0)] }, post)
    }
  }
}
