import DeliveryPolicy

extension RefusalWindow {
  /// What a relay that refuses everything is told with.
  func words(_ last: Outcome) -> String {
    let count = "\(deliveries.count.of("message", "messages")) to \(domains.count.of("domain", "domains")) in a row"
    let isOfSize: Bool
    var isOfPeople = false
    if case .refused(let reply, _) = last {
      let code = reply.stated
      isOfSize = reply.code == 552 || code?.subject == 3 || code.map { ($0.subject, $0.detail) == (2, 2) } ?? false
      isOfPeople = [1, 2].contains(code?.subject ?? 0) || [551, 556].contains(reply.code)
    } else {
      isOfSize = false
    }
    let among = isOfKnown ? ", among them those to people whose last mail it took" : ""
    let advice =
      if isOfSize {
        "see whether its disk is full, and how large a message it takes (SIZE)"
      } else if isOfPeople {
        "see whether it can read its list of users"
      } else {
        "see whether it lets this machine send (delivery.transport, smtp.user, mail.domain), and whether it has a limit"
      }
    return """
      The relay refused \(count), and took none\(among), the last with: \(last.gist ?? ""). That is not about the addresses: \
      \(advice). The messages wait.
      """
  }
}

extension Int {
  /// A number with its noun: `1 domain`, `3 domains`.
  func of(_ one: String, _ many: String) -> String { "\(self) \(self == 1 ? one : many)" }
}
