/// Whether a relay that offers PIPELINING keeps to it (RFC 2920), as far as one run has seen.
///
/// Some offer it and drop what is buffered behind a command or behind a content; the answer never comes then. Until a
/// run has seen pipelined commands answered, it has little patience with them, and after one that hung it goes on in
/// lock step.
final class PipeliningTrust {
  /// A pipelined command was never answered: new connections go in lock step.
  private(set) var isBroken = false
  private var kept: Set<DialogueQuestions.Place> = []

  /// Commands were answered that had been said behind these.
  func saw(_ places: Set<DialogueQuestions.Place>) { if !places.isSubset(of: kept) { kept.formUnion(places) } }

  /// A command that was said behind something else was not answered in time.
  func hung() { isBroken = true }

  /// Whether an answer to a command that was said there may take all of its time.
  func isPatient(behind place: DialogueQuestions.Place) -> Bool { kept.contains(place) }
}
