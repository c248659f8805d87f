import Foundation

/// The server of all tests: the real program over a folder of its own.
final class Server: @unchecked Sendable {
    static let shared = Server()

    /// Where it listens.
    let url: String

    private let data = FileManager.default.temporaryDirectory.appendingPathComponent("fieldbook-server-\(UUID())")
    private let process = Process()

    private init() {
        let said = Pipe()
        process.executableURL = Server.program
        process.arguments = ["serve", "--data", data.path, "--listen", "127.0.0.1:0"]
        process.standardOutput = said
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            fatalError("\(Server.program.path) cannot be started: set FIELDBOOK_SERVER (\(error))")
        }
        var line = ""
        while !line.hasSuffix("\n"), let more = try? said.fileHandleForReading.read(upToCount: 1), !more.isEmpty {
            line += String(decoding: more, as: UTF8.self)
        }
        url = line.dropFirst("listening on ".count).trimmingCharacters(in: .whitespacesAndNewlines)
        atexit { Server.shared.stop() }
    }

    /// An organisation nobody else has.
    func newOrg() throws -> String {
        let org = "Acme \(UUID())"
        try manage(["org", "create"], [org])
        return org
    }

    /// Takes somebody on.
    func addUser(_ name: String, role: String, org: String) throws {
        let about = ["--org", org, "--name", name, "--email", "\(name.lowercased())@example.com", "--role", role]
        try manage(["user", "add"], about)
    }

    /// A token for somebody.
    func token(_ name: String, org: String) throws -> String {
        try manage(["token"], ["--org", org, "--user", "\(name.lowercased())@example.com"])
    }

    @discardableResult
    private func manage(_ verbs: [String], _ about: [String]) throws -> String {
        let (command, said, complaints) = (Process(), Pipe(), Pipe())
        command.executableURL = Server.program
        command.arguments = verbs + ["--data", data.path] + about
        command.standardOutput = said
        command.standardError = complaints
        try command.run()
        let output = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        command.waitUntilExit()
        guard command.terminationStatus == 0 else { throw TestFailure("\(verbs.joined(separator: " ")): \(complaint)") }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func stop() {
        // Stopped gently it would wait for phones that are still connected.
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: data)
    }

    private static var program: URL {
        if let path = ProcessInfo.processInfo.environment["FIELDBOOK_SERVER"] { return URL(fileURLWithPath: path) }
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return here.appendingPathComponent("../../../../target/debug/fieldbook-server").standardized
    }
}

/// What makes a test stop.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
