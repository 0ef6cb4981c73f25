import Forum
import Foundation
import Identifiers
import SQL
import Time

/// Somebody is to be forgotten (rule A6): what tells who they were becomes a pseudonym or nothing, what is a number
/// stays. `Ledger.docc/Privacy.md` has what becomes of each column; a test compares it with the schema.
extension Ledger {
  /// Whom to erase, and by what else than their number they may stand somewhere.
  public struct Erasing: Sendable {
    /// The forum's key.
    public var key: String
    /// Their name in the forum; empty where it is not known.
    public var name: String
    /// Their addresses, as the forum has them; those that the ledger has mailed are found by it.
    public var addresses: [String]
    /// What they are called from now on: random, and nobody else's.
    public var pseudonym: String
    /// The admin who does it, and why; of the entry for the audit log no other field is read. Nothing in it may name the
    /// person.
    public var entry: AuditEntry

    /// Somebody of whom the forum may know nothing any more.
    public init(key: String, name: String = "", addresses: [String] = [], pseudonym: String, entry: AuditEntry) {
      self.key = key
      self.name = name
      self.addresses = addresses
      self.pseudonym = pseudonym
      self.entry = entry
    }
  }

  /// What was forgotten.
  public struct Erasure: Hashable, Sendable {
    /// Their number, which stays.
    public var person: PersonID
    /// When they were erased: before, or now.
    public var at: Timestamp
    /// They had been erased before, and nothing was changed.
    public var isOld = false
    /// Messages that waited, and are sent to nobody.
    public var dropped = 0
    /// Messages that a run is sending at this moment: their ends are recorded without telling whose they are.
    public var underWay = 0
    /// Posts that waited for a digest.
    public var undigested = 0
    /// Messages to them of which address and answers were forgotten, with those before.
    public var messages = 0
    /// Mails from them, or about mail to them, of which nothing is left but that they came.
    public var received = 0
    /// Replies by mail whose text was forgotten; those that stand in the forum stand there.
    public var replies = 0
    /// Choices, watches and links that sign in.
    public var choices = 0
    /// The address was not to be mailed: that is forgotten too.
    public var suppressions = 0
    /// The addresses by which they were looked for; they stand nowhere any more.
    public var addresses: [String] = []

    init(person: PersonID, at: Timestamp) {
      self.person = person
      self.at = at
    }
  }

  /// Forgets who somebody was: one commit, or none. A run that is at work at this moment writes nothing back; what it is
  /// just sending ends, and stands under the pseudonym.
  /// - Parameters:
  ///   - makeName: as `leaveWitness` has it.
  ///   - isTried: nothing is changed, and what would be is told.
  public func erase(
    _ erasing: Erasing, now: Timestamp, isTried: Bool = false, makeName: () -> String
  ) throws -> Erasure {
    struct Tried: Error { let erasure: Erasure }
    do {
      return try database.write { connection in
        if try Ledger.note(Ledger.nameNote, connection) == nil {
          try Ledger.setNote(Ledger.nameNote, makeName(), connection)
        }
        if let old = try Ledger.erased(keys: [erasing.key], connection)[erasing.key] {
          let at = try connection.first("SELECT erased_at FROM erased WHERE person = $1", [.id(old.person)]) {
            $0.moment(0)
          }
          var erasure = Erasure(person: old.person, at: at ?? now)
          erasure.isOld = true
          return erasure
        }
        let erasure = try Ledger.erase(erasing, now, connection)
        var entry = erasing.entry
        (entry.subject, entry.person) = (erasing.pseudonym, erasure.person)
        try Ledger.record(entry, connection)
        if isTried { throw Tried(erasure: erasure) }
        return erasure
      }
    } catch let tried as Tried {
      return tried.erasure
    }
  }

  /// Erases again whom a restored ledger has brought back, as word was left of them; returns how many.
  static func eraseAgain(_ erased: [String: String], now: Timestamp, _ connection: any Connection) throws -> Int {
    let known = try allErased(connection) ?? [:]
    var missing = erased.filter { known[$0.key] == nil }
    guard !missing.isEmpty, let name = try note(nameNote, connection) else { return 0 }
    let count = missing.count
    var last: Int64 = 0
    while !missing.isEmpty {
      let page = try connection.query(
        "SELECT id, person_key FROM person WHERE id > $1 ORDER BY id LIMIT $2",
        [.integer(last), .integer(Int64(chunk))]
      ) { (id: $0.integer(0), key: $0.text(1)) }
      guard let end = page.last else { break }
      last = end.id
      for one in page {
        guard let pseudonym = missing.removeValue(forKey: keyHash(one.key, ledger: name)) else { continue }
        let entry = AuditEntry(at: now, operatorName: "", command: "", subject: "")
        _ = try erase(Erasing(key: one.key, pseudonym: pseudonym, entry: entry), now, connection)
      }
    }
    // Whom the restored ledger does not know is not to be made anew either.
    for (hash, pseudonym) in missing.sorted(by: { $0.key < $1.key }) {
      let person = try number(of: pseudonym, connection)
      try connection.run(
        "INSERT INTO erased (person, key_hash, erased_at) VALUES ($1, $2, $3)",
        [.id(person), .text(hash), .integer(now.seconds)])
    }
    return count
  }

