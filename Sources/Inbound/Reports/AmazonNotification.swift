import Foundation
import Mail

/// A notification of Amazon SES by SNS: JSON in the text of a mail.
struct AmazonNotification {
  /// A complaint, not a bounce.
  let isComplaint: Bool
  let recipients: [RecipientReport]

  /// Nil if the message holds none.
  init?(_ message: InboundMessage) {
    guard let text = message.parts.first(where: { $0.type == "text/plain" })?.text?.trimmedOfWhitespace,
      text.hasPrefix("{"), text.has("\"notificationType\""),
      let json = text.components(separatedBy: "\n--\n").first,
      // Long lines are broken on the way.
      let notification = Self.decoded(json) ?? Self.decoded(json.replacing("\n", with: ""))
    else { return nil }
    isComplaint = notification.complaint != nil
    if let complaint = notification.complaint {
      recipients = (complaint.complainedRecipients ?? []).compactMap { recipient in
        (try? Address(recipient.emailAddress)).map { RecipientReport(address: $0, action: .delivered, status: nil) }
      }
    } else if let bounce = notification.bounce {
      let isPermanent = bounce.bounceType != "Transient"
      recipients = (bounce.bouncedRecipients ?? []).compactMap { recipient in
        guard let address = try? Address(recipient.emailAddress) else { return nil }
        let status = recipient.status.flatMap { Reason.enhanced(in: $0) }
        return RecipientReport(
          address: address, action: .failed, status: status ?? (isPermanent ? "5.0.0" : "4.0.0"))
      }
    } else {
      return nil
    }
  }

  private static func decoded(_ text: String) -> Notification? {
    try? JSONDecoder().decode(Notification.self, from: Data(text.utf8))
  }

  /// What is read of the JSON.
  private struct Notification: Decodable {
    struct Recipient: Decodable {
      let emailAddress: String
      let status: String?
    }
    struct Bounce: Decodable {
      let bounceType: String?
      let bouncedRecipients: [Recipient]?
    }
    struct Complaint: Decodable { let complainedRecipients: [Recipient]? }
    let bounce: Bounce?
    let complaint: Complaint?
  }
}
