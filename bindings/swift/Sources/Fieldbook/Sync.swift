import Foundation

extension Book {
    /// Sends what waits and fetches what is new; `progress` is told after every answer, on a thread of the book. Cancelling the
    /// task gives up: what was stored until then stays stored, nothing is lost.
    ///
    /// Throws `SignedOut`, `Offline`, `UpgradeNeeded`; `CancellationError` if the task was cancelled.
    @discardableResult
    public func sync(progress: (@Sendable (SyncReport) -> Void)? = nil) async throws -> SyncReport {
        let cancel = Cancel()
        return try await withTaskCancellationHandler {
            do {
                return try await exchange(cancel: cancel, progress: progress.map(ProgressTeller.init))
            } catch FieldbookError.Cancelled {
                throw CancellationError()
            }
        } onCancel: {
            cancel.cancel()
        }
    }

    /// A sync that tells what was done so far, and at its end what it did. A loop that ends early gives up the sync.
    ///
    /// Throws as ``sync(progress:)``.
    public func syncing() -> Updates<SyncReport> {
        Updates(keeping: 1) { told in
            let work = Task {
                do {
                    told.yield(try await self.sync { told.yield($0) })
                    told.finish()
                } catch {
                    told.finish(throwing: error)
                }
            }
            return { work.cancel() }
        }
    }
}

private final class ProgressTeller: ProgressListener {
    private let tell: @Sendable (SyncReport) -> Void

    init(_ tell: @escaping @Sendable (SyncReport) -> Void) {
        self.tell = tell
    }

    func onProgress(report: SyncReport) {
        tell(report)
    }
}
