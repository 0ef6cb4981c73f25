/// Why a digest is written.
public enum DigestCause: String, Sendable, CaseIterable {
  /// At its reader's usual time.
  case regular
  /// Instant copies that were overdue (rule C5), or posts that were shown again.
  case catchUp = "catch-up"
  /// Before a discussion closes (rule D3).
  case lastCall = "last-call"
  /// The last one of somebody who left digest mode (rule F5).
  case leaving
}
