// What the snippets use of Apple's SwiftUI, without what it does.

import Foundation

@MainActor
@preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { return fatalError("nothing is drawn here") }
}

@resultBuilder
public enum ViewBuilder {
    public static func buildBlock(_ content: some View) -> Drawn { Drawn() }
    public static func buildBlock(_ first: some View, _ second: some View) -> Drawn { Drawn() }
    public static func buildOptional(_ content: Drawn?) -> Drawn { Drawn() }
}

/// Some view.
public struct Drawn: View {
    public typealias Body = Never
    public var body: Never { return fatalError("nothing is drawn here") }
    public nonisolated init() {}
}

public struct Text: View {
    public typealias Body = Never
    public var body: Never { return fatalError("nothing is drawn here") }
    public nonisolated init(_ text: some StringProtocol) {}
}

public struct List: View {
    public typealias Body = Never
    public var body: Never { return fatalError("nothing is drawn here") }
    public init<Data: RandomAccessCollection>(_ data: Data, @ViewBuilder row: @escaping (Data.Element) -> some View)
    where Data.Element: Identifiable {}
}

public struct TextField: View {
    public typealias Body = Never
    public var body: Never { return fatalError("nothing is drawn here") }
    public init(_ title: some StringProtocol, text: Binding<String>) {}
}

extension View {
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> some View { Drawn() }
    public func onSubmit(_ action: @escaping () -> Void) -> some View { Drawn() }
    public func overlay(@ViewBuilder content: () -> some View) -> some View { Drawn() }
}

@propertyWrapper
public struct State<Value> {
    private final class Box {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    private let box: Box
    public init(wrappedValue: Value) { box = Box(wrappedValue) }
    public var wrappedValue: Value {
        get { box.value }
        nonmutating set { box.value = newValue }
    }
    public var projectedValue: Binding<Value> { Binding() }
}

public struct Binding<Value> {
    init() {}
}
