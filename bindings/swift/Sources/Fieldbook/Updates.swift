import Foundation

/// What the book has to tell for as long as somebody listens: `for try await records in book.live(query) { … }`.
///
/// Every loop over it listens for itself, from when it begins. Nothing is left behind when a loop ends, when its task is
/// cancelled, or when the sequence is dropped.
public struct Updates<Element: Sendable>: AsyncSequence, Sendable {
    typealias Stream = AsyncThrowingStream<Element, any Error>

    private let kept: Int
    private let begin: @Sendable (Stream.Continuation) throws -> @Sendable () -> Void

    /// Updates of which the latest `kept` wait for a loop that is busy; `begin` starts them and gives what ends them.
    init(keeping kept: Int, begin: @escaping @Sendable (Stream.Continuation) throws -> @Sendable () -> Void) {
        self.kept = kept
        self.begin = begin
    }

    /// Starts listening.
    public func makeAsyncIterator() -> Iterator {
        let (stream, continuation) = Stream.makeStream(bufferingPolicy: .bufferingNewest(kept))
        do {
            let end = try begin(continuation)
            continuation.onTermination = { _ in end() }
        } catch {
            continuation.finish(throwing: error)
        }
        return Iterator(updates: stream.makeAsyncIterator())
    }

    /// One loop.
    public struct Iterator: AsyncIteratorProtocol {
        var updates: Stream.Iterator

        /// The next update; `nil` when there will be none.
        public mutating func next() async throws -> Element? {
            try await updates.next()
        }
    }
}
