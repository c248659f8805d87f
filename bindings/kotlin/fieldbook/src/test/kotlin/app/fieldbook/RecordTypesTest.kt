package app.fieldbook

import app.fieldbook.records.*
import java.util.UUID
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Every record type crosses the boundary and comes back as it went. */
class RecordTypesTest {
    /** The least a record of a type holds, and what a person typed of a record the book shows. */
    private class Least<R : Any>(val type: RecordType<R>, val make: (UUID) -> R, val typed: (R) -> R)

    private val least: List<Least<*>> = listOf(
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
        Least(Competitors, { Competitor(it, name = "Initech") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(UnitsOfMeasure, { UnitOfMeasure(it, name = "Box") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Products, { Product(it, name = "Pump") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(PriceLists, { PriceList(it, name = "2026", currency = "EUR") }) {
            it.copy(state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(TaskActivities, { TaskActivity(it, subject = "Call") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
        Least(Notes, { Note(it, title = "Call") }) {
            it.copy(owner = null, state = "", statusReason = "", createdAt = null, modifiedAt = null, pending = false)
        },
    )

    @Test
    fun `no record type is forgotten here`() = assertEquals(RECORD_TYPES, least.map { it.type })

    @TestFactory
    fun `the least record of every type`(): List<DynamicTest> =
        least.map { DynamicTest.dynamicTest("of ${it.type} is created, synced and read back as it was") { roundTrip(it) } }

    private fun <R : Any> roundTrip(least: Least<R>) = story {
        val (omar, another) = listOf(phone("Omar"), phone("Omar"))
        val type = least.type
        val record = least.make(omar.newId())

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
