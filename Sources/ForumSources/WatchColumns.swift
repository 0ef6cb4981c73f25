import Forum
import SQL
import Time

/// Where a result keeps a watch or a mute: `scope`, and where the forum has them `mute`, `watch_mode` and `since`.
///
/// A person's own `mode` may stand in the same row, hence the longer name.
struct WatchColumns {
  static let names = ["scope", "mute", "watch_mode", "since"]

  private let scope: Int
  private let mute, mode, since: Int?
  private let times: LocalTimes?

  init(_ columns: Columns) throws {
    scope = try columns.required("scope")
    times = columns.times
    mute = columns["mute"]
    mode = columns["watch_mode"]
    since = columns["since"]
  }

  /// - Returns: nil where the scope is NULL: an outer join found no watch.
  func watch(_ row: any Row) throws -> Watch? {
    guard let scope: WatchScope = try row.choice(scope) else { return nil }
    return Watch(
      scope: scope, isMute: try row.flag(mute) ?? false, mode: try row.choice(mode), since: try row.moment(since, times)
    )
  }
}
