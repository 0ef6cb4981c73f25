import Forum
import Ledger
import TestSupport
import Testing

@testable import Jobs

/// Posts that stand in a thread whose discussion the forum does not have.
@Suite("Discussions that are not there") struct LostPlaceTests {
  @Test("E1: a discussion that is never there again is shown for a week")
  func forgotten() throws {
    let site = try TestSite()
    let fault = RowFault.notThere(.discussion, key: "88", query: "discussions", post: "1")
    try site.ledger.setAside([SetAside(fault, since: site.clock.now)])
    for isShown in [true, false] {
      site.clock.advance(by: isShown ? 6 * 86_400 : 2 * 86_400)
      try site.collect()
      #expect(try site.ledger.setAsideCount() == (isShown ? 1 : 0))
    }
  }
}
