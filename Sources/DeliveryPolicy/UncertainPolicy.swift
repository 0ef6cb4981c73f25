/// What becomes of a mail that was handed over without a recorded answer (rule S5).
public enum UncertainPolicy: String, Sendable, CaseIterable {
  /// It is sent again with the same Message-ID, at most `limit` times; then it is held.
  case resend
  /// It waits for the admin's word.
  case hold

  /// How often one message may be of unknown fate before it is held whatever the policy.
  public static let limit = 3
}
