import Forum
import SQL
import TestSupport
import Time

/// What people do, and what they may do.
extension HistoryWorld {
  func takePerson(_ event: HistoryEvent) throws {
    let writer = site.fixture.writer
    switch event {
    case .watch(let person, let place, let isMute, let mode):
      let watch = Watch(
        scope: place.scope, isMute: isMute, mode: mode.flatMap(Mode.init(rawValue:)), since: forumNow)
      try site.fixture.put(watch, on: place.key, by: "\(person)")
      var wish =
        model.forum.wishes[person]?[place]
        ?? HistoryModel.Wish(isMute: isMute, mode: mode, since: moment, isMisdated: isMisdating)
      (wish.isMute, wish.mode) = (isMute, mode)
      model.forum.wishes[person, default: [:]][place] = wish
    case .unwatch(let person, let place):
      try writer.removeWatch(scope: place.scope, target: place.key, participant: "\(person)")
      model.forum.wishes[person]?[place] = nil
    case .mode(let person, let mode):
      try set("participant", "mode", .optional(mode), person)
      model.forum.people[person]?.mode = mode
    case .digest(let person, let isWeekly, let hour, let zone, let language):
      try set("participant", "digest_period", .text(isWeekly ? "weekly" : "daily"), person)
      try set("participant", "digest_hour", .integer(Int64(hour)), person)
      try set("participant", "zone", .text(zone), person)
      try set("participant", "language", .text(language), person)
    case .pause(let person, let seconds):
      let until = seconds.map { now + $0 }
      try set("participant", "paused_until", .optional(until), person)
      model.forum.people[person]?.pausedUntil = until
      model.forum.people[person]?.isUnreadable = false
    case .account(let person, let isActive):
      try writer.setStanding(of: "\(person)", isActive: isActive)
      model.forum.people[person]?.isActive = isActive
    case .ownPosts(let person, let wants):
      try set("participant", "own_posts", .integer(wants ? 1 : 0), person)
      model.forum.people[person]?.wantsOwn = wants
    default: try takeRight(event)
    }
  }

  func takeRight(_ event: HistoryEvent) throws {
    switch event {
    case .suppress(let person, let isOn):
      let address = try site.fixture.forum.read {
        try $0.first("SELECT address FROM participant WHERE id = $1", [.text("\(person)")]) { $0.text(0) }
      }
      guard let address, address.contains("@") else { return }
      try site.fixture.ledgerFile.write {
        try $0.run("DELETE FROM suppression WHERE address = $1", [.text(address)])
        if isOn {
          try $0.run("INSERT INTO suppression (address, reason, since) VALUES ($1, 'test', 0)", [.text(address)])
        }
      }
      if isOn { model.suppressed.insert(person) } else { model.suppressed.remove(person) }
    case .privacy(let discussion, let isOn):
      try set("discussion", "is_private", .integer(isOn ? 1 : 0), discussion)
      if isOn { model.forum.privates.insert(discussion) } else { model.forum.privates.remove(discussion) }
    case .member(let person, let discussion, let isOn):
      let isMember = model.forum.members[discussion]?.contains(person) == true
      if isOn, !isMember {
        try site.fixture.writer.addMember(discussion: "\(discussion)", participant: "\(person)")
        model.forum.members[discussion, default: []].insert(person)
      } else if !isOn, isMember {
        try site.fixture.writer.removeMember(discussion: "\(discussion)", participant: "\(person)")
        model.forum.members[discussion]?.remove(person)
      }
    case .closing(let discussion, let seconds):
      try set("discussion", "closes_at", .optional(seconds.map { now + $0 }), discussion)
      model.forum.unreadable.remove(discussion)
    default: preconditionFailure("\(event) is not about people")
    }
  }
}

extension HistoryEvent.Place {
  var scope: WatchScope {
    switch self {
    case .thread: .thread
    case .discussion: .discussion
    case .everything: .everything
    }
  }

  var key: String {
    switch self {
    case .thread(let number), .discussion(let number): "\(number)"
    case .everything: ""
    }
  }
}
