import Forum
import ForumSources
import SQL
import Text
import Time

extension Board {
  /// Posts, once for a form however often it is sent. Whether the author may is asked in the transaction that posts: who
  /// closes the thread meanwhile comes before or after it.
  /// - Parameters:
  ///   - formKey: names the form that was sent, and no other; made at random with the page.
  ///   - author: the key of a participant.
  public func post(
    _ draft: NewPost, formKey: String, by author: String, files limits: FileLimits = FileLimits(), now: Timestamp
  ) throws -> PostOutcome {
    try change(.participant(author)) { view in
      if let known = try view.posted(formKey) { return known }
      if let refusal = view.refusal(of: draft, limits) { return .refused(refusal) }
      try view.hold(thread: draft.thread)
      guard let place = try view.place(ofThread: draft.thread) else { return .refused(.gone) }
      if let refusal = place.entry.refusal(of: place.thread, at: now) { return .refused(refusal) }
      if let parent = draft.parent, try !view.isShown(parent, in: place.id) { return .refused(.gone) }
      return try view.insert(draft, into: place.id, isPending: place.entry.rights.isModerated, formKey, now)
    }
  }

  /// Begins a thread with its first post, once for a form.
  public func startThread(
    _ draft: NewThread, formKey: String, by author: String, files limits: FileLimits = FileLimits(), now: Timestamp
  ) throws -> PostOutcome {
    try change(.participant(author)) { view in
      if let known = try view.posted(formKey) { return known }
      let title = draft.title.trimmed
      if title.isEmpty { return .refused(.empty) }
      if title.count > self.limits.titleCharacters { return .refused(.tooLong(limit: self.limits.titleCharacters)) }
      if let refusal = view.refusal(of: draft.post, limits) { return .refused(refusal) }
      try view.hold(discussion: draft.discussion)
      guard let entry = try view.discussion(draft.discussion) else { return .refused(.gone) }
      if let refusal = entry.refusal(at: now) { return .refused(refusal) }
      if let theme = draft.theme, try !view.themes(of: draft.discussion).contains(where: { $0.key == theme }) {
        return .refused(.gone)
      }
      let thread = try view.connection.first(
        "INSERT INTO thread (discussion, theme, title) VALUES ($1, $2, $3) RETURNING id",
        [.optional(Int64(draft.discussion)), .optional(draft.theme.flatMap { Int64($0) }), .text(title)]
      ) { $0.integer(0) }!
      let outcome = try view.insert(draft.post, into: thread, isPending: entry.rights.isModerated, formKey, now)
      if case .posted(_, let other, _) = outcome, other == String(thread) { return outcome }
      // The same form, sent twice at once: the other one has begun the thread.
      try view.connection.run("DELETE FROM thread WHERE id = $1", [.integer(thread)])
      return outcome
    }
  }

  /// Changes the text of a post of the author's own, for a while after it was written. One that a moderator has read and
  /// shown stays as it was read.
  public func edit(_ key: String, body: String, by author: String, now: Timestamp) throws -> BoardOutcome {
    try change(.participant(author)) { view in
      guard let found = try view.own(key, now: now) else { return .refused(.gone) }
      if let refusal = found.refusal { return .refused(refusal) }
      if body.trimmed.isEmpty { return .refused(.empty) }
      if body.utf8.count > limits.postOctets { return .refused(.tooLong(limit: limits.postOctets)) }
      if body.utf8.elementsEqual(found.post.body.utf8) { return .unchanged }
      try view.connection.run(
        "UPDATE post SET body = $2, edited_at = $3 WHERE id = $1",
        [.optional(Int64(key)), .text(body), .integer(now.seconds)])
      return .done
    }
  }

  /// Adds a file to a post of the author's own, for as long as they may change it.
  public func attach(
    _ file: NewFile, to key: String, by author: String, limits: FileLimits = FileLimits(), now: Timestamp
  ) throws -> BoardOutcome {
    try change(.participant(author)) { view in
      guard let found = try view.own(key, now: now) else { return .refused(.gone) }
      if let refusal = found.refusal { return .refused(refusal) }
      let present = found.post.files.map { $0.octets ?? 0 }
      if let refusal = limits.refusal([file.content.count], present: present) { return .refused(refusal) }
      try view.insert([file], of: Int64(key) ?? 0)
      return .done
    }
  }

  /// What is in a file of a post; nil if it is not with us, or the reader may not read the post.
  public func file(_ key: String, for reader: Reader) throws -> (file: ShownFile, post: String, content: [UInt8])? {
    try look(reader) { view in
      guard let id = Int64(key),
        let post = try view.connection.first(
          "SELECT post FROM post_attachment WHERE id = $1", [.integer(id)],
          {
            $0.text(0)
          }),
        let file = try view.placedPost(post)?.post.files.first(where: { $0.key == key }), file.isHere,
        let content = try view.connection.first(
          "SELECT content FROM post_attachment WHERE id = $1", [.integer(id)],
          {
            $0.octets(0)
          })
      else { return nil }
      return (file, post, content)
    }
  }
}

