import Foundation

/// What helps somebody who sells.
extension Book {
    /// Every step of the prices of an opportunity, quote, order or invoice.
    ///
    /// Throws `NotFound`; `Refused`, `record.no_prices`, for a record that has none.
    public func price(_ record: some FieldbookRecord) async throws -> PriceSheet {
        try await price(target: record.ref)
    }

    /// Products that go with a product, or with the lines of an opportunity, quote, order or invoice.
    ///
    /// Throws `NotFound`.
    public func suggest(_ record: some FieldbookRecord) async throws -> [Suggestion] {
        try await suggest(target: record.ref)
    }

    /// What the lines of a quote still have to say about their products before it can be activated.
    ///
    /// Throws `NotFound`.
    public func missingProperties(_ record: some FieldbookRecord) async throws -> [MissingProperty] {
        try await missingProperties(target: record.ref)
    }

    /// Records that may be the same as `record`, which need not have been created yet.
    public func duplicates(of record: some FieldbookRecord) async throws -> [Duplicate] {
        try await duplicates(record: record.any)
    }
}