  /// The number of a key that has one from now on.
  private static func number(of key: String, _ connection: any Connection) throws -> PersonID {
    try connection.run("INSERT INTO person (person_key) VALUES ($1) ON CONFLICT (person_key) DO NOTHING", [.text(key)])
    return try connection.first("SELECT id FROM person WHERE person_key = $1", [.text(key)]) { $0.id(0) }!
  }

  /// The one who does it. First comes what others ask for: from then on they write nothing of the person.
  private static func erase(_ erasing: Erasing, _ now: Timestamp, _ connection: any Connection) throws -> Erasure {
    let person = try number(of: erasing.key, connection)
    let name = try note(nameNote, connection) ?? ""
    try connection.run(
      "INSERT INTO erased (person, key_hash, erased_at) VALUES ($1, $2, $3)",
      [.id(person), .text(keyHash(erasing.key, ledger: name)), .integer(now.seconds)])
    try connection.run(
      "UPDATE person SET person_key = $2 WHERE id = $1", [.id(person), .text(erasing.pseudonym)])
    var erasure = Erasure(person: person, at: now)
    // In the order of their numbers, as everybody locks them: whoever is recording an attempt has done so, or asks us.
    let deliveries = try connection.query(
      "SELECT id, state FROM delivery WHERE person = $1 ORDER BY id {for update}", [.id(person)]
    ) { (id: $0.id(0) as DeliveryID, isBegun: $0.text(1) == DeliveryState.sending.rawValue) }
    erasure.messages = deliveries.count
    erasure.underWay = deliveries.count(where: \.isBegun)
    let ids = deliveries.map(\.id)
    let traces = try Traces(erasing, person, ids, connection)
    erasure.addresses = traces.addresses
    erasure.dropped = try dropWaiting(of: ids, now: now, connection)
    erasure.undigested = try closeDigest(of: person, now, connection)
    try forgetAttempts(ids, person, erasing.pseudonym, connection)
    erasure.received = try forgetReceived(from: traces, ids, connection)
    erasure.replies = try forgetReplies(of: person, now, connection)
    erasure.suppressions = try forgetSuppressions(of: traces, connection)
    erasure.choices = try forgetChoices(of: person, connection)
    try forgetWords(about: person, erasing.pseudonym, connection)
    try mask(traces, connection)
    return erasure
  }

  /// By what a person may stand somewhere.
  struct Traces {
    let person: PersonID
    let key: String
    let name: String
    let pseudonym: String
    /// Their addresses, as they were written and in their canonical form, sorted.
    let addresses: [String]

    init(_ erasing: Erasing, _ person: PersonID, _ ids: [DeliveryID], _ connection: any Connection) throws {
      var found = Set(erasing.addresses)
      for chunk in ids.chunks(of: Ledger.chunk) {
        found.formUnion(
          try connection.query("SELECT DISTINCT address FROM attempt WHERE delivery IN ($1)", [.ids(chunk)]) {
            $0.text(0)
          })
      }
      for table in ["failure", "suppression"] {
        found.formUnion(
          try connection.query("SELECT DISTINCT address FROM \(table) WHERE person = $1", [.id(person)]) { $0.text(0) })
      }
      found.formUnion(found.map(Ledger.canonical))
      // What is no address, such as the nothing of a run that died, is everywhere.
      addresses = found.filter { $0.contains("@") && $0.count > 3 }.sorted()
      (self.person, key, name, pseudonym) = (person, erasing.key, erasing.name, erasing.pseudonym)
    }
  }

  /// The posts that waited for their next digest.
  private static func closeDigest(of person: PersonID, _ now: Timestamp, _ connection: any Connection) throws -> Int {
    let open = "person = $1 AND decision = 'digest' AND delivery IS NULL"
    let waiting = try connection.query("SELECT post, detail FROM decision WHERE \(open) ORDER BY post", [.id(person)]) {
      StoryEvent(at: now, .skipped, post: $0.id(0), detail: "\(SkipReason.erased.rawValue) \($0.text(1))")
    }
    try tell(waiting, of: person, connection)
    return try connection.run(
      "UPDATE decision SET decision = 'skipped', detail = $2 WHERE \(open)",
      [.id(person), .text(SkipReason.erased.rawValue)])
  }

  private static func forgetAttempts(
    _ ids: [DeliveryID], _ person: PersonID, _ pseudonym: String, _ connection: any Connection
  ) throws {
    for chunk in ids.chunks(of: chunk) {
      try connection.run(
        """
        UPDATE attempt SET address = $2,
          answer = CASE WHEN substr(answer, 1, 1) IN ('2', '4', '5') THEN substr(answer, 1, 3) ELSE '' END
        WHERE delivery IN ($1)
        """, [.ids(chunk), .text(pseudonym)])
    }
    try connection.run(
      "UPDATE failure SET address = $2, diagnostic = '' WHERE person = $1", [.id(person), .text(pseudonym)])
    try connection.run("DELETE FROM domain_refusal WHERE person = $1", [.id(person)])
  }