extension BoardView {
  /// The post that a form has made. A form is its author's: with another's key nobody learns of it.
  fileprivate func posted(_ formKey: String) throws -> PostOutcome? {
    try connection.first(
      "SELECT id, thread, state, author FROM post WHERE form_key = $1", [.text(formKey)]
    ) { row -> PostOutcome in
      guard let id = reader.id, row.optionalInteger(3) == id else { return .refused(.noRight) }
      return .posted(key: row.text(0), thread: row.text(1), isPending: row.text(2) == Visibility.pending.rawValue)
    }
  }

  /// What the text and the files say by themselves.
  fileprivate func refusal(of draft: NewPost, _ files: FileLimits) -> BoardRefusal? {
    if draft.body.trimmed.isEmpty && draft.files.isEmpty { return .empty }
    if draft.body.utf8.count > limits.postOctets { return .tooLong(limit: limits.postOctets) }
    if draft.subject.count > limits.titleCharacters { return .tooLong(limit: limits.titleCharacters) }
    return files.refusal(draft.files.map(\.content.count))
  }

  /// Who closes or moves them waits until this transaction ends; who posts does not.
  fileprivate func hold(thread key: String) throws {
    guard let id = Int64(key) else { return }
    _ = try connection.query(
      "SELECT 1 FROM thread t JOIN discussion d ON d.id = t.discussion WHERE t.id = $1 {for share}", [.integer(id)]
    ) { _ in }
  }

  fileprivate func hold(discussion key: String) throws {
    guard let id = Int64(key) else { return }
    _ = try connection.query("SELECT 1 FROM discussion WHERE id = $1 {for share}", [.integer(id)]) { _ in }
  }

  fileprivate func isShown(_ post: String, in thread: Int64) throws -> Bool {
    guard let id = Int64(post) else { return false }
    return try connection.exists(
      "SELECT 1 FROM post WHERE id = $1 AND thread = $2 AND state = 'visible'", [.integer(id), .integer(thread)])
  }

  /// The one way in.
  fileprivate func insert(
    _ draft: NewPost, into thread: Int64, isPending: Bool, _ formKey: String, _ now: Timestamp
  ) throws -> PostOutcome {
    let state = isPending ? Visibility.pending : .visible
    let key = try connection.first(
      """
      INSERT INTO post (thread, parent, author, subject, body, format, language, state, created_at, form_key)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      ON CONFLICT (form_key) WHERE form_key IS NOT NULL DO NOTHING RETURNING id
      """,
      [
        .integer(thread), .optional(draft.parent.flatMap { Int64($0) }), person, .text(draft.subject.trimmed),
        .text(draft.body), .text(draft.format.rawValue), .optional(draft.language), .text(state.rawValue),
        .integer(now.seconds), .text(formKey),
      ]
    ) { $0.integer(0) }
    // Sent twice at once, and the other one came first.
    guard let key else { return try posted(formKey) ?? .refused(.gone) }
    try insert(draft.files, of: key)
    return .posted(key: String(key), thread: String(thread), isPending: isPending)
  }

  fileprivate func insert(_ files: [NewFile], of post: Int64) throws {
    for file in files {
      try connection.run(
        "INSERT INTO post_attachment (post, name, size, type, content) VALUES ($1, $2, $3, $4, $5)",
        [
          .integer(post), .text(file.name), .integer(Int64(file.content.count)), .text(file.type),
          .octets(file.content),
        ])
    }
  }

  /// A post of the reader's own, with why it can be changed no more.
  fileprivate func own(_ key: String, now: Timestamp) throws -> (post: ShownPost, refusal: BoardRefusal?)? {
    guard let id = Int64(key), reader.id != nil else { return nil }
    _ = try connection.query("SELECT 1 FROM post WHERE id = $1 {for update}", [.integer(id)]) { _ in }
    guard let (post, place) = try placedPost(key) else { return nil }
    return (post, post.refusal(ofChangeBy: reader, place.entry, place.thread, at: now, limits))
  }
}

extension ShownPost {
  /// Why somebody may not change the text of a post at a moment; nil if they may.
  public func refusal(
    ofChangeBy reader: Reader, _ entry: DiscussionEntry, _ thread: Thread, at now: Timestamp, _ limits: Board.Limits
  ) -> BoardRefusal? {
    guard case .participant(let key) = reader, let authorKey, String.isSameKey(authorKey, key) else { return .noRight }
    if let refusal = entry.refusal(of: thread, at: now) { return refusal }
    // Under a clock that went back it is as new as can be.
    if now - createdAt > limits.editing { return .tooLate }
    return entry.rights.isModerated && visibility == .visible ? .approvedAlready : nil
  }
}
