import Forum

/// People whom a query brings twice: a join doubles them, such as one to their bans.
extension SQLForum {
  /// The answer without people whose rows contradict each other about whether they may be mailed: which row holds nobody
  /// can say, so they are faults, and get nothing (rules E1, F3).
  /// - Throws: `ForumError` of kind `query` for so many that the query is at fault.
  func agreeing<T>(
    _ answer: Answer<T>, _ question: Question, _ participant: (T) -> Participant
  ) throws -> Answer<T> {
    let odd = contradictions(answer.rows.lazy.map(participant))
    if odd.isEmpty { return answer }
    var agreeing: Answer<T> = []
    func add(_ fault: RowFault) {
      agreeing.faults.append(fault)
      agreeing.faultPlaces.append(agreeing.rows.count)
    }
    var told: Set<ForumKey> = []
    var faults = zip(answer.faultPlaces, answer.faults).makeIterator()
    var next = faults.next()
    for (place, row) in answer.rows.enumerated() {
      while let fault = next, fault.0 <= place {
        add(fault.1)
        next = faults.next()
      }
      let key = participant(row).key
      guard let column = odd[key] else {
        agreeing.rows.append(row)
        continue
      }
      if told.insert(ForumKey(key)).inserted {
        let fault = contradiction(key, column, question)
        add(fault)
        census?.take(fault, of: question)
      }
    }
    while let fault = next {
      add(fault.1)
      next = faults.next()
    }
    if let words = RowFault.complaint(ofAll: agreeing.faults, among: answer.count) { throw mistake(question, words) }
    return agreeing
  }

  /// How a complaint begins that a join is to blame for, and not the rows.
  static let contradicting = "stand in rows of one person"

  private func contradiction(_ key: String, _ column: String, _ question: Question) -> RowFault {
    RowFault(
      .participant, key: key, query: name(of: question), column: column, value: "1 and 0",
      complaint:
        "\(SQLForum.contradicting), who gets no mail while they contradict each other; see what the query joins")
  }

  /// By key, the column in which two rows of one person say the opposite.
  private func contradictions(_ people: some Sequence<Participant>) -> [ForumKey: String] {
    var odd: [ForumKey: String] = [:]
    var last: Participant?
    for person in people {
      // The rows of one person stand together.
      if let last, String.isSameKey(last.key, person.key) {
        if last.isActive != person.isActive { odd[person.key] = "active" }
        if last.isConfirmed != person.isConfirmed { odd[person.key] = "confirmed" }
      }
      last = person
    }
    return odd
  }
}
