package app.fieldbook

import app.fieldbook.records.Duplicate
import app.fieldbook.records.MissingProperty
import app.fieldbook.records.PriceSheet
import app.fieldbook.records.RecordFlag
import app.fieldbook.records.RecordRef
import app.fieldbook.records.SalvageDone
import app.fieldbook.records.Suggestion
import java.util.UUID
import java.util.concurrent.CompletableFuture
import java.util.function.Consumer
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.future.future

/**
 * A book for Java: the calls as [CompletableFuture], what is live as lambdas. Cancelling a future gives up its call.
 *
 * A future that fails holds a [FieldbookException]. Lambdas are called on threads of the book, never on the caller's; one that
 * throws is counted in [Subscription.faults] and called again next time. A subscription nobody holds any more ends.
 *
 * @property book the book itself, for what is not repeated here
 */
public class BookFutures(public val book: Book) : AutoCloseable {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    /** Signs in with a token the server gave; needs no network. */
    public fun signIn(server: String, token: String): CompletableFuture<Session> = later { book.signIn(server, token) }

    /** Forgets the token; records and unsent work stay. */
    public fun signOut(): CompletableFuture<Void?> = later {
        book.signOut()
        null
    }

    /** What is held, what waits, how far the book has come. */
    public fun status(): CompletableFuture<Status> = later { book.status() }

    /** Creates a record under the id it carries; gives that id. */
    public fun <R : Any> create(type: RecordType<R>, record: R): CompletableFuture<UUID> =
        later { book.createRecord(type.wrap(record)) }

    /** Writes what changed between the copy the app showed and the copy the person edited. */
    public fun <R : Any> save(type: RecordType<R>, was: R, now: R): CompletableFuture<Void?> =
        later {
            book.saveRecord(type.wrap(was), type.wrap(now))
            null
        }

    /** Performs an action; gives the id of the action itself. */
    public fun <R : Any> act(id: UUID, action: RecordAction<R>): CompletableFuture<UUID> = later { book.act(id, action) }

    /** Performs an action at the office, which needs a connection; gives the id of the action itself. */
    public fun <R : Any> actAtOffice(id: UUID, action: RecordAction<R>): CompletableFuture<UUID> =
        later { book.actAtOffice(id, action) }

    /** Does several things as one: all of them or none. */
    public fun apply(steps: List<Step>): CompletableFuture<List<UUID>> = later { book.apply(steps) }

    /** Deletes a record. */
    public fun delete(type: RecordType<*>, id: UUID): CompletableFuture<UUID> = later { book.delete(type, id) }

    /** A record, deleted ones included. */
    public fun <R : Any> get(type: RecordType<R>, id: UUID): CompletableFuture<R> = later { book.get(type, id) }

    /** The records a query asks for. */
    public fun <R : Any> list(query: Query<R>): CompletableFuture<List<R>> = later { book.list(query) }

    /** How many records a query asks for. */
    public fun count(query: Query<*>): CompletableFuture<Long> = later { book.count(query) }

    /** The actions of a record: what can be done now, and why the rest cannot. */
    public fun available(type: RecordType<*>, id: UUID): CompletableFuture<List<AvailableAction>> =
        later { book.available(type, id) }

    /** Every step of the prices of an opportunity, quote, order or invoice. */
    public fun price(type: RecordType<*>, id: UUID): CompletableFuture<PriceSheet> = later { book.price(type, id) }

    /** Products that go with a product, or with the lines of an opportunity, quote, order or invoice. */
    public fun suggest(type: RecordType<*>, id: UUID): CompletableFuture<List<Suggestion>> = later { book.suggest(type, id) }

    /** What the lines of a quote still have to say about their products before it can be activated. */
    public fun missingProperties(type: RecordType<*>, id: UUID): CompletableFuture<List<MissingProperty>> =
        later { book.missingProperties(type, id) }

    /** Records that may be the same as [record], which need not have been created yet. */
    public fun <R : Any> duplicates(type: RecordType<R>, record: R): CompletableFuture<List<Duplicate>> =
        later { book.duplicates(type, record) }

    /** What the server decided and what it would not take, newest first. */
    public fun inbox(): CompletableFuture<List<InboxItem>> = later { book.inbox() }

    /** One item of the inbox, dismissed or not. */
    public fun inboxItem(item: UUID): CompletableFuture<InboxItem> = later { book.inboxItem(item) }

