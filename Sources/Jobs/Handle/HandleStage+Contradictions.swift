import Composition
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership

/// Letters that contradict themselves: about who wrote them, or which thread is meant (rules I2, I3, I7).
extension HandleStage {
  /// Who wrote a letter that went to an address of somebody else's, as it says itself.
  struct OtherAuthor {
    /// nil: it shows only that it is not the address's owner's.
    var known: (participant: Participant, person: PersonID)?
  }

  /// Whether a letter shows that another participant wrote it than the one whose mail named the address: it comes from
  /// an address of theirs, or answers a mail that was theirs. A post may have named that address, for others to write to.
  /// - Returns: nil where it does not, or says that it is from the person's own address.
  func otherAuthor(
    than person: PersonID, _ participant: Participant, _ letter: Letter
  ) throws -> OtherAuthor? {
    let senders = try Set(letter.message.authors.prefix(5)).flatMap { try participants(at: $0) }
    if senders.contains(where: { ForumKey($0.key) == ForumKey(participant.key) }) { return nil }
    let others = letter.found.referredPeople.filter { $0 != person }
    if !senders.isEmpty {
      let known = try senders.map { (participant: $0, person: try context.members.person($0).id) }
      return OtherAuthor(known: known.first { others.contains($0.person) } ?? known[0])
    }
    guard let other = others.first else { return nil }
    return OtherAuthor(known: try self.participant(other).map { (participant: $0, person: other) })
  }

  /// A letter that somebody wrote to another person's address goes back to them: nobody else sees it or is asked about it.
  /// It is not posted as theirs either, though the mail that it answers be of a thread of this forum: it was written to
  /// an address that somebody gave them, perhaps for the eyes of that one. What is posted cannot be taken back, and what
  /// comes back can be sent again.
  func misdirected(_ other: OtherAuthor, _ letter: Letter) throws -> Ledger.Settlement {
    guard let (participant, person) = other.known else {
      return Ledger.Settlement(.refused, "another person's address, and whose it is nobody knows")
    }
    var meant: [(copy: PostCopy, position: JournalPosition)] = []
    if case .post(person, let referred)? = letter.found.referred,
      case .post(let copy, _)? = try JournalledPosts(context.members).posts([referred], .standing)[referred]
    {
      meant = [(copy, referred)]
    }
    return refused(
      .anothersAddress(posts: try offered(meant, to: participant)), participant, person, nil, letter)
  }

  /// Where the addresses that a letter went to, or the mail that it answers, belong to different threads, the posts that
  /// may have been meant, by whose addresses it can be sent again; nil where they agree.
  func contradiction(
    _ post: JournalPosition, _ letter: Letter, _ participant: Participant
  ) throws -> [Notice.DigestPost]? {
    let found = letter.found
    if !found.others.isEmpty {
      let positions = [post] + found.others.prefix(20)
      let posts = try JournalledPosts(context.members).posts(Set(positions), .standing)
      var threads: Set<ForumKey> = []
      let meant = positions.compactMap { position -> (copy: PostCopy, position: JournalPosition)? in
        guard case .post(let copy, _)? = posts[position], threads.insert(ForumKey(copy.thread.key)).inserted else {
          return nil
        }
        return (copy, position)
      }
      if meant.count > 1 { return try offered(meant, to: participant) }
    }
    guard case .post(let person, let referred)? = found.referred else { return nil }
    let posts = try JournalledPosts(context.members).posts([post, referred], .standing)
    guard case .post(let own, _)? = posts[post], case .post(let other, _)? = posts[referred] else { return nil }
    var meant: [(copy: PostCopy, position: JournalPosition)] = [(own, post)]
    if let addressed = found.addressed {
      guard ForumKey(own.thread.key) != ForumKey(other.thread.key) else { return nil }
      if addressed.person == person { meant.append((other, referred)) }
    } else {
      // A discussion's address says which one; an address that none has says nothing.
      guard !found.names.isEmpty, try settings.localPart(own.discussion).map({ !found.names.contains($0) }) ?? false
      else { return nil }
      let all = try context.forum.discussions(keys: context.ledger.journalledDiscussions())
      // One that the person may not read is as one that is not there.
      let isOther = try all.contains { one in
        guard let name = try settings.localPart(one), found.names.contains(name) else { return false }
        return try context.members.mayRead(discussion: one.key, participant)
      }
      guard isOther else { return nil }
    }
    return try offered(meant, to: participant)
  }

  /// Posts that may have been meant, for their reply addresses to be named. Where they stand now the person may not be let
  /// in: no title of that.
  func offered(
    _ meant: [(copy: PostCopy, position: JournalPosition)], to participant: Participant
  ) throws -> [Notice.DigestPost] {
    let numbers = try context.forum.posts(keys: meant.map(\.copy.post.key)).keyed(by: \.key)
    let readable = try meant.filter {
      try $0.copy.takesAnswers && context.members.mayRead(post: $0.copy.post.key, participant.key)
    }
    return readable.map { one in
      Notice.DigestPost(
        title: one.copy.thread.title, number: numbers[one.copy.post.key]?.number ?? one.copy.post.number,
        post: one.position)
    }
  }
}
