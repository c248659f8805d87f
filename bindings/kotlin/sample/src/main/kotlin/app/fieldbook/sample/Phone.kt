package app.fieldbook.sample

import app.fieldbook.Accounts
import app.fieldbook.Book
import app.fieldbook.InboxContent
import app.fieldbook.Opportunities
import app.fieldbook.OpportunityAction
import app.fieldbook.act
import app.fieldbook.available
import app.fieldbook.bundle
import app.fieldbook.connection
import app.fieldbook.create
import app.fieldbook.get
import app.fieldbook.list
import app.fieldbook.live
import app.fieldbook.records.Account
import app.fieldbook.records.Opportunity
import app.fieldbook.records.RecordRef
import app.fieldbook.save
import app.fieldbook.sync
import java.math.BigDecimal
import java.util.UUID
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.launch
import kotlinx.coroutines.runInterruptible

/** What the terminal can ask of a book. */
internal class Phone(private val book: Book) {
    suspend fun perform(verb: String, args: List<String>) {
        when (verb) {
            "sign-in" -> println(book.signIn(args[0], args[1]).name)
            "add" -> println(add(args[0], args.getOrNull(1)))
            "open-opportunities" -> book.list(OPEN).forEach { println(line(it)) }
            "show" -> println(line(book.get(Opportunities, id(args[0]))))
            "rename" -> rename(id(args[0]), args[1])
            "win" -> book.act(id(args[0]), OpportunityAction.Win(actualValue = amount(args[1])))
            "lose" -> book.act(id(args[0]), OpportunityAction.Lose(reason = args[1]))
            "available" -> available(id(args[0]))
            "watch" -> watch()
            "sync" -> book.sync().run { println("pushed $pushed pulled $pulledChanges decisions $decisions") }
            "inbox" -> inbox()
            "digest" -> book.recordsDigest().forEach(::println)
            else -> throw IllegalArgumentException("there is no verb $verb")
        }
    }

    /** An opportunity and the account it is for, both or neither. */
    private suspend fun add(topic: String, accountName: String?): UUID {
        val account = accountName?.let { Account(id = book.newId(), name = it) }
        val customer = account?.let { Accounts.ref(it.id) }
        val opportunity = Opportunity(id = book.newId(), topic = topic, customer = customer)
        book.bundle {
            if (account != null) create(account)
            create(opportunity)
        }
        return opportunity.id
    }

    /** Writes the topic and nothing else, so that what a colleague does to the other fields stands. */
    private suspend fun rename(id: UUID, topic: String) {
        val was = book.get(Opportunities, id)
        book.save(was, was.copy(topic = topic))
    }

    private suspend fun available(id: UUID) {
        for (action in book.available(Opportunities, id)) {
            val refusal = action.reason
            println(if (refusal == null) "${action.action}\tyes" else "${action.action}\tno\t${refusal.message}")
        }
    }

    /** Shows the open opportunities and stays connected until standard input ends. */
    private suspend fun watch() = coroutineScope {
        launch { book.connection().collect() }
        launch {
            book.live(OPEN).collect { opportunities ->
                opportunities.forEach { println(line(it)) }
                println("--")
            }
        }
        runInterruptible(Dispatchers.IO) { while (System.`in`.read() >= 0) Unit }
        coroutineContext.cancelChildren()
    }

    private suspend fun inbox() {
        for (item in book.inbox()) {
            when (val content = item.content) {
                is InboxContent.Decided -> content.decision.run {
                    println("$rule\t${outcome.name.lowercase()}\t${name(record)}\t$message")
                }
                is InboxContent.Refused -> content.records.forEach { typed ->
                    println("${content.refusal.code}\trefused\t${name(typed.record)}\t${content.refusal.message}")
                }
                is InboxContent.Unknown -> println("\tunknown\t\tonly a newer app can read this")
            }
        }
    }

    private fun line(it: Opportunity) = "${it.id}\t${it.topic}\t${it.state}\t${it.stage.orEmpty()}"

    private fun name(record: RecordRef) = "${record.kind}:${record.id}"

    private fun id(text: String): UUID =
        runCatching { UUID.fromString(text) }.getOrElse { throw IllegalArgumentException("$text is no id") }

    private fun amount(text: String): BigDecimal =
        text.toBigDecimalOrNull() ?: throw IllegalArgumentException("$text is no amount")

    private companion object {
        val OPEN = Opportunities.where(Opportunities.state, Opportunities.State.OPEN)
    }
}
