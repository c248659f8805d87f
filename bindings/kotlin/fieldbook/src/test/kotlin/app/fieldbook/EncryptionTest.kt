package app.fieldbook

import app.fieldbook.records.Account
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** A book nobody reads without its key. */
class EncryptionTest {
    private val key = KeyProvider { ByteArray(32) { it.toByte() } }

    private fun KeyProvider(give: () -> ByteArray) = object : KeyProvider {
        override fun key(): ByteArray = give()
    }

    private suspend fun Office.encrypted(): File {
        Book.open(path("ada.db"), "a phone", key).use { ada ->
            ada.signIn(Server.url, token("Ada"))
            ada.create(Account(id = ada.newId(), name = "Globex"))
        }
        return File(path("ada.db"))
    }

    private suspend fun Office.refusal(key: KeyProvider?): FieldbookException.Storage =
        thrown { Book.open(path("ada.db"), "a phone", key) }

    @Test
    fun `the right key opens it and its file says nothing`() = story {
        val file = encrypted()

        assertFalse("Globex" in file.readText(Charsets.ISO_8859_1))
        assertFalse(file.readText(Charsets.ISO_8859_1).startsWith("SQLite format"))
        assertEquals("Globex", book("ada.db", key).list(Accounts.all()).single().name)
    }

    @Test
    fun `another key or none does not open it and leaves it as it is`() = story {
        val before = encrypted().readBytes()

        val wrong = refusal(KeyProvider { ByteArray(32) { 7 } })
        assertEquals("book.key", wrong.code)
        val none = refusal(null)
        assertTrue(none.code in setOf("book.key", "book.damaged"), "${none.code}: ${none.reason}")

        assertTrue(before.contentEquals(File(path("ada.db")).readBytes()))
        assertEquals(1L, book("ada.db", key).count(Accounts.all()))
    }

    @Test
    fun `a key provider that fails says why`() = story {
        encrypted()

        val expected = refusal(KeyProvider { throw CallbackException.Failed("the screen is locked") })
        val unexpected = refusal(KeyProvider { error("no hardware") })

        assertEquals("book.key" to "book.key", expected.code to unexpected.code)
        assertTrue("the screen is locked" in expected.reason, expected.reason)
        assertTrue("no hardware" in unexpected.reason, unexpected.reason)
    }

    @Test
    fun `a key has 32 bytes`() = story {
        for (length in listOf(0, 31, 33)) {
            val refused = refusal(KeyProvider { ByteArray(length) })
            assertEquals("book.key", refused.code)
            assertTrue("$length" in refused.reason, refused.reason)
        }
        assertFalse(File(path("ada.db")).exists(), "nothing was made")
    }
}
