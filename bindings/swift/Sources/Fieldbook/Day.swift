import Foundation

/// A calendar day without a time or a time zone, such as a close date.
///
/// A `Date` is a moment: shown in another time zone it would be another day.
public struct Day: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The year, 1900 to 2200.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day of the month, 1 to 31.
    public let day: Int

    /// A day of the Gregorian calendar; `nil` if there is no such day, or none a record may hold.
    public init?(year: Int, month: Int, day: Int) {
        let parts = DateComponents(calendar: Calendar(identifier: .gregorian), year: year, month: month, day: day)
        guard (1900...2200).contains(year), parts.isValidDate else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day it is at a moment, where the calendar is.
    public init?(_ moment: Date = Date(), calendar: Calendar = .current) {
        let parts = calendar.dateComponents([.year, .month, .day], from: moment)
        self.init(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0)
    }

    /// Reads the one spelling of a day, `2026-11-23`.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.count == 10, parts.count == 3 else { return nil }
        guard let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]) else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Midnight of the day, where the calendar is.
    public func date(in calendar: Calendar = .current) -> Date? {
        calendar.date(from: DateComponents(year: year, month: month, day: day))
    }

    public var description: String {
        let padded = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    public static func < (left: Day, right: Day) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}
