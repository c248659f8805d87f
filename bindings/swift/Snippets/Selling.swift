import Fieldbook
import Foundation

/// Puts a product on an opportunity at the catalogue's price and drafts a quote with everything on it.
func quote(_ book: Book, opportunity id: UUID, product: UUID, pieces: Decimal) async throws -> Quote? {
    let was = try await book.record(Opportunity.self, id: id)
    var now = was
    now.lines.append(OpportunityLine(id: book.newId(), product: product, quantity: Quantity(value: pieces)))
    try await book.save(was: was, now: now)
    try await book.act(on: now, .createQuote)
    let newest = Quote.records.where(\.opportunity, is: id).sorted(by: \.createdAt, descending: true).limit(1)
    return try await book.list(newest).first
}

/// Every line and what they come to, or why that cannot be told.
func prices(_ book: Book, of quote: Quote) async throws -> [String] {
    let sheet = try await book.price(quote)
    if let error = sheet.error { return [error.message] }
    let lines = sheet.lines.map { "\($0.quantity ?? 0) × \($0.unitPrice ?? 0) = \($0.amounts?.extended ?? 0)" }
    return lines + ["Total \(sheet.totals?.total ?? 0)"]
}

/// The customer has the quote and accepts it: quote and opportunity are won.
func takeOrder(_ book: Book, for quote: Quote) async throws -> SalesOrder? {
    try await book.act(on: quote, .activate())
    try await book.act(on: quote, .createOrder())
    return try await book.list(SalesOrder.records.where(\.quote, is: quote.id)).first
}

/// The office gives the invoice its number, which needs a network; gives what to tell the person if that was not possible.
func issue(_ book: Book, _ invoice: Invoice) async -> String? {
    do {
        try await book.act(on: invoice, .issue())
        return nil
    } catch {
        return error.localizedDescription
    }
}
