/// What a ``Dialogue`` has said and has no answer to, in its order: every answer is the next question's.
///
/// Ends are offsets in the connection's output, just behind the question's last octet.
struct DialogueQuestions {
  /// What a question was said behind without waiting for an answer: PIPELINING has to keep it from being lost there.
  enum Place: Hashable, CaseIterable {
    /// Another command of its group.
    case command
    /// The final dot of the content before it.
    case content
  }

  private struct Question {
    let end: Int
    let behind: Place?
    let isContent: Bool
  }

  /// Few: a message's content and the next one's commands.
  private var waiting: [Question] = []

  /// Where the question ends that is to be answered next; nil: nothing was asked.
  var end: Int? { waiting.first?.end }
  /// What the question that is to be answered next was said behind; nil: behind nothing.
  var place: Place? { waiting.first?.behind }

  /// A command, or a content with its final dot, was said.
  mutating func asked(end: Int, isContent: Bool = false) {
    let behind = waiting.last.map { $0.isContent ? Place.content : .command }
    waiting.append(Question(end: end, behind: behind, isContent: isContent))
  }

  /// The next one has its answer.
  mutating func answered() { waiting.removeFirst() }
}
