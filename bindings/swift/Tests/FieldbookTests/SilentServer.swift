import Foundation

/// A server that takes calls and says nothing until it is told to.
final class SilentServer: @unchecked Sendable {
    let url: String
    private let socket: Int32
    private var caller: Int32 = -1

    init() throws {
        #if canImport(Glibc)
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let socket = Foundation.socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, size) == 0 && listen(socket, 8) == 0 && getsockname(socket, address, &size) == 0
            }
        }
        guard listening else { throw TestFailure("no socket to listen on") }
        self.socket = socket
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    /// Waits until somebody calls and has said something.
    func awaitCaller() throws {
        guard isReadable(socket) else { throw TestFailure("nobody called") }
        caller = accept(socket, nil, nil)
        var said: UInt8 = 0
        guard isReadable(caller), recv(caller, &said, 1, 0) == 1 else { throw TestFailure("the caller hung up at once") }
    }

    /// Answers the next caller as the server does when it cannot help.
    func answer(_ status: Int, code: String) {
        Thread.detachNewThread { [self] in
            guard (try? awaitCaller()) != nil else { return }
            let body = "{\"error\":{\"code\":\"\(code)\",\"message\":\"not today\"}}"
            let head = "HTTP/1.1 \(status) No\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
            let answer = Array((head + body).utf8)
            _ = send(caller, answer, answer.count, 0)
        }
    }

    /// Whether the caller hangs up before the deadline.
    func callerHangsUp() -> Bool {
        var said = [UInt8](repeating: 0, count: 4_096)
        while isReadable(caller) {
            if recv(caller, &said, said.count, 0) <= 0 { return true }
        }
        return false
    }

    deinit {
        close(socket)
        if caller >= 0 { close(caller) }
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, Int32(deadline.components.seconds * 1_000)) == 1
    }
}
