import Foundation

/// Messages in files of their own, written by hand for these tests.
enum Fixtures {
  /// Name without the folder, and the octets.
  static let all: [(name: String, octets: [UInt8])] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    precondition(!names.isEmpty, "the fixtures are missing: \(folder.path())")
    return names.sorted().map { name in
      (name, (try? Data(contentsOf: folder.appending(path: name))).map(Array.init) ?? [])
    }
  }()
}
