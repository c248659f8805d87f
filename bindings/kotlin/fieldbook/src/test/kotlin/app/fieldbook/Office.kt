package app.fieldbook

import java.io.File
import java.nio.file.Files
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** How long something that is bound to happen may take on a busy machine. */
val DEADLINE: Duration = 30.seconds

/** One organisation, its people and their phones, for one test. Ada and Ben sell, Maya leads them, Fay takes the money, Omar administers. */
class Office : AutoCloseable {
    /** Where the books are. */
    val folder: File = Files.createTempDirectory("fieldbook-test").toFile()
    private val org by lazy { Server.newOrg() }
    private val people = mutableSetOf<String>()
    private val books = mutableListOf<Book>()

    /** A token for somebody, who is taken on if they are not there yet. */
    fun token(name: String): String {
        if (people.add(name)) Server.addUser(org, name, ROLES.getValue(name))
        return Server.token(org, name)
    }

    /** Somebody's phone, signed in. */
    suspend fun phone(name: String, server: String = Server.url): Book {
        val book = book("$name-${books.size}.db")
        book.signIn(server, token(name))
        return book
    }

    /** A book nobody is signed in to. */
    suspend fun book(file: String = "book-${books.size}.db", key: KeyProvider? = null): Book =
        Book.open(path(file), "a phone", key).also { books += it }

    fun path(file: String): String = File(folder, file).path

    /** Syncs the phones until all of them have everything of each other. */
    suspend fun level(vararg phones: Book) = repeat(2) { phones.forEach { it.sync() } }

    override fun close() {
        books.forEach { it.close() }
        folder.deleteRecursively()
    }

    private companion object {
        val ROLES = mapOf("Ada" to "rep", "Ben" to "rep", "Maya" to "manager", "Fay" to "finance", "Omar" to "admin")
    }
}

/** A test that may wait, in an office of its own. */
fun story(tell: suspend Office.() -> Unit): Unit = runBlocking {
    Office().use { office -> withTimeout(DEADLINE * 3) { office.tell() } }
}

/** The first value that satisfies the question, or a failure after the deadline. */
suspend fun <T> Flow<T>.await(question: suspend (T) -> Boolean): T = withTimeout(DEADLINE) { first(question) }

/** The exception a call ends with, which has to be this one. */
suspend inline fun <reified E : Throwable> thrown(crossinline call: suspend () -> Unit): E {
    try {
        call()
    } catch (error: Throwable) {
        if (error is E) return error
        throw AssertionError("expected ${E::class.simpleName}, not this", error)
    }
    throw AssertionError("expected ${E::class.simpleName}, and nothing was thrown")
}

/** The decisions in somebody's inbox that follow a rule. */
suspend fun Book.told(rule: String): List<Decision> =
    inbox().mapNotNull { (it.content as? InboxContent.Decided)?.decision }.filter { it.rule == rule }

/** A token with somebody else's signature. */
fun forged(token: String): String = token.substringBeforeLast('.') + "." + "A".repeat(43)
