import Fieldbook
import Foundation

do {
    try await Phone.run(Array(CommandLine.arguments.dropFirst()))
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(exitStatus(of: error))
}

/// What the shell is told of a failure.
func exitStatus(of error: any Error) -> Int32 {
    switch error {
    case FieldbookError.Refused: 2
    case FieldbookError.Offline: 3
    case FieldbookError.SignedOut: 4
    default: 1
    }
}
