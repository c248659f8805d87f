import Fieldbook
import Foundation

/// A phone in a terminal: `fieldbook-sample BOOK VERB [ARGUMENTS]`.
struct Phone {
    let book: Book

    static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 2 else { throw Misuse() }
        let phone = Phone(book: try await Book.open(path: arguments[0], deviceName: "terminal"))
        try await phone.obey(arguments[1], with: Array(arguments.dropFirst(2)))
        try await phone.book.shutDown()
    }

    private func obey(_ verb: String, with words: [String]) async throws {
        switch (verb, words.count) {
        case ("sign-in", 2): try await signIn(server: words[0], token: words[1])
        case ("add", 1...2): try await add(topic: words[0], accountName: words.dropFirst().first)
        case ("open-opportunities", 0): show(try await book.list(openOpportunities))
        case ("show", 1): show([try await opportunity(words[0])])
        case ("rename", 2): try await rename(words[0], topic: words[1])
        case ("win", 2): try await win(words[0], amount: words[1])
        case ("lose", 2): try await book.act(on: opportunity(words[0]), .lose(reason: words[1]))
        case ("available", 1): try await showActions(words[0])
        case ("watch", 0): try await watch()
        case ("sync", 0): try await sync()
        case ("inbox", 0): try await showInbox()
        case ("digest", 0): try await book.recordsDigest().forEach { print($0) }
        default: throw Misuse()
        }
    }

    private let openOpportunities = Opportunity.records.where(\.state, is: Opportunity.State.open)

    private func opportunity(_ word: String) async throws -> Opportunity {
        guard let id = UUID(uuidString: word) else { throw Misuse() }
        return try await book.record(Opportunity.self, id: id)
    }

    private func signIn(server: String, token: String) async throws {
        print(try await book.signIn(server: server, token: token).name)
    }

    private func add(topic: String, accountName: String?) async throws {
        var opportunity = Opportunity(id: book.newId(), topic: topic)
        var steps: [Step] = []
        if let accountName {
            let account = Account(id: book.newId(), name: accountName)
            opportunity.customer = account.ref
            steps.append(.create(account))
        }
        steps.append(.create(opportunity))
        _ = try await book.apply(steps: steps)
        print(spelled(opportunity.id))
    }

    private func rename(_ id: String, topic: String) async throws {
        let was = try await opportunity(id)
        var now = was
        now.topic = topic
        try await book.save(was: was, now: now)
    }

    private func win(_ id: String, amount: String) async throws {
        guard let value = Decimal(string: amount) else { throw Misuse() }
        try await book.act(on: opportunity(id), .win(actualValue: value))
    }

    private func showActions(_ id: String) async throws {
        for action in try await book.available(opportunity(id)) {
            print(action.reason.map { "\(action.action)\tno\t\($0.message)" } ?? "\(action.action)\tyes")
        }
    }

    private func sync() async throws {
        let report = try await book.sync()
        print("pushed \(report.pushed) pulled \(report.pulledRecords) decisions \(report.decisions)")
    }

    private func showInbox() async throws {
        for item in try await book.inbox() {
            guard case .decided(let decision) = item.content else { continue }
            let record = "\(decision.record.kind):\(spelled(decision.record.id))"
            print("\(decision.rule)\t\(decision.outcome)\t\(record)\t\(decision.message)")
        }
    }

    private func show(_ opportunities: [Opportunity]) {
        for opportunity in opportunities {
            print("\(spelled(opportunity.id))\t\(opportunity.topic)\t\(opportunity.state)\t\(opportunity.stage ?? "")")
        }
    }

    /// Ids as documents and the server write them.
    private func spelled(_ id: UUID) -> String { id.uuidString.lowercased() }
}

extension Phone {
    /// Shows the open opportunities whenever they change, connected to the server, until standard input ends.
    private func watch() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await opportunities in book.live(openOpportunities) {
                    show(opportunities)
                    print("--")
                    fflush(nil)
                }
            }
            group.addTask { for try await _ in book.connection() {} }
            group.addTask { await standardInputEnds() }
            // Whatever ends first ends the others: standard input, or a failure.
            try await group.next()
            group.cancelAll()
        }
    }

    private func standardInputEnds() async {
        await withCheckedContinuation { ended in
            Thread.detachNewThread {
                while readLine() != nil {}
                ended.resume()
            }
        }
    }
}

/// The words on the command line are none of this program's.
struct Misuse: LocalizedError {
    var errorDescription: String? {
        """
        usage: fieldbook-sample BOOK sign-in SERVER TOKEN | add TOPIC [ACCOUNT-NAME] | open-opportunities | show ID | \
        rename ID TOPIC | win ID AMOUNT | lose ID REASON | available ID | watch | sync | inbox | digest
        """
    }
}
