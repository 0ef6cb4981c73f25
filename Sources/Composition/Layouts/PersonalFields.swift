/// What fills the holes for one recipient, in the form that the part needs (escaped in HTML), CRLF line ends.
struct PersonalFields: Sendable {
  var date: [UInt8] = []
  /// Empty where what the post answers stands above it.
  var answers: [UInt8] = []
  var replyAddress: [UInt8] = []
  var messageID: [UInt8] = []
  var stopURL: [UInt8] = []
  var stopAddress: [UInt8] = []
  var account: [UInt8] = []
  var recipientName: [UInt8] = []
  var why: [UInt8] = []
  var heading: [UInt8] = []
  var summary: [UInt8] = []
  var preview: [UInt8] = []

  /// Empty for the holes of whole parts, which no field fills.
  subscript(hole: Hole) -> [UInt8] {
    switch hole {
    case .date: date
    case .answers: answers
    case .preview: preview
    case .replyAddress: replyAddress
    case .messageID: messageID
    case .stopURL: stopURL
    case .stopAddress: stopAddress
    case .account: account
    case .recipientName: recipientName
    case .why: why
    case .heading: heading
    case .summary: summary
    case .body, .contents, .posts: []
    }
  }
}
