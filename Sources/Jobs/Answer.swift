import Delivery

extension Outcome {
  /// The server's whole answer, or what happened instead, as it is kept with the attempt (rule S2).
  var answer: String {
    switch self {
    case .accepted(let reply): reply.description
    case .refused(let reply, let stage): "\(stage.rawValue): \(reply)"
    case .notOffered(let capability): capability.description
    case .lost(let reason), .uncertain(let reason), .unsent(let reason): reason
    }
  }
}
