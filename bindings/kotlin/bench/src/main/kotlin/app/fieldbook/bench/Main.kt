package app.fieldbook.bench

import app.fieldbook.Accounts
import app.fieldbook.Book
import app.fieldbook.bundleEach
import app.fieldbook.create
import app.fieldbook.list
import app.fieldbook.live
import app.fieldbook.records.Account
import app.fieldbook.use
import java.io.File
import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlin.time.measureTime
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

private const val ACCOUNTS = 1_000
private const val STATUS_CALLS = 2_000
private const val ID_CALLS = 100_000
private const val LISTS = 20
private const val CREATES = 50
private const val SHOWN = 50

/** What crossing the boundary costs: `bench BOOK-FOLDER` prints one line of JSON. Each number comes after a warm-up. */
public fun main(args: Array<String>): Unit = runBlocking {
    val folder = File(args[0]).apply { mkdirs() }
    val path = File.createTempFile("bench", ".db", folder).apply { delete() }.path
    Book.open(path, "bench in Kotlin").use { book ->
        book.signIn(setting("FIELDBOOK_URL"), setting("FIELDBOOK_TOKEN"))
        book.bundleEach(1..ACCOUNTS) { number -> create(account(book, "Account $number")) }
        val status = rate(STATUS_CALLS) { book.status() }
        val ids = rate(ID_CALLS) { book.newId() }
        val list = median(LISTS) { measureTime { check(book.list(Accounts.all().limit(ACCOUNTS)).size == ACCOUNTS) } }
        val create = median(CREATES) { measureTime { book.create(account(book, "New")) } }
        val live = live(book)
        println(
            "{\"language\":\"kotlin\",\"status_calls_per_s\":$status,\"new_id_calls_per_s\":$ids," +
                "\"list_1000_ms\":$list,\"create_ms\":$create,\"live_ms\":$live}",
        )
    }
}

/** From the call of `create` to the live list with the new account in it. */
private suspend fun live(book: Book): String = coroutineScope {
    val lists = Channel<List<Account>>(Channel.UNLIMITED)
    val following = launch {
        book.live(Accounts.sortedBy(Accounts.createdAt, descending = true).limit(SHOWN)).collect { lists.send(it) }
    }
    lists.receive()
    median(CREATES) {
        val account = account(book, "Live")
        measureTime {
            book.create(account)
            while (lists.receive().none { it.id == account.id }) Unit
        }
    }.also { following.cancel() }
}

private fun account(book: Book, name: String) = Account(id = book.newId(), name = name, city = "Oslo")

private fun setting(name: String): String = requireNotNull(System.getenv(name)) { "$name is not set" }

private inline fun rate(calls: Int, call: () -> Unit): Long {
    repeat(calls / 2) { call() }
    val taken = measureTime { repeat(calls) { call() } }
    return (calls / taken.toDouble(DurationUnit.SECONDS)).toLong()
}

private inline fun median(runs: Int, run: () -> Duration): String {
    repeat(runs / 2) { run() }
    val sorted = List(runs) { run() }.sorted()
    return "%.3f".format(java.util.Locale.ROOT, sorted[runs / 2].toDouble(DurationUnit.MILLISECONDS))
}
