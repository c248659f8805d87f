package app.fieldbook.sample

import app.fieldbook.Book
import app.fieldbook.FieldbookException
import app.fieldbook.reason
import app.fieldbook.use
import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking

private const val USAGE = """usage: sample BOOK VERB [ARGS]
  sign-in SERVER TOKEN        open-opportunities    available ID    inbox
  add TOPIC [ACCOUNT-NAME]    show ID               sync            digest
  rename ID TOPIC             win ID AMOUNT         watch
                              lose ID REASON"""

/** A phone in a terminal: `sample BOOK VERB [ARGS]`. */
public fun main(args: Array<String>) {
    exitProcess(runBlocking { run(args.toList()) })
}

private suspend fun run(args: List<String>): Int {
    try {
        val (path, verb) = args
        Book.open(path, "sample in Kotlin").use { book -> Phone(book).perform(verb, args.drop(2)) }
        return 0
    } catch (error: FieldbookException) {
        System.err.println(error.reason)
        return exitCode(error)
    } catch (_: IndexOutOfBoundsException) {
        System.err.println(USAGE)
    } catch (error: IllegalArgumentException) {
        System.err.println(error.message ?: USAGE)
    }
    return 1
}

private fun exitCode(error: FieldbookException): Int = when (error) {
    is FieldbookException.Refused -> 2
    is FieldbookException.Offline -> 3
    is FieldbookException.SignedOut -> 4
    is FieldbookException.NotFound,
    is FieldbookException.UpgradeNeeded,
    is FieldbookException.Storage,
    is FieldbookException.Cancelled,
    is FieldbookException.Bug,
    -> 1
}
