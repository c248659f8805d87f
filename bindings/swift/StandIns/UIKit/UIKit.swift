// What the snippets use of Apple's UIKit, without what it does.

import Foundation

public enum UIBackgroundFetchResult: UInt, Sendable {
    case newData, noData, failed
}

@MainActor
public final class UIApplication {
    public struct LaunchOptionsKey: Hashable, Sendable {}

    public func registerForRemoteNotifications() {}
}

@MainActor
public protocol UIApplicationDelegate: AnyObject {
    func application(_ application: UIApplication, didReceiveRemoteNotification userInfo: [AnyHashable: Any]) async
        -> UIBackgroundFetchResult
}
