import ArgumentParser
import Forum
import Identifiers
import Ledger
import Mail
import Text

/// Which messages of the queue, by what they have in common.
struct QueueFilter: ParsableArguments {
  @Option(help: ArgumentHelp("Those to addresses of this domain, as the forum has them now.", valueName: "domain"))
  var domain: String?
  @Option(
    help: ArgumentHelp(
      "Those in this state; may be given several times.",
      valueName: DeliveryState.allCases.filter { $0 != .sent }.map(\.rawValue).joined(separator: "|")))
  var state: [String] = []
  @Option(help: "Copies of this post, by the number that readers see, and parts of digests that have it.")
  var post: String?
  @Option(help: "Those of this person: an address, an account name, or an id in the forum's database.")
  var person: String?

  /// Nothing is said.
  var isEmpty: Bool { domain == nil && state.isEmpty && post == nil && person == nil }

  /// As it was typed.
  var words: String {
    ([("domain", domain), ("post", post), ("person", person)].compactMap { name, value in
      value.map { "--\(name) \($0.asArgument)" }
    } + state.map { "--state \($0)" }).joined(separator: " ")
  }

  /// - Throws: `Failure` for a word that is no state.
  func states() throws -> Set<DeliveryState>? {
    if state.isEmpty { return nil }
    return Set(
      try state.map { word in
        guard let one = DeliveryState(rawValue: word), one != .sent else {
          let known = DeliveryState.allCases.filter { $0 != .sent }.map(\.rawValue).joined(separator: ", ")
          throw Failure(.usage, "--state: \"\(word.singleLine(limit: 40))\" is none of \(known)")
        }
        return one
      })
  }
}

/// What of the queue is meant, found in ledger and forum; nothing is changed here.
struct QueueSelection {
  private let installation: Installation
  private var ledger: Ledger { installation.ledger }
  /// Which; of numbers it says nothing.
  private(set) var query: QueueQuery
  /// In its canonical form.
  let domain: String?
  /// Given by their numbers.
  let numbers: [DeliveryID]?
  /// The forum's key of a post that no run took up yet, and one will.
  private(set) var comingPost: String?
  /// How many are read at once.
  private static let page = 1000

  /// - Parameter names: messages, as numbers or as they are pasted; empty where the filter says which.
  /// - Throws: `Failure` where the words name nothing, or both are given.
  init(_ filter: QueueFilter?, _ names: [String] = [], states: Set<DeliveryState>, _ installation: Installation) throws
  {
    self.installation = installation
    if !names.isEmpty, filter?.isEmpty == false {
      throw Failure(.usage, "give numbers of messages, or options, not both")
    }
    query = QueueQuery(states: try filter?.states() ?? states)
    numbers = names.isEmpty ? nil : try names.flatMap { try QueueSelection.messages($0, installation) }
    domain = try filter?.domain.map { typed in
      guard let address = try? Address("postmaster@\(typed)") else {
        throw Failure(.usage, "--domain: \"\(typed.singleLine(limit: 255))\" is no domain")
      }
      return address.canonicalDomain
    }
    if let post = filter?.post {
      // Of a post that no run took up there is no mail.
      let found = try PostPlace(PostName(post), installation)
      query.post = found.entry?.position ?? -1
      if found.entry == nil, !found.isLeftOut { comingPost = found.shown.key }
    }
    if let person = filter?.person {
      let key = try StoryReading(installation).person(person).0
      query.person = try ledger.people(keys: [key], isRecording: false)[key]?.id ?? 0
    }
  }

  private static func messages(_ name: String, _ installation: Installation) throws -> [DeliveryID] {
    let ledger = installation.ledger
    switch try MessageName(name, installation.keys) {
    case .delivery(let id):
      guard try !ledger.deliveries(ids: [id]).isEmpty else {
        throw Failure(.usage, "the ledger has no message \(id); what has ended is kept for a time only")
      }
      return [id]
    case .post(let person, let position):
      return try ledger.decisions(post: position, person: person).compactMap(\.delivery)
    }
  }

  /// A copy of one domain's or one post's mail alone, whatever its state: then the domain or the post itself is meant.
  func subject(_ filter: QueueFilter) -> HoldReason? {
    guard numbers == nil, filter.state.isEmpty, query.person == nil else { return nil }
    if let domain, query.post == nil { return .domain(domain) }
    if let post = query.post, post >= 0, domain == nil { return .post(post) }
    return nil
  }

  /// The post that no run took up yet, where it alone is meant.
  func comingSubject(_ filter: QueueFilter) -> String? {
    numbers == nil && filter.state.isEmpty && query.person == nil && domain == nil ? comingPost : nil
  }

  /// All of them, of each what is needed to choose it.
  func keys() throws -> [QueueKey] {
    if let numbers { return try ledger.queueKeys(ids: numbers) }
    var found: [QueueKey] = []
    var seen: Set<DeliveryID> = []
    try eachPage { found += $0.filter { seen.insert($0.id).inserted } }
    return found
  }

  /// The first of them, and how many there are by state.
  func listing(limit: Int) throws -> (messages: [QueuedMessage], counts: [DeliveryState: Int]) {
    if domain == nil {
      return (try ledger.queue(query, limit: limit).messages, try ledger.queueCounts(query))
    }
    var (first, counts): ([DeliveryID], [DeliveryState: Int]) = ([], [:])
    try eachPage { page in
      for one in page {
        counts[one.state, default: 0] += 1
        if first.count < limit { first.append(one.id) }
      }
    }
    return (try inOrder(first), counts)
  }

  /// These, in the order in which they are given.
  func inOrder(_ ids: [DeliveryID]) throws -> [QueuedMessage] {
    let found = Dictionary(
      try ledger.queued(ids: ids).map { ($0.record.id, $0) }, uniquingKeysWith: { first, _ in first })
    return ids.compactMap { found[$0] }
  }

  /// The ledger has no addresses of what waits: people change them, and a mail goes to the one of its moment. So of a
  /// domain all that could be meant is read, a page at a time, and the forum asked for the addresses of each page's
  /// people. Who cannot be read there is at no domain.
  private func eachPage(_ body: ([QueueKey]) throws -> Void) throws {
    var place: QueuePlace?
    repeat {
      let (page, next) = try ledger.queueKeys(query, behind: place, limit: QueueSelection.page)
      place = next
      guard let domain else {
        try body(page)
        continue
      }
      let people = try ledger.people(ids: Set(page.map(\.person)))
      let known = try installation.members.forum.participants(keys: people.values.map(\.key)).keyed(by: \.key)
      try body(
        page.filter { one in
          guard let key = people[one.person]?.key, let participant = known[ForumKey(key)] else { return false }
          return (try? Address(participant.address))?.canonicalDomain == domain
        })
    } while place != nil
  }
}
