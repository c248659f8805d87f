import Foundation

extension FieldbookError: LocalizedError {
    /// A sentence a person can read: what is wrong, and where there is something to do, what.
    public var reason: String {
        switch self {
        case .Refused(_, _, let reason), .NotFound(_, _, let reason), .SignedOut(let reason), .Offline(let reason),
            .UpgradeNeeded(let reason), .Storage(_, let reason), .Cancelled(let reason), .Bug(_, let reason):
            reason
        }
    }

    /// Stable and dotted, for example `field.too_long`; `nil` where the kind of the error says it all.
    public var code: String? {
        switch self {
        case .Refused(let code, _, _), .Storage(let code, _), .Bug(let code, _): code
        case .NotFound, .SignedOut, .Offline, .UpgradeNeeded, .Cancelled: nil
        }
    }

    /// The reason, which is what `localizedDescription` shows.
    public var errorDescription: String? { reason }
}
