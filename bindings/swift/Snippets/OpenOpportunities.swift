import Fieldbook
import Foundation
import SwiftUI

/// My open opportunities, always up to date, with a field to add another.
struct OpenOpportunities: View {
    let book: Book
    let me: RecordRef
    @State private var sales: [Opportunity] = []
    @State private var topic = ""
    @State private var trouble: String?

    var body: some View {
        List(sales) { sale in
            Text(sale.pending ? "\(sale.topic) (waits to be sent)" : sale.topic)
        }
        .overlay { if let trouble { Text(trouble) } }
        .task { await follow() }
        .task { await stayConnected() }
        TextField("What do they want to buy?", text: $topic)
            .onSubmit { Task { await add() } }
    }

    private func follow() async {
        let mine = Opportunity.records
            .where(\.state, is: Opportunity.State.open)
            .where(\.owner, is: me)
            .sorted(by: \.estCloseDate)
        do {
            for try await sales in book.live(mine) { self.sales = sales }
        } catch {
            trouble = error.localizedDescription
        }
    }

    private func stayConnected() async {
        do {
            for try await event in book.connection() where event == .connected { trouble = nil }
        } catch {
            trouble = error.localizedDescription  // Signed out, or the app is too old.
        }
    }

    private func add() async {
        do {
            try await book.create(Opportunity(id: book.newId(), topic: topic, owner: me))
            topic = ""
        } catch {
            trouble = error.localizedDescription
        }
    }
}
