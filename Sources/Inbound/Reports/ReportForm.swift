/// A form of report that is written for people; each has a file of its own.
///
/// A form takes what it is sure of and leaves the rest to the next: the list is in order of certainty.
protocol ReportForm {
  /// What it says of each recipient; empty if the text is not of this form.
  static func read(_ text: ReportText) -> [RecipientReport]

  /// Whether it takes addresses from fixed places. Of the others' whoever gets the report is left out: they are
  /// addressed in it, and are not who could not be reached.
  static var isPrecise: Bool { get }
}

extension ReportForm {
  static var isPrecise: Bool { false }
}

/// The forms, those that are known by their own words first.
enum ReportForms {
  static var known: [any ReportForm.Type] {
    [
      FailedRecipientsField.self, EximReport.self, SendmailReport.self, AngleReport.self, IntroducedReport.self,
      LabelledReport.self,
    ]
  }

  /// Those that need a sender or subject which say that it is a report.
  static var guessed: [any ReportForm.Type] {
    [
      TranscriptReport.self, SentenceReport.self, ReturnedMessageReport.self,
    ]
  }

  /// What the first form says that knows the text.
  static func read(_ text: ReportText, _ forms: [any ReportForm.Type]) -> [RecipientReport] {
    for form in forms {
      let found = form.read(text).filter { report in
        form.isPrecise || !text.addressees.contains("\(report.address)".lowercased())
      }
      if !found.isEmpty { return found.merged }
    }
    return []
  }
}