    /** Does what an item of the inbox offers, once; [to], a user or a team, gets what is handed over. */
    @JvmOverloads
    public fun salvage(item: UUID, to: RecordRef? = null): CompletableFuture<SalvageDone> = later { book.salvage(item, to) }

    /** What [salvage] would do; nothing is written. */
    @JvmOverloads
    public fun salvagePlan(item: UUID, to: RecordRef? = null): CompletableFuture<SalvageDone> =
        later { book.salvagePlan(item, to) }

    /** Takes an item off the list. */
    public fun dismiss(item: UUID): CompletableFuture<Void?> = later {
        book.dismiss(item)
        null
    }

    /** Takes a value that lost: writes it as an edit like any other. */
    public fun choose(type: RecordType<*>, id: UUID, alternative: Alternative): CompletableFuture<Void?> = later {
        book.choose(type, id, alternative)
        null
    }

    /** Lets go of a value that lost, here at once and everywhere with the next sync. */
    public fun dismiss(type: RecordType<*>, id: UUID, alternative: Alternative): CompletableFuture<Void?> = later {
        book.dismiss(type, id, alternative)
        null
    }

    /** What the office holds back and this person may decide, oldest first. */
    public fun review(): CompletableFuture<List<ReviewItem>> = later { book.review() }

    /** Answers what the office asked, with a network or without; gives the id of the action. */
    @JvmOverloads
    public fun decide(item: UUID, choice: String, note: String? = null): CompletableFuture<UUID> =
        later { book.decide(item, choice, note) }

    /** What of a record deserves a look; none of it is refused. */
    public fun flags(type: RecordType<*>, id: UUID): CompletableFuture<List<RecordFlag>> = later { book.flags(type, id) }

    /** What the office would decide about an action if nothing else has happened there; nothing is written. */
    public fun <R : Any> forecast(id: UUID, action: RecordAction<R>): CompletableFuture<Forecast> =
        later { book.forecast(id, action) }

    /** What an account and those below it have open, by currency. */
    public fun reportAccount(id: UUID): CompletableFuture<AccountReport> = later { book.reportAccount(id) }

    /** Sends what waits and fetches what is new; [progress] is told after every answer. */
    @JvmOverloads
    public fun sync(progress: Consumer<SyncReport>? = null): CompletableFuture<SyncReport> =
        later { book.sync(progress?.let { it::accept }) }

    /**
     * Gives the records of a query now and whenever they differ, until what it returns is closed; [onEnd] is told why it ended.
     *
     * Throws `Refused` for a name the type does not have.
     */
    public fun <R : Any> live(query: Query<R>, onRecords: Consumer<List<R>>, onEnd: Consumer<FieldbookException>): Subscription =
        book.observeRecords(query.toRecordQuery(), Rows(query.type, onRecords::accept, onEnd::accept))

    /** Says that something was written, until what it returns is closed; [onEnd] is told why it ended. */
    public fun changes(onChange: Runnable, onEnd: Consumer<FieldbookException>): Subscription =
        book.observeChanges(Written(onChange::run, onEnd::accept))

    /** Stays connected until what it returns is closed; [onEnd] is told why it will not be tried again. */
    public fun connect(onEvent: Consumer<ConnectionEvent>, onEnd: Consumer<FieldbookException>): Subscription =
        book.connect(Events(onEvent::accept, onEnd::accept))

    /** Closes the book's file and ends everything that is under way. */
    public fun shutDown(): CompletableFuture<Void?> = later<Void?> {
        book.closeFile()
        null
    }.also { done -> done.whenComplete { _, _ -> scope.cancel() } }

    /** Gives up what is under way and lets go of the book; the file closes when nothing uses it any more. */
    override fun close() {
        scope.cancel()
        book.close()
    }

    private fun <T> later(call: suspend () -> T): CompletableFuture<T> = scope.future { call() }

    public companion object {
        /** Opens the book at [path], making it if there is none; [key] gives the key of an encrypted book. */
        @JvmStatic
        @JvmOverloads
        public fun open(path: String, deviceName: String, key: KeyProvider? = null): CompletableFuture<BookFutures> =
            CoroutineScope(Dispatchers.Default).future { BookFutures(Book.open(path, deviceName, key)) }
    }
}