  /// Octets of a header that are looked through for its author.
  private static let headerLimit = 65_536

  /// What came from them or is about mail to them; and what of it is anybody's, or somebody else's, and has their address
  /// for its author.
  private static func forgetReceived(
    from traces: Traces, _ ids: [DeliveryID], _ connection: any Connection
  ) throws -> Int {
    var found = try connection.query("SELECT id FROM received WHERE person = $1", [.id(traces.person)]) {
      $0.integer(0)
    }
    for chunk in ids.chunks(of: chunk) {
      found += try connection.query("SELECT id FROM received WHERE delivery IN ($1)", [.ids(chunk)]) { $0.integer(0) }
    }
    var all = Set(found)
    let addresses = traces.addresses.map { Array($0.lowercased().utf8) }
    var last: Int64 = 0
    while !addresses.isEmpty {
      // Messages are large: one at a time.
      let next = try connection.first(
        "SELECT id, raw, person FROM received WHERE id > $1 AND raw IS NOT NULL ORDER BY id LIMIT 1", [.integer(last)]
      ) { (id: $0.integer(0), raw: $0.octets(1), isAnybodys: $0.optionalInteger(2) == nil) }
      guard let next else { break }
      last = next.id
      if all.contains(next.id) { continue }
      let text = next.isAnybodys ? next.raw[...] : author(of: next.raw.prefix(headerLimit))
      if addresses.contains(where: { contains($0, text) }) { all.insert(next.id) }
    }
    let known = all.sorted()
    for chunk in known.chunks(of: chunk) {
      // A complaint's detail is one of two words, and none of theirs.
      try connection.run(
        """
        UPDATE received SET raw = NULL, recipient = NULL, detail = CASE outcome WHEN 'complaint' THEN detail ELSE '' END,
          outcome = coalesce(outcome, '\(Received.Outcome.stranger.rawValue)'), state = 'done',
          ended_at = coalesce(ended_at, taken_at)
        WHERE id IN ($1)
        """, [.integers(Array(chunk))])
    }
    return known.count
  }

  /// The line `From:` of a message, with those that go on with it.
  private static func author(of header: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var start = header.startIndex
    var found: ArraySlice<UInt8> = []
    while start < header.endIndex {
      let end = header[start...].firstIndex(of: 0x0A) ?? header.endIndex
      let line = header[start..<end]
      if line.isEmpty || line.elementsEqual([0x0D]) { break }
      let isMore = line.first == 0x20 || line.first == 0x09
      if !found.isEmpty, !isMore { break }
      if !found.isEmpty || String(decoding: line.prefix(5), as: UTF8.self).lowercased() == "from:" { found += line }
      start = min(end + 1, header.endIndex)
    }
    return found
  }

  /// Whether octets have others in them, be they written in capitals or not.
  /// - Parameter wanted: in lower case.
  private static func contains(_ wanted: [UInt8], _ octets: ArraySlice<UInt8>) -> Bool {
    guard let first = wanted.first, octets.count >= wanted.count else { return false }
    func lower(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet | 0x20 : octet }
    return octets.withUnsafeBufferPointer { buffer in
      for start in 0...(buffer.count - wanted.count) where lower(buffer[start]) == first {
        if wanted.indices.allSatisfy({ lower(buffer[start + $0]) == wanted[$0] }) { return true }
      }
      return false
    }
  }

  private static func forgetReplies(of person: PersonID, _ now: Timestamp, _ connection: any Connection) throws -> Int {
    let waits = "state IN ('waiting', 'trying', 'parked')"
    return try connection.run(
      """
      UPDATE reply SET body = '', elided = '', body_hash = '', notes = '', message_id = NULL, subject = '',
        reason = CASE WHEN \(waits) THEN NULL ELSE reason END, ended_at = coalesce(ended_at, $2),
        state = CASE WHEN \(waits) THEN 'discarded' ELSE state END
      WHERE person = $1
      """, [.id(person), .integer(now.seconds)])
  }

  /// Their addresses are nobody's here any more. Where another account has one of them, its own row stays.
  private static func forgetSuppressions(of traces: Traces, _ connection: any Connection) throws -> Int {
    try connection.run("DELETE FROM address_score WHERE address IN ($1)", [.texts(traces.addresses)])
    return try connection.run(
      "DELETE FROM suppression WHERE person = $1 OR person IS NULL AND address IN ($2)",
      [.id(traces.person), .texts(traces.addresses)])
  }

  private static func forgetChoices(of person: PersonID, _ connection: any Connection) throws -> Int {
    try ["preference", "own_watch", "stopped", "last_digest", "digest_slot", "sign_in", "web_session"].reduce(0) {
      try $0 + connection.run("DELETE FROM \($1) WHERE person = $1", [.id(person)])
    }
  }
}
