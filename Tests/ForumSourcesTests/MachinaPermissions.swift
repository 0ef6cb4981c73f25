import TestSupport

/// The tables of permissions of django-machina, and who may what by them: `get_perms_for_forumlist` of
/// machina/apps/forum_permission/checker.py (1.3.1), step by step and by its own names, for one forum and a person who
/// signed in. It works on lists of rules as that does, so that it shares no shortcut with the SQL that it checks.
struct MachinaPermissions {
  enum Target: Hashable {
    case user(Int64)
    case anonymous
    /// Everybody who signed in: `authenticated_user`.
    case everybody
  }

  struct Rule<Whom: Hashable>: Hashable {
    var permission: Int64
    var isGranted: Bool
    /// nil: for all forums.
    var forum: Int64?
    var whom: Whom
  }

  /// `can_read_forum` in the fixture.
  static let read: Int64 = 2

  var users: [Rule<Target>] = []
  var groups: [Rule<Int64>] = []
  /// The permissions in MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS.
  var defaults: Set<Int64> = []

  func mayRead(user: Int64, isActive: Bool, isSuper: Bool, groups memberOf: Set<Int64>, forum: Int64) -> Bool {
    if !isActive { return false }
    if isSuper { return true }
    return permissions(user: user, memberOf: memberOf, forum: forum).contains(MachinaPermissions.read)
  }

  /// The same for any permission, of somebody who is active and no superuser.
  func has(_ permission: Int64, user: Int64, groups memberOf: Set<Int64>, forum: Int64) -> Bool {
    permissions(user: user, memberOf: memberOf, forum: forum).contains(permission)
  }

  private func permissions(user: Int64, memberOf: Set<Int64>, forum f: Int64) -> Set<Int64> {
    let allUsersPerms = users.filter { $0.whom == .everybody && ($0.forum == nil || $0.forum == f) }
    let userPerms = users.filter { $0.whom == .user(user) && ($0.forum == nil || $0.forum == f) }
    let groupPerms = groups.filter { memberOf.contains($0.whom) && ($0.forum == nil || $0.forum == f) }

    func split<W>(_ rules: [Rule<W>], isGranted: Bool, global: Bool) -> [Rule<W>] {
      rules.filter { $0.isGranted == isGranted && ($0.forum == nil) == global }
    }
    func without<W>(_ rules: [Rule<W>], _ others: [[Int64]]) -> [Rule<W>] {
      rules.filter { rule in !others.contains { $0.contains(rule.permission) } }
    }
    func codes<W>(_ rules: [Rule<W>]) -> [Int64] { rules.map(\.permission) }

    let globallyNongrantedUser = codes(split(userPerms, isGranted: false, global: true))
    let globallyGrantedUser = codes(split(userPerms, isGranted: true, global: true))
    let globallyGrantedUserPermcodes =
      globallyGrantedUser.isEmpty ? Array(defaults) : globallyGrantedUser

    let perForumGrantedUser = codes(split(userPerms, isGranted: true, global: false))
    let perForumNongrantedUser = codes(split(userPerms, isGranted: false, global: false))

    let perForumGrantedGroup = codes(
      without(split(groupPerms, isGranted: true, global: false), [perForumNongrantedUser]))
    let perForumNongrantedGroup = codes(
      without(split(groupPerms, isGranted: false, global: false), [perForumGrantedUser]))
    let globallyGrantedGroup = codes(
      without(
        split(groupPerms, isGranted: true, global: true),
        [globallyNongrantedUser, perForumNongrantedGroup, perForumNongrantedUser]))
    let globallyNongrantedGroup = codes(
      without(
        split(groupPerms, isGranted: false, global: true),
        [globallyGrantedUser, perForumGrantedGroup, perForumGrantedUser]))

    let perForumGrantedAll = codes(
      without(
        split(allUsersPerms, isGranted: true, global: false),
        [perForumNongrantedUser, perForumNongrantedGroup]))
    let perForumNongrantedAll = codes(
      without(
        split(allUsersPerms, isGranted: false, global: false), [perForumGrantedUser, perForumGrantedGroup]))
    let globallyGrantedAll = codes(
      without(
        split(allUsersPerms, isGranted: true, global: true),
        [
          perForumNongrantedAll, globallyNongrantedUser, globallyNongrantedGroup, perForumNongrantedGroup,
          perForumNongrantedUser,
        ]))

    let grantedUser = globallyGrantedUserPermcodes.filter {
      !perForumNongrantedUser.contains($0) && !perForumNongrantedAll.contains($0)
    }
    return Set(
      grantedUser + perForumGrantedUser + globallyGrantedGroup + perForumGrantedGroup + globallyGrantedAll
        + perForumGrantedAll)
  }

  /// Random tables over these users, groups and forums, as machina's own forms allow them: at most one rule for a user
  /// or group, permission and forum; but since NULL is not equal to NULL, any number that are global or for everybody.
  static func random(
    users: [Int64], groups: [Int64], forums: [Int64], using random: inout SplitMix64
  ) -> MachinaPermissions {
    var tables = MachinaPermissions()
    let codes = [read, read, read, 1, 4]
    let density = random.pick([1, 2, 3, 6])
    func rule<W>(_ whom: W, _ random: inout SplitMix64) -> Rule<W> {
      Rule(
        permission: random.pick(codes), isGranted: random.once(in: 2), forum: random.pick([nil, nil] + forums),
        whom: whom)
    }
    for user in users {
      for _ in 0..<Int.random(in: 0...3, using: &random) where random.once(in: density) {
        tables.users.append(rule(.user(user), &random))
      }
    }
    for _ in 0..<Int.random(in: 0...3, using: &random) { tables.users.append(rule(.everybody, &random)) }
    if random.once(in: 3) { tables.users.append(rule(.anonymous, &random)) }
    for group in groups {
      for _ in 0..<Int.random(in: 0...4, using: &random) where random.once(in: density) {
        tables.groups.append(rule(group, &random))
      }
    }
    tables.users = distinct(tables.users) { if case .user = $0.whom { true } else { false } }
    tables.groups = distinct(tables.groups) { _ in true }
    return tables
  }

  private static func distinct<W>(_ rules: [Rule<W>], _ isNamed: (Rule<W>) -> Bool) -> [Rule<W>] {
    var seen: Set<Rule<W>> = []
    return rules.filter { rule in
      guard rule.forum != nil, isNamed(rule) else { return true }
      var key = rule
      key.isGranted = true
      return seen.insert(key).inserted
    }
  }
}
