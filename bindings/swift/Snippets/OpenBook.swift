import Fieldbook
import Foundation
import Security

/// Opens the app's one book, in a folder of its own.
func openBook() async throws -> Book {
    let support = try FileManager.default.url(
        for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
    let folder = support.appendingPathComponent("fieldbook")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try protect(folder)
    return try await Book.open(
        path: folder.appendingPathComponent("sales.db").path, deviceName: "Ada's phone", key: KeychainKey())
}

#if os(Linux)
func protect(_ folder: URL) throws {}
#else
func protect(_ folder: URL) throws {
    let readableOnceUnlocked = FileProtectionType.completeUntilFirstUserAuthentication
    try FileManager.default.setAttributes([.protectionKey: readableOnceUnlocked], ofItemAtPath: folder.path)
}
#endif

/// The book's key, made at first use, readable once the phone was unlocked, and never in a backup.
final class KeychainKey: KeyProvider {
    private var item: [String: Any] {
        [kSecClass as String: kSecClassGenericPassword, kSecAttrService as String: "fieldbook.key"]
    }

    func key() throws -> Data {
        var found: CFTypeRef?
        let asked = item.merging([kSecReturnData as String: true]) { $1 }
        let status = SecItemCopyMatching(asked as CFDictionary, &found)
        if status == errSecSuccess, let key = found as? Data { return key }
        // A key that cannot be read now is not replaced: the book would be lost.
        guard status == errSecItemNotFound else { throw CallbackError.Failed(reason: "the Keychain said \(status)") }
        return try make()
    }

    private func make() throws -> Data {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard SecRandomCopyBytes(kSecRandomDefault, bytes.count, &bytes) == errSecSuccess else {
            throw CallbackError.Failed(reason: "there is no randomness")
        }
        let key = Data(bytes)
        let kept = item.merging([
            kSecValueData as String: key,
            kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]) { $1 }
        let status = SecItemAdd(kept as CFDictionary, nil)
        guard status == errSecSuccess else { throw CallbackError.Failed(reason: "the Keychain said \(status)") }
        return key
    }
}
