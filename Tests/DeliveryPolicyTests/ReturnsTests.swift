import DeliveryPolicy
import Testing
import Time

@Suite("Mails that come back")
struct ReturnsTests {
  private let now = Timestamp(1_800_000_000)
  private let day: Int64 = 86_400

  @Test(
    "S3, B3: whose fault it is that mail comes back, by how many people's did",
    arguments: [
      // One dead address, or four, among many.
      (["a": 40, "b": 10], ["a": 1], nil), (["a": 40, "b": 10], ["a": 3, "b": 1], nil),
      // Many, of several domains.
      (["a": 10, "b": 5], ["a": 4, "b": 1], nil), (["a": 9, "b": 5], ["a": 4, "b": 1], .relay),
      (["a": 30], ["a": 20, "b": 1], .relay), ([:], ["a": 4, "b": 1], .relay),
      // A domain's own.
      (["a": 100, "b": 14], ["b": 5], .domain("b")), (["a": 100, "b": 15], ["b": 5], nil),
      (["a": 100, "b": 2], ["b": 2], .domain("b")), (["a": 100, "b": 1], ["b": 1], nil),
      (["a": 100, "b": 3], ["b": 2], nil), (["b": 30], ["b": 30], .domain("b")),
    ] as [([String: Int], [String: Int], Returns.Fault?)])
  func faults(mailed: [String: Int], returned: [String: Int], fault: Returns.Fault?) {
    #expect(Returns(mailed: mailed, returned: returned).fault(of: "b", since: nil, at: now) == fault)
  }

  @Test("B3: a domain that has sent everything back for three days is believed, a relay never")
  func patience() {
    let domain = Returns(mailed: ["a": 100, "b": 3], returned: ["b": 3])
    #expect(domain.fault(of: "b", since: now - 3 * day, at: now) == .domain("b"))
    #expect(domain.fault(of: "b", since: now - 3 * day - 1, at: now) == nil)
    let relay = Returns(mailed: ["a": 4, "b": 3], returned: ["a": 4, "b": 3])
    #expect(relay.fault(of: "b", since: now - 30 * day, at: now) == .relay)
  }
}
