import Identifiers
import Time

/// Mails of one day that a relay took and that came back by report, beside those that were taken (rules B3, S3): whether
/// what the reports say is held against addresses.
///
/// A relay, or a provider, with a fault of its own may send back everybody's mail as if nobody were there. Addresses die
/// one by one; those of many people in one day do not. The first rule that fits:
///
/// | what came back within a day | whose fault |
/// |---|---|
/// | mail of 5 people of 2 domains, and of more than a third of those who were mailed | the relay's |
/// | of one domain's people: of 5, and more than a third; or of all, where they are 2 or more | the domain's, for 3 days |
/// | anything else | the addresses' |
public struct Returns: Hashable, Sendable {
  /// Seconds that are looked at together.
  public static let span: Int64 = 86_400
  /// People whose mail must have come back.
  public static let many = 5
  /// Seconds after which a domain is believed that sends everybody's mail back.
  public static let patience: Int64 = 3 * 86_400

  /// Whose fault it is that mails come back.
  public enum Fault: Hashable, Sendable {
    /// The relay's, or whoever it gave them to.
    case relay
    /// One provider's.
    case domain(String)
  }

  /// Of one domain.
  public struct Count: Hashable, Sendable {
    /// People who were mailed.
    public var mailed: Int
    /// People whose mail came back.
    public var returned: Int

    /// - Parameter mailed: where fewer were mailed than had mail back, such as after days, those count.
    public init(mailed: Int, returned: Int) {
      self.mailed = max(mailed, returned)
      self.returned = returned
    }

    /// More than a third, and not merely a few.
    var isMuch: Bool { returned >= Returns.many && 3 * returned > mailed }
    var isAll: Bool { returned > 1 && returned == mailed }
  }

  /// By domain, in its canonical form.
  public private(set) var domains: [String: Count]

  /// - Parameters:
  ///   - mailed: how many people were mailed, by domain.
  ///   - returned: how many had mail back.
  public init(mailed: [String: Int], returned: [String: Int]) {
    let both = Set(mailed.keys).union(returned.keys)
    domains = Dictionary(
      uniqueKeysWithValues: both.map { ($0, Count(mailed: mailed[$0] ?? 0, returned: returned[$0] ?? 0)) })
  }

  /// All domains together.
  public var all: Count {
    domains.values.reduce(Count(mailed: 0, returned: 0)) {
      Count(mailed: $0.mailed + $1.mailed, returned: $0.returned + $1.returned)
    }
  }

  /// Whose fault it is that one mail came back; nil: its address's.
  /// - Parameter since: when the domain was found at fault first; nil if it was not.
  public func fault(of domain: String, since: Timestamp?, at now: Timestamp) -> Fault? {
    if all.isMuch, domains.values.count(where: { $0.returned > 0 }) > 1 { return .relay }
    guard let count = domains[domain], count.isMuch || count.isAll, since.map({ now - $0 <= Self.patience }) ?? true
    else { return nil }
    return .domain(domain)
  }
}
