import Fieldbook
import Foundation

/// A catalogue: pumps at 749.00; hoses at 12.35, many for less; valves at what they cost and a margin, in steps of 0.05.
struct Shop {
    let prices: UUID
    let piece: UUID
    let pump: UUID
    let hose: UUID
    let valve: UUID

    /// What the administrator enters; everybody has it after a sync.
    static func open(on omar: Book) async throws -> Shop {
        let piece = try await omar.create(UnitOfMeasure(id: omar.newId(), name: "Piece"))
        let sold = { (name: String, decimals: Int64, cost: String?) in
            try await omar.create(
                Product(
                    id: omar.newId(), name: name, defaultUnit: piece, quantityDecimals: decimals,
                    currency: "EUR", currentCost: cost.map(amount)))
        }
        let shop = Shop(
            prices: try await omar.create(PriceList(id: omar.newId(), name: "2026", currency: "EUR")), piece: piece,
            pump: try await sold("Pump", 0, nil), hose: try await sold("Hose", 0, nil),
            valve: try await sold("Valve", 1, "37.50"))
        let tiers = [("10", "49", "5"), ("50", "999", "12")].map { low, high, off in
            DiscountTier(id: omar.newId(), low: amount(low), high: amount(high), off: amount(off))
        }
        let many = DiscountList(id: omar.newId(), name: "Volume", kind: DiscountList.Kind.percent, tiers: tiers)
        let pump = shop.item(shop.pump, amount: amount("749.00"))
        let hose = shop.item(shop.hose, amount: amount("12.35"), many: many.id)
        var valve = shop.item(shop.valve)
        valve.pricingMethod = PriceListItem.PricingMethod.percentMarginCurrent
        valve.percentage = 35
        valve.roundingPolicy = PriceListItem.RoundingPolicy.nearest
        valve.roundingOption = PriceListItem.RoundingOption.multipleOf
        valve.roundingAmount = amount("0.05")
        valve.quantitySelling = PriceListItem.QuantitySelling.wholeAndFractional
        let goesWith = ProductRelationship(
            id: omar.newId(), product: shop.pump, relatedProduct: shop.valve, kind: ProductRelationship.Kind.accessory)
        _ = try await omar.apply(steps: [.create(many), .create(pump), .create(hose), .create(valve), .create(goesWith)])
        return shop
    }

    private func item(_ product: UUID, amount: Decimal? = nil, many: UUID? = nil) -> PriceListItem {
        PriceListItem(
            id: priceListItemId(priceList: prices, product: product, unit: piece), priceList: prices, product: product,
            unit: piece, amount: amount, discountList: many)
    }
}

/// An amount as it is spelled: a literal such as `0.1` passes through floating point.
func amount(_ text: String) -> Decimal {
    guard let amount = Decimal(string: text) else { preconditionFailure("\(text) is no amount") }
    return amount
}

/// So many of a product.
func pieces(_ text: String) -> Quantity { Quantity(value: amount(text)) }
