import Foundation

/// A type of Swift's that a field can hold.
public protocol FieldContent: Sendable, Hashable {
    /// The value where no record stands around it.
    var fieldValue: FieldValue { get }
    /// What `value` holds; `nil` if it holds nothing, or something else.
    static func content(of value: FieldValue) -> Self?
}

extension FieldValue {
    /// What it holds; `nil` if it holds nothing, or something else.
    public func content<Value: FieldContent>(as type: Value.Type = Value.self) -> Value? {
        Value.content(of: self)
    }
}

extension String: FieldContent {
    public var fieldValue: FieldValue { .text(value: self) }

    public static func content(of value: FieldValue) -> String? {
        if case .text(let text) = value { text } else { nil }
    }
}

extension Bool: FieldContent {
    public var fieldValue: FieldValue { .flag(value: self) }

    public static func content(of value: FieldValue) -> Bool? {
        if case .flag(let flag) = value { flag } else { nil }
    }
}

extension Int64: FieldContent {
    public var fieldValue: FieldValue { .number(value: self) }

    public static func content(of value: FieldValue) -> Int64? {
        if case .number(let number) = value { number } else { nil }
    }
}

extension Foundation.Decimal: FieldContent {
    public var fieldValue: FieldValue { .amount(value: self) }

    public static func content(of value: FieldValue) -> Foundation.Decimal? {
        if case .amount(let amount) = value { amount } else { nil }
    }
}

extension Day: FieldContent {
    public var fieldValue: FieldValue { .day(value: self) }

    public static func content(of value: FieldValue) -> Day? {
        if case .day(let day) = value { day } else { nil }
    }
}

extension Date: FieldContent {
    public var fieldValue: FieldValue { .moment(value: self) }

    public static func content(of value: FieldValue) -> Date? {
        if case .moment(let moment) = value { moment } else { nil }
    }
}

extension UUID: FieldContent {
    public var fieldValue: FieldValue { .link(value: self) }

    public static func content(of value: FieldValue) -> UUID? {
        if case .link(let id) = value { id } else { nil }
    }
}

extension RecordRef: FieldContent {
    public var fieldValue: FieldValue { .reference(value: self) }

    public static func content(of value: FieldValue) -> RecordRef? {
        if case .reference(let record) = value { record } else { nil }
    }
}
