import Identifiers

/// How far a run has come in taking what is due (rule E4).
///
/// On PostgreSQL the entries of what was taken stay in the index for as long as anybody's snapshot may see them, a
/// backup's for hours: a run that began at the bottom each time would walk over all that it has sent.
public struct ClaimPlace: Hashable, Sendable {
  /// Nothing was taken yet.
  public static let start = ClaimPlace(due: -1, id: 0, urgent: 0)

  /// The moment at which the last one taken was due, in seconds since 1970.
  private(set) var due: Int64
  /// Its number.
  private(set) var id: DeliveryID
  /// The largest number of an urgent one that was taken: newer ones stand behind it.
  private(set) var urgent: DeliveryID

  /// Moves behind one that was taken. Urgent ones, due at 0, have a place of their own: what comes among them while a
  /// run is at work goes first all the same (rule C4).
  mutating func pass(due: Int64, _ id: DeliveryID) {
    if due == 0 { urgent = max(urgent, id) }
    if (due, id) > (self.due, self.id) { (self.due, self.id) = (due, id) }
  }
}
