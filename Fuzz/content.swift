@testable import Relay

/// X1: whatever a message holds, its content ends where its final dot stands and nowhere before ("SMTP smuggling").
func fuzz(_ input: [UInt8]) {
  let octets = written { Content.append(input, to: &$0) }
  require(octets == dataOctets(of: input), "not the message with its dots doubled")
  let lines = require(crlfLines(octets), "a CR or LF alone, or no line end")
  require(lines.firstIndex(of: [UInt8(ascii: ".")]) == lines.count - 1, "a line with a dot alone before the last")
  let needs = Content.needs(of: input)
  require(needs.eightBit == input.contains { $0 >= 0x80 }, "it is mistaken about octets above 127")
  require(needs.eightBit || !needs.headerUTF8, "it is mistaken about octets above 127 in the header")
}
