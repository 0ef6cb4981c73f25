import Composition
import Inbound
import Mail
import Text

/// Which files of a reply a forum keeps (rule I4).
public struct AttachmentRules: Hashable, Sendable {
  /// Of these kinds, by their octets.
  public var kinds: Set<FileKind>
  /// Octets of one file at the most.
  public var fileLimit: Int
  /// Octets of all kept files of a message at the most.
  public var messageLimit: Int
  /// How many of a message at the most.
  public var countLimit: Int

  /// Everything is given: what a setting is by default, the configuration says.
  public init(kinds: Set<FileKind>, fileLimit: Int, messageLimit: Int, countLimit: Int) {
    self.kinds = kinds
    self.fileLimit = fileLimit
    self.messageLimit = messageLimit
    self.countLimit = countLimit
  }

  /// The files that are kept, each with what it is, and those that are not, in their order: the first ones that have room.
  func sorted(_ files: [AttachedFile]) -> (kept: [(file: AttachedFile, kind: FileKind)], left: [Notice.LeftFile]) {
    var kept: [(file: AttachedFile, kind: FileKind)] = []
    var left: [Notice.LeftFile] = []
    var room = messageLimit
    for file in files {
      func leave(_ reason: Notice.LeftFile.Reason) {
        left.append(Notice.LeftFile(name: file.shownName, octets: file.count, reason: reason))
      }
      if file.count > fileLimit {
        leave(.tooLarge(limit: fileLimit))
        continue
      }
      guard let kind = FileKind(file.octets, name: file.name, type: file.type), kinds.contains(kind) else {
        leave(.kind)
        continue
      }
      if kept.count >= countLimit {
        leave(.tooMany(limit: countLimit))
      } else if file.count > room {
        leave(.tooLargeTogether(limit: messageLimit))
      } else {
        room -= file.count
        kept.append((file, kind))
      }
    }
    return (kept, left)
  }
}

extension AttachedFile {
  /// Its name, fit to be shown.
  var shownName: String { (name ?? "").fileName() }
}
