import Relay
import TestSupport

@testable import Jobs

/// What the relay was handed.
extension HistoryWorld {
  /// - Parameter shown: what the run's clock showed, or the true time if that is later.
  func takeIn(_ handed: [ScriptedRelay.Mail], shown: Int64, hasDied: Bool) {
    for mail in handed {
      extent.mails += 1
      if mail.isDigest { extent.digests += 1 }
      let person = Int(mail.name.dropFirst()) ?? 0
      let carried = HistoryWorld.posts(in: mail.text)
      if carried.isEmpty { violations.append("a mail to p\(person) has no posts: \(mail.subject)") }
      for (post, versions) in carried {
        let pair = HistoryModel.Pair(person: person, post: post)
        if let objection = model.objection(pair, now: shown) {
          violations.append("unexpected: \(pair) in run \(extent.runs): \(objection)")
        } else if versions != [model.forum.posts[post]?.version ?? 0] {
          violations.append("an old text: \(pair) in run \(extent.runs) has versions \(versions)")
        }
        note(mail, pair)
      }
      if hasDied {
        doubtful.insert(mail.messageID)
        // Of what the relay left open the answer says so, not the death.
        if mail.isAccepted { deaths[deaths.count - 1].handed.insert(mail.messageID) }
      }
    }
  }

  func note(_ mail: ScriptedRelay.Mail, _ pair: HistoryModel.Pair) {
    var fate = model.fates[pair] ?? HistoryModel.Fate()
    defer { model.fates[pair] = fate }
    let delivery = mail.delivery.rawValue
    let first = firstTried[delivery] ?? now
    firstTried[delivery] = first
    switch mail.outcome {
    case .accepted, .uncertain:
      if !fate.names.isEmpty, !fate.mayComeAnew, !(fate.mayComeInDigest && mail.isDigest) {
        if !fate.names.contains(mail.messageID) {
          violations.append(
            "doubled: \(pair) comes as \(mail.messageID) in run \(extent.runs), and came as \(fate.names)")
        } else if fate.hasCome, !doubtful.contains(mail.messageID) {
          violations.append("doubled: \(pair) comes as \(mail.messageID) again in run \(extent.runs)")
        } else if let last = deaths.lastIndex(where: { $0.handed.contains(mail.messageID) }), mail.isAccepted {
          deaths[last].again.insert(mail.messageID)
          extent.again += 1
        }
      }
      fate.names.insert(mail.messageID)
      fate.handedOver = order
      if !mail.isDigest { fate.cameInstantly = true }
      if mail.isAccepted { fate.hasCome = true } else { doubtful.insert(mail.messageID) }
    case .refused(let reply, _):
      if reply.code >= 500 { fate.excuse = "refused for good" }
      if now - first >= 5 * 86_400 - 600 { fate.excuse = "refused for five days" }
    case .lost: if now - first >= 5 * 86_400 - 600 { fate.excuse = "lost for five days" }
    default: break
    }
  }

  /// The posts whose texts a mail has, and in which versions.
  static func posts(in text: String) -> [Int: Set<Int>] {
    var posts: [Int: Set<Int>] = [:]
    for piece in text.replacing("=\r\n", with: "").split(separator: "body-L").dropFirst() {
      let words = piece.prefix(12).split(separator: "e", maxSplits: 1)[0].split(separator: "v")
      if words.count == 2, let post = Int(words[0]), let version = Int(words[1]) {
        posts[post, default: []].insert(version)
      }
    }
    return posts
  }
}
