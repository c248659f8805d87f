#if canImport(UIKit)
import BackgroundTasks
import Fieldbook
import Foundation
import Network
import UIKit

/// Syncs while the app is not looked at. `begin()` belongs into the app's launch.
final class BackgroundSync: Sendable {
    private let book: Book
    private let identifier = "com.example.sales.sync"

    init(book: Book) {
        self.book = book
    }

    func begin() {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { [self] task in
            schedule()
            let running = Running(task: task)
            let sync = Task { [book] in
                let done = (try? await book.sync()) != nil
                running.task.setTaskCompleted(success: done)
            }
            task.expirationHandler = { sync.cancel() }
        }
        schedule()
    }

    func schedule() {
        let request = BGAppRefreshTaskRequest(identifier: identifier)
        request.earliestBeginDate = Date(timeIntervalSinceNow: 15 * 60)
        try? BGTaskScheduler.shared.submit(request)
    }
}

/// Apple's task, which may be ended on any thread.
struct Running: @unchecked Sendable {
    let task: BGTask
}

/// Tells the book what the phone knows about the network.
func watchNetwork(for book: Book) -> NWPathMonitor {
    let monitor = NWPathMonitor()
    monitor.pathUpdateHandler = { path in
        book.network(state: path.status == .satisfied ? .available : .unavailable)
    }
    monitor.start(queue: DispatchQueue(label: "network"))
    return monitor
}

/// Syncs when the server's silent push wakes the app.
final class AppDelegate: NSObject, UIApplicationDelegate {
    var book: Book?

    func application(_ application: UIApplication, didReceiveRemoteNotification userInfo: [AnyHashable: Any]) async
        -> UIBackgroundFetchResult
    {
        guard let report = try? await book?.sync() else { return .failed }
        return report.pulledRecords > 0 ? .newData : .noData
    }
}
#endif
