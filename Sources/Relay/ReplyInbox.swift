import Mail

/// Replies that have come and are not dealt with, in their order, each with the moment at which it began to come.
///
/// An answer follows its question (RFC 5321 sections 4.3.1 and 4.3.2, RFC 2920 section 3.1): one that was there before
/// the kernel had the question can be no answer to it, whatever it says. The moment is therefore told in octets: how
/// many of ours the kernel had taken when the reply's first octet was received.
struct ReplyInbox {
  /// One reply, and what of ours was out when it began.
  struct Heard {
    let reply: Reply
    let after: Int
  }

  private var reader = ReplyReader()
  private var replies: [Heard] = []
  /// Up to here they were taken.
  private var taken = 0
  /// Why what came behind them is none.
  private var broken: ReplyReader.Malformed?
  /// Of the reply that is not whole yet: what of ours was out when it began; nil where none has begun.
  private(set) var begunAfter: Int?

  /// ``next()`` has something to tell.
  var hasMore: Bool { taken < replies.count || broken != nil }

  /// Takes in octets.
  /// - Parameter written: how many of ours the kernel has taken by now.
  mutating func append(_ bytes: some Sequence<UInt8>, written: Int) {
    guard broken == nil else { return }
    var after = begunAfter ?? written
    do {
      try reader.read(bytes) { reply in
        replies.append(Heard(reply: reply, after: after))
        after = written
      }
    } catch {
      broken = error
    }
    begunAfter = reader.isMidReply ? after : nil
  }

  /// The next reply; nil until more octets come.
  mutating func next() throws(ReplyReader.Malformed) -> Heard? {
    guard taken < replies.count else {
      if let broken { throw broken }
      return nil
    }
    defer {
      taken += 1
      if taken == replies.count {
        replies.removeAll(keepingCapacity: true)
        taken = 0
      }
    }
    return replies[taken]
  }
}
