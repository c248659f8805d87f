@file:JvmName("Selling")

package app.fieldbook

import app.fieldbook.records.Duplicate
import app.fieldbook.records.MissingProperty
import app.fieldbook.records.PriceSheet
import app.fieldbook.records.Suggestion
import java.util.UUID

/**
 * Every step of the prices of an opportunity, quote, order or invoice.
 *
 * Throws `NotFound`; `Refused`, `record.no_prices`, for a record that has none.
 */
public suspend fun Book.price(type: RecordType<*>, id: UUID): PriceSheet = price(type.ref(id))

/** Products that go with a product, or with the lines of an opportunity, quote, order or invoice. Throws `NotFound`. */
public suspend fun Book.suggest(type: RecordType<*>, id: UUID): List<Suggestion> = suggest(type.ref(id))

/** What the lines of a quote still have to say about their products before it can be activated. Throws `NotFound`. */
public suspend fun Book.missingProperties(type: RecordType<*>, id: UUID): List<MissingProperty> = missingProperties(type.ref(id))

/** Records that may be the same as [record], which need not have been created yet. */
public suspend fun <R : Any> Book.duplicates(type: RecordType<R>, record: R): List<Duplicate> = duplicates(type.wrap(record))
