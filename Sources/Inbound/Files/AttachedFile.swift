/// A file that a person sent with their words.
public struct AttachedFile: Sendable, Equatable {
  /// Which it is in its message, from 1; the same message has the same numbers at every reading.
  public var number: Int
  /// As the sender calls it; hostile.
  public var name: String?
  /// `type/subtype`, lower-cased, as the sender has it; hostile.
  public var type: String
  /// How many octets it has.
  public var count: Int
  /// Its octets, decoded; empty where they cannot be read.
  public var octets: [UInt8]
}

extension InboundMessage {
  /// The parts that somebody attached, or put between words of theirs; not what mail programs, lists and servers attach
  /// by themselves: signatures, cards, dates, and pictures that the text shows, such as a logo.
  public var attachments: [Part] {
    let html = parts.lazy.filter { $0.type == "text/html" }.compactMap(\.text)
    let shown = html.map { $0.lowercased() }.joined(separator: "\n")
    return Self.attachments(in: body, isShown: false, by: shown)
  }

  private static func attachments(in part: Part, isShown: Bool, by html: String) -> [Part] {
    if case .parts(let parts) = part.content {
      return parts.flatMap { attachments(in: $0, isShown: isShown || part.type == "multipart/related", by: html) }
    }
    if case .message = part.content { return [] }
    return isMeant(part, isShown: isShown, by: html) ? [part] : []
  }

  private static func isMeant(_ part: Part, isShown: Bool, by html: String) -> Bool {
    let name = (part.filename ?? "").trimmedOfWhitespace.lowercased()
    if programs.contains(part.type) || programFiles.contains(name) { return false }
    if programEndings.contains(where: { name.hasSuffix($0) }) { return false }
    // What Exchange makes of a list's footer, and of the lines behind a picture.
    if name.hasPrefix("att0"), [".txt", ".htm", ".html", ".c"].contains(where: { name.hasSuffix($0) }) { return false }
    let isMedia = ["image/", "video/", "audio/", "application/"].contains { part.type.hasPrefix($0) }
    if part.type.hasPrefix("image/") {
      // Dots that count readers, lines, icons.
      if case .octets(let count) = part.content, count < leastPicture { return false }
      if let id = part.contentID, html.has("cid:\(id)") { return false }
    }
    // A picture that HTML shows is a program's; one that stands by itself is the person's.
    return part.isAttachment || isMedia && !isShown || part.type.hasPrefix("text/") && !name.isEmpty
  }

  /// Octets that a picture which somebody means to send has at least.
  private static let leastPicture = 1024

  private static let programs: Set<String> = [
    "application/pgp-signature", "application/pgp-keys", "application/pgp-encrypted", "application/pkcs7-signature",
    "application/x-pkcs7-signature", "text/vcard", "text/x-vcard", "text/directory", "text/calendar",
    "application/ics", "application/ms-tnef", "application/vnd.ms-tnef", "application/applefile",
  ]
  private static let programFiles: Set<String> = ["winmail.dat", "win.dat", "smime.p7s", "signature.asc"]
  private static let programEndings = [".p7s", ".vcf", ".vcard", ".ics", "openpgp_signature", "openpgp_signature.asc"]
}

extension MessageReader {
  /// The files of `InboundMessage.attachments`, with their octets.
  /// - Parameter octets: the whole message.
  /// - Returns: nil where something lay beyond the bounds: the last file may be half of one.
  public func files(in octets: [UInt8]) -> [AttachedFile]? {
    let message = read(octets, keepsOctets: true)
    guard message.isComplete else { return nil }
    return message.attachments.enumerated().map { index, part in
      AttachedFile(
        number: index + 1, name: part.filename, type: part.type,
        count: part.octets.isEmpty ? part.size : part.octets.count,
        octets: part.octets)
    }
  }
}
