import Identifiers
import SQL
import Time

/// The ledger's numbers and moments as its columns keep them.
extension Value {
  static func id(_ id: some LedgerNumber) -> Value { .integer(id.rawValue) }
  static func ids(_ ids: some Sequence<some LedgerNumber>) -> Value { .integers(ids.lazy.map(\.rawValue)) }
}

extension Row {
  func id<ID: LedgerNumber>(_ column: Int) -> ID { ID(rawValue: integer(column)) }
  func optionalID<ID: LedgerNumber>(_ column: Int) -> ID? { optionalInteger(column).map(ID.init(rawValue:)) }
  func moment(_ column: Int) -> Timestamp { Timestamp(integer(column)) }
  func optionalMoment(_ column: Int) -> Timestamp? { optionalInteger(column).map(Timestamp.init) }
}
