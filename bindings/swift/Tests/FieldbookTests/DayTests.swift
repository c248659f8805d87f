import XCTest
@testable import Fieldbook

final class DayTests: XCTestCase {
    func testADayIsSpelledOneWay() {
        XCTAssertEqual(Day("2026-02-03")?.description, "2026-02-03")
        XCTAssertNil(Day("2026-02-30"))
    }
}
