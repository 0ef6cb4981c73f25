import Capture
import Testing

@Suite("The dialogue") struct DialogueTests {
  @Test("A message is kept with its envelope, as it was sent")
  func keeps() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      #expect(try client.ask("MAIL FROM:<a@b.example> SIZE=20") == "250 2.1.0")
      #expect(try client.ask("RCPT TO:<c@d.example>") == "250 2.1.5")
      #expect(try client.ask("DATA") == "354")
      #expect(try client.ask("Subject: x\r\n\r\n..hello\r\n.") == "250 2.0.0")
      #expect(try client.ask("QUIT") == "221 2.0.0")
      #expect(try client.reply() == nil)
      let message = try #require(try await server.messages(atLeast: 1).first)
      #expect(message.from == "a@b.example")
      #expect(message.recipients == ["c@d.example"])
      #expect(message.parameters == ["SIZE=20"])
      #expect(String(decoding: message.data, as: UTF8.self) == "Subject: x\r\n\r\n.hello\r\n")
      #expect(message.greeting == "client.example")
      #expect((message.arrival, message.connection, message.order) == (1, 1, 1))
    }
  }
}
