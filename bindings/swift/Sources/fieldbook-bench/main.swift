import Fieldbook
import Foundation

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: fieldbook-bench BOOK-FOLDER\n".utf8))
    exit(2)
}
print(try await Bench.run(in: URL(fileURLWithPath: CommandLine.arguments[1])))
