package app.fieldbook

import app.fieldbook.records.*
import java.math.BigDecimal
import java.time.LocalDate
import java.util.UUID
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Every record type crosses the boundary and comes back as it went. */
class RecordTypesTest {
    /** The least a record of a type holds, with what it refers to, and what a person typed of a record the book shows. */
    private class Least<R : Any>(val type: RecordType<R>, val make: suspend Book.(UUID) -> R, val typed: (R) -> R)

    private val least: List<Least<*>> = listOf(
        Least(BusinessUnits, { BusinessUnit(it, name = "North") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(SecurityRoles, { SecurityRole(it, name = "Key accounts", role = "rep") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Territories, { Territory(it, name = "North") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Users, { User(it, name = "Eve", role = "rep") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Teams, { Team(it, name = "Pumps") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Accounts, { Account(it, name = "Globex") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Contacts, { Contact(it, lastName = "Lind") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Leads, { Lead(it, topic = "Pumps") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Opportunities, { Opportunity(it, topic = "Pumps") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Quotes, { Quote(it, name = "Pumps", customer = globex()) }) {
            it.copy(
                owner = null, quoteNumber = null, provisionalNumber = null, revision = null,
                state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false,
            )
        },
        Least(SalesOrders, { SalesOrder(it, name = "Pumps", customer = globex()) }) {
            it.copy(
                owner = null, orderNumber = null, provisionalNumber = null, pricesLocked = null, fulfilmentStatus = null,
                state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false,
            )
        },
        Least(Invoices, { Invoice(it, name = "Pumps", customer = globex()) }) {
            it.copy(
                owner = null, paperTitle = null, provisionalNumber = null, pricesLocked = null, amountDue = null,
                state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false,
            )
        },
        Least(Competitors, { Competitor(it, name = "Initech") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(TransactionCurrencies, { TransactionCurrency(it, isoCode = "EUR", exchangeRate = BigDecimal("0.92")) }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(UnitGroups, { UnitGroup(it, name = "Pieces") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(UnitsOfMeasure, { UnitOfMeasure(it, name = "Box") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Products, { Product(it, name = "Pump") }) {
            it.copy(version = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(ProductRelationships, { ProductRelationship(it, product = pump(), relatedProduct = pump(), kind = "accessory") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(PriceLists, { PriceList(it, name = "2026", currency = "EUR") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(PriceListItems, { price() }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(DiscountLists, { DiscountList(it, name = "Volume", kind = "percent") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(FiscalCalendars, { FiscalCalendar(it, name = "2026", yearStart = LocalDate.of(2026, 1, 1), template = "quarter") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(GoalMetrics, { GoalMetric(it, name = "Revenue", metricType = "amount") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(RollupQueries, { RollupQuery(it, name = "Won", entity = "opportunity") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Goals, { goalFor2026(it) }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(SalesLiteratures, { SalesLiterature(it, title = "Pumps in brief") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(TaskActivities, { TaskActivity(it, subject = "Call") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(PhoneCalls, { PhoneCall(it, subject = "Call") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(EmailMessages, { EmailMessage(it, subject = "Offer") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(RecurringAppointments, { RecurringAppointment(it, subject = "Visit") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Appointments, { Appointment(it, subject = "Visit") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Notes, { Note(it, title = "Call") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
    )

    private suspend fun Book.globex(): RecordRef = Accounts.ref(create(Account(newId(), name = "Globex")))

    private suspend fun Book.pump(): UUID = create(Product(newId(), name = "Pump"))

    private suspend fun Book.price(): PriceListItem {
        val list = create(PriceList(newId(), name = "2026", currency = "EUR"))
        val (pump, box) = pump() to create(UnitOfMeasure(newId(), name = "Box"))
        val id = priceListItemId(list, pump, box)
        return PriceListItem(id, priceList = list, product = pump, unit = box, amount = BigDecimal("12.5"))
    }

    private suspend fun Book.goalFor2026(id: UUID): Goal {
        val metric = create(GoalMetric(newId(), name = "Revenue", metricType = "amount"))
        val period = GoalPeriod(kind = "custom", from = LocalDate.of(2026, 1, 1), to = LocalDate.of(2026, 12, 31))
        return Goal(id, title = "2026", metric = metric, owner = session().user, period = period)
    }

    @Test
    fun `no record type is forgotten here`() = assertEquals(RECORD_TYPES, least.map { it.type })

    @TestFactory
    fun `the least record of every type`(): List<DynamicTest> =
        least.map { DynamicTest.dynamicTest("of ${it.type} is created, synced and read back as it was") { roundTrip(it) } }

    private fun <R : Any> roundTrip(least: Least<R>) = story {
        val (omar, another) = listOf(phone("Omar"), phone("Omar"))
        val type = least.type
        val record = least.make(omar, omar.newId())

        val id = omar.createRecord(type.wrap(record))
        val mine = omar.get(type, id)
        level(omar, another)

        assertEquals(type.idOf(record), id)
        assertEquals(record, least.typed(mine))
        assertEquals(omar.get(type, id), another.get(type, id))
        assertEquals(type.ref(id), another.find(id))
        assertEquals(omar.recordsDigest(), another.recordsDigest())
        assertEquals(listOf(id), another.list(type.all()).map(type::idOf).filter { it == id })
        assertNotNull(type.unwrap(another.record(type.ref(id))))
        val other = RECORD_TYPES.first { it != type }
        assertNull(other.unwrap(type.wrap(record)), "a $type is no $other")
    }
}
