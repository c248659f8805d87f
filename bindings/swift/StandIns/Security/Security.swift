// What the snippets use of Apple's Security, without what it does.

import Foundation

public typealias CFDictionary = [String: Any]
public typealias CFTypeRef = Any
public typealias OSStatus = Int32

public let kSecClass = "class"
public let kSecClassGenericPassword = "generic password"
public let kSecAttrService = "service"
public let kSecAttrAccessible = "accessible"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly = "after first unlock, this device only"
public let kSecValueData = "data"
public let kSecReturnData = "return data"
public let kSecRandomDefault: Int? = nil
public let errSecSuccess: OSStatus = 0
public let errSecItemNotFound: OSStatus = -25_300

public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    errSecItemNotFound
}

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { errSecSuccess }

public func SecRandomCopyBytes(_ random: Int?, _ count: Int, _ bytes: UnsafeMutableRawPointer) -> Int32 { errSecSuccess }
