import ArgumentParser
import Foundation

/// An option that says one thing and stands twice on a command line: of the two the last would win in silence, and whom the
/// first named would be left out. So it is refused, in every command alike; what may stand several times says so by
/// being a list.
///
/// Which options there are, ArgumentParser tells; that is asked only where a name may stand twice.
enum RepeatedOptions {
  /// The command line's first mistake of this kind, in words.
  /// - Parameter arguments: as they were typed, without the program.
  static func refusal(_ arguments: [String]) -> String? {
    let typed = arguments.prefix { $0 != "--" }
    let names = typed.filter { $0.hasPrefix("-") && $0.count > 1 }.map { String($0.prefix { $0 != "=" }) }
    guard mayRepeat(names), let surface = try? Surface.of(Watchpost.self) else { return nil }
    for option in surface.options(of: Array(typed)) where names.count(where: option.contains) > 1 {
      return "\(option[0]) stands twice, and can be given once: the first would count for nothing"
    }
    return nil
  }

  /// Of a name, or of the long form and the short one of what may be one option.
  private static func mayRepeat(_ names: [String]) -> Bool {
    let short = Set(names.filter { !$0.hasPrefix("--") }.compactMap { $0.dropFirst().first })
    return Set(names).count < names.count
      || names.contains { $0.hasPrefix("--") && $0.dropFirst(2).first.map(short.contains) == true }
  }

  /// The commands with their options, as ArgumentParser tells them.
  private struct Surface: Decodable {
    let command: Command

    struct Command: Decodable {
      let commandName: String
      let defaultSubcommand: String?
      let subcommands: [Command]?
      let arguments: [Argument]?
    }

    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let names: [Name]?
    }

    struct Name: Decodable {
      let kind: String
      let name: String
    }

    static func of(_ root: any ParsableCommand.Type) throws -> Surface {
      try JSONDecoder().decode(Surface.self, from: Data(root._dumpHelp().utf8))
    }

    /// The names of each option that may stand once, the long one first, of the command that the words call.
    func options(of words: [String]) -> [[String]] {
      var (command, found) = (command, command.arguments ?? [])
      for word in words.prefix(while: { !$0.hasPrefix("-") }) {
        guard let next = command.subcommands?.first(where: { $0.commandName == word }) else { break }
        command = next
        found += next.arguments ?? []
      }
      if let name = command.defaultSubcommand, let next = command.subcommands?.first(where: { $0.commandName == name })
      {
        found += next.arguments ?? []
      }
      return found.filter { $0.kind == "option" && !$0.isRepeating }.compactMap { argument in
        let names = (argument.names ?? []).map { $0.kind == "short" ? "-\($0.name)" : "--\($0.name)" }
        return names.isEmpty ? nil : names.sorted { $0.count > $1.count }
      }
    }
  }
}
