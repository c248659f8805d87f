import Foundation

/// Files that belong to records.
extension Book {
    /// Attaches a file to `record`; gives the id of the attachment. It is sent after the record, at the next sync.
    ///
    /// Throws `NotFound`; `Storage`, `attachment.read`; `Refused`: not permitted, deleted, empty, too large, a record type
    /// without attachments.
    @discardableResult
    public func attach(_ file: NewAttachment, to record: some FieldbookRecord) async throws -> UUID {
        try await attach(target: record.ref, file: file)
    }

    /// The attachments of `record`, and where their files are.
    ///
    /// Throws `NotFound`.
    public func attachments(of record: some FieldbookRecord) async throws -> [AttachedFile] {
        try await attachments(target: record.ref)
    }

    /// Fetches the file of an attachment unless it is here; gives how many bytes came. Cancelling the task gives up: what came
    /// until then is kept, and the next call goes on from there.
    ///
    /// Throws `NotFound`, `SignedOut`, `Offline`; `Refused` while the server does not have the file either; `CancellationError`
    /// if the task was cancelled.
    @discardableResult
    public func fetch(_ attachment: UUID, on record: some FieldbookRecord) async throws -> Int64 {
        let cancel = Cancel()
        return try await withTaskCancellationHandler {
            do {
                return try await fetch(target: record.ref, attachment: attachment, cancel: cancel)
            } catch FieldbookError.Cancelled {
                throw CancellationError()
            }
        } onCancel: {
            cancel.cancel()
        }
    }

    /// The bytes of an attachment's file.
    ///
    /// Throws `NotFound`; `Refused`, `attachment.not_held`, while it is not here.
    public func bytes(of attachment: UUID, on record: some FieldbookRecord) async throws -> Data {
        try await attachmentBytes(target: record.ref, attachment: attachment)
    }
}
