import TestSupport
import Testing

@testable import Relay

@Suite("What a dialogue has to write")
struct DialogueOutputTests {
  private func take(_ output: inout DialogueOutput, _ count: Int) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
      let taken = output.take(into: buffer)
      return Array(buffer[..<taken])
    }
  }

  @Test("Octets come out as they went in, in pieces of any size; offsets count from the connection's first octet")
  func pieces() {
    for seed in 0..<50 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      var output = DialogueOutput()
      var (said, taken): ([UInt8], [UInt8]) = ([], [])
      for _ in 1...100 {
        if random.once(in: 2) {
          output.say("NOOP")
          said += Array("NOOP\r\n".utf8)
        } else {
          taken += take(&output, Int.random(in: 1...20, using: &random))
        }
        #expect(output.end == said.count)
      }
      taken += take(&output, 1000)
      #expect(taken == said && take(&output, 10).isEmpty)
    }
  }

  @Test("What is new is announced once, also when it was taken before anybody asked")
  func announced() {
    var output = DialogueOutput()
    var seen: [Bool] = [output.announce()]
    output.say("QUIT")
    seen += [output.announce(), output.announce()]
    #expect(take(&output, 3) == Array("QUI".utf8))
    seen.append(output.announce())
    output.say("NOOP")
    seen += [output.announce(), output.announce()]
    output.say("NOOP")
    #expect(take(&output, 100).count == 15)
    seen.append(output.announce())
    #expect(seen == [false, true, false, false, true, false, true])
  }

  @Test("The room of a large message is given back")
  func room() {
    var output = DialogueOutput()
    output.octets += [UInt8](repeating: 65, count: 2 << 20)
    #expect(take(&output, 3 << 20).count == 2 << 20)
    #expect(output.octets.capacity < 1 << 20 && output.end == 2 << 20)
  }
}
