import Composition
import Forum
import Ledger
import Mail

/// Posts rendered once per language, for as long as their text stays the same and memory allows (rule F6).
final class Stationery {
  private struct Key: Hashable {
    let position: Int64
    let language: String
  }
  let composer: Composer
  /// Octets of rendered posts above which all are forgotten.
  private let limit: Int
  private var prepared: [Key: (copy: PostCopy, post: PreparedPost)] = [:]
  private(set) var octets = 0

  init(_ composer: Composer, limit: Int = 64_000_000) { (self.composer, self.limit) = (composer, limit) }

  func prepare(_ copy: PostCopy, language: String) throws(CompositionError) -> PreparedPost {
    let key = Key(position: copy.journalled.position, language: language)
    if let known = prepared[key] {
      if known.copy.post == copy.post, known.copy.thread == copy.thread, known.copy.discussion == copy.discussion {
        return known.post
      }
      octets -= known.post.octets
      prepared[key] = nil
    }
    let post = try composer.prepare(copy, language: language)
    if octets + post.octets > limit { (prepared, octets) = ([:], 0) }
    prepared[key] = (copy, post)
    octets += post.octets
    return post
  }
}

extension Judged {
  /// What a digest of the person is called that comes at its usual time.
  var regularDigest: DigestKind { preferences.digestPeriod == .weekly ? .weekly : .daily }

  /// The person as a mail addresses them; nil if their address is none.
  func recipient() -> Recipient? {
    guard let address = try? Address(watcher.participant.address) else { return nil }
    return Recipient(
      person: person.id, name: watcher.participant.name, address: address, language: preferences.language ?? "en",
      zone: preferences.zone ?? "UTC", textOnly: preferences.textOnly ?? false,
      style: preferences.digestStyle ?? .full, format: preferences.digestFormat ?? .alternative)
  }
}
