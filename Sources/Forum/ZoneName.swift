import Foundation

/// Names of time zones as other programs have them.
public enum ZoneName {
  /// Rails' names that are no city's; its others end the IANA name.
  private static let regions = [
    "eastern time (us & canada)": "America/New_York", "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver", "pacific time (us & canada)": "America/Los_Angeles",
    "atlantic time (canada)": "America/Halifax", "hawaii": "Pacific/Honolulu", "alaska": "America/Anchorage",
    "arizona": "America/Phoenix", "beijing": "Asia/Shanghai", "new delhi": "Asia/Kolkata", "mumbai": "Asia/Kolkata",
    "chennai": "Asia/Kolkata", "bern": "Europe/Zurich", "edinburgh": "Europe/London", "osaka": "Asia/Tokyo",
  ]

  /// The IANA name that was probably meant by one that is none: `Europe/Paris` by `Paris`, as Rails has it, or
  /// `europe/paris`; nil if nothing comes near.
  public static func meant(by text: String) -> String? {
    let wanted = text.lowercased()
    if let region = regions[wanted] { return region }
    let city = wanted.replacing(" ", with: "_")
    let known = TimeZone.knownTimeZoneIdentifiers
    return known.first { $0.lowercased() == city } ?? known.first { $0.lowercased().hasSuffix("/\(city)") }
  }
}
