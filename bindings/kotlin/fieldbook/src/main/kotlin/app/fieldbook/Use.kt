@file:JvmName("BookUse")

package app.fieldbook

import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/**
 * Runs [block] and closes the book's file after it, however it ends.
 *
 * Of the two ways to let go of a book, [Book.shutDown] closes the file and ends every sync and subscription at once, and
 * [Book.close] gives back the memory of this object; the file then closes when nothing uses it any more. This does both. An app
 * that keeps one book for as long as it runs needs neither: what was written is safe when the call that wrote it returned.
 */
public suspend inline fun <T> Book.use(block: (Book) -> T): T {
    try {
        return block(this)
    } finally {
        closeFile()
    }
}

/** Closes the file if it is open, and gives back the memory. */
@PublishedApi
internal suspend fun Book.closeFile(): Unit = withContext(NonCancellable) {
    try {
        shutDown()
    } catch (error: FieldbookException.Storage) {
        if (error.code != "book.closed") throw error
    } finally {
        close()
    }
}
