package app.fieldbook

import app.fieldbook.records.*
import java.math.BigDecimal
import java.util.UUID

/** A catalogue: pumps at 749.00; hoses at 12.35, many for less; valves at what they cost and a margin, in steps of 0.05. */
class Shop(val prices: UUID, val piece: UUID, val pump: UUID, val hose: UUID, val valve: UUID)

/** What the administrator enters; everybody has it after a sync. */
suspend fun Book.openShop(): Shop {
    val piece = create(UnitOfMeasure(newId(), name = "Piece"))
    val pump = create(Product(newId(), name = "Pump", defaultUnit = piece, quantityDecimals = 0))
    val hose = create(Product(newId(), name = "Hose", defaultUnit = piece, quantityDecimals = 0))
    val cost = BigDecimal("37.50")
    val valve = create(
        Product(newId(), name = "Valve", defaultUnit = piece, quantityDecimals = 1, currency = "EUR", currentCost = cost),
    )
    val shop = Shop(create(PriceList(newId(), name = "2026", currency = "EUR")), piece, pump, hose, valve)
    val tiers = listOf(Triple("10", "49", "5"), Triple("50", "999", "12")).map { (low, high, off) ->
        DiscountTier(newId(), low = BigDecimal(low), high = BigDecimal(high), off = BigDecimal(off))
    }
    val many = create(DiscountList(newId(), name = "Volume", kind = DiscountLists.Kind.PERCENT, tiers = tiers))
    bundle {
        create(shop.item(pump).copy(amount = BigDecimal("749.00")))
        create(shop.item(hose).copy(amount = BigDecimal("12.35"), discountList = many))
        create(
            shop.item(valve).copy(
                pricingMethod = PriceListItems.PricingMethod.PERCENT_MARGIN_CURRENT,
                percentage = BigDecimal("35"),
                roundingPolicy = PriceListItems.RoundingPolicy.NEAREST,
                roundingOption = PriceListItems.RoundingOption.MULTIPLE_OF,
                roundingAmount = BigDecimal("0.05"),
                quantitySelling = PriceListItems.QuantitySelling.WHOLE_AND_FRACTIONAL,
            ),
        )
        create(ProductRelationship(newId(), product = pump, relatedProduct = valve, kind = ProductRelationships.Kind.ACCESSORY))
    }
    return shop
}

private fun Shop.item(product: UUID) =
    PriceListItem(priceListItemId(prices, product, piece), priceList = prices, product = product, unit = piece)

/** So many of a product. */
fun pieces(quantity: String): Quantity = Quantity(value = BigDecimal(quantity))
