import Identifiers
import Ledger
import Mail
import Time

/// What an ``AttemptGroup`` takes in and gives out.
extension AttemptGroup {
  /// An attempt that has begun and not ended.
  struct UnderWay {
    let delivery: Delivery
    let recipient: Address
    /// 1 for the first attempt.
    let number: Int
    /// The lease that it was begun under.
    let lease: LeaseID
    let beganAt: Timestamp
  }

  /// What is told of an attempt in the log.
  struct Told {
    let end: AttemptEnd
    /// What the ledger says of the delivery after the commit.
    let state: DeliveryState
  }

  /// What the ledger is to be told in one commit.
  struct Commit {
    var ended: [AttemptEnd]
    /// Attempts that came to nothing and are not counted.
    var unsent: [DeliveryID]
    /// Failed, in this run or an earlier one, by the relay's fault.
    var givenBack: Ledger.Wait?
    var domains: Ledger.DomainUpdate
  }
}
