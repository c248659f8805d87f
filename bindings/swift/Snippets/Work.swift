import Fieldbook
import Foundation

func signIn(_ book: Book, token: String) async throws -> RecordRef {
    let session = try await book.signIn(server: "https://sales.example.com", token: token)
    return session.user
}

func edit(_ book: Book, id: UUID) async throws {
    let was = try await book.record(Opportunity.self, id: id)
    var now = was
    now.stage = Opportunity.Stage.propose
    now.estValue = Estimate(amount: Decimal(string: "48000.50"))
    now.lines.append(OpportunityLine(id: book.newId(), description: "Transport", pricePerUnit: 40))
    try await book.save(was: was, now: now)
}

func win(_ book: Book, _ opportunity: Opportunity) async throws -> String? {
    do {
        try await book.act(on: opportunity, .win(actualValue: Decimal(string: "47250")))
        return nil
    } catch FieldbookError.Refused(_, _, let reason) {
        return reason  // A sentence to show as it is.
    }
}

func signOut(_ book: Book) async throws {
    do {
        try await book.wipe()
    } catch FieldbookError.Refused("wipe.outbox", _, let reason) {
        guard await personAgreesToLoseWork(because: reason) else { return }
        try await book.wipe(discardUnsent: true)
    }
}

func personAgreesToLoseWork(because reason: String) async -> Bool { false }
