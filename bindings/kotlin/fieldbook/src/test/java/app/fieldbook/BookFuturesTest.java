package app.fieldbook;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import app.fieldbook.records.Account;
import app.fieldbook.records.Opportunity;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** The book as a Java app uses it. */
class BookFuturesTest {
    private static <T> T wait(CompletableFuture<T> future) throws Exception {
        return future.get(30, SECONDS);
    }

    private static BookFutures phone(Office office, String name) throws Exception {
        BookFutures phone = wait(BookFutures.open(office.path(name + ".db"), name + "'s phone"));
        wait(phone.signIn(Server.INSTANCE.getUrl(), office.token(name)));
        return phone;
    }

    private static Account account(BookFutures phone, String name) {
        return Accounts.INSTANCE.draft(phone.getBook().newId()).set(Accounts.name, name).set(Accounts.city, "Oslo").getRecord();
    }

    @Test
    void aSaleIsMadeSyncedAndSeenByAColleague() throws Exception {
        try (Office office = new Office(); BookFutures ada = phone(office, "Ada"); BookFutures ben = phone(office, "Ben")) {
            Account account = account(ada, "Globex");
            Opportunity opportunity = Opportunities.INSTANCE.draft(ada.getBook().newId())
                .set(Opportunities.topic, "Pumps")
                .set(Opportunities.customer, Accounts.INSTANCE.ref(account.getId()))
                .set(Opportunities.pricingCurrency, "EUR")
                .set(Opportunities.lines, List.of())
                .getRecord();

            List<UUID> ids = wait(ada.apply(List.of(
                Accounts.INSTANCE.create(account), Opportunities.INSTANCE.create(opportunity))));
            wait(ada.act(opportunity.getId(), new OpportunityAction.Win(new BigDecimal("120.50"))));
            LinkedBlockingQueue<SyncReport> reports = new LinkedBlockingQueue<>();
            SyncReport whole = wait(ada.sync(reports::add));
            wait(ben.sync());

            assertEquals(List.of(account.getId(), opportunity.getId()), ids);
            assertEquals(2, whole.getPushed());
            assertTrue(reports.contains(whole), "the last report tells the whole");
            Query<Opportunity> won = Opportunities.INSTANCE.where(Opportunities.state, Opportunities.State.WON)
                .sortedBy(Opportunities.actualCloseDate, true).limit(10);
            Opportunity seen = wait(ben.list(won)).get(0);
            assertEquals(new BigDecimal("120.5"), seen.getActualValue());
            assertEquals(1L, wait(ben.count(won)));
            assertEquals(seen, wait(ben.get(Opportunities.INSTANCE, opportunity.getId())));
            assertTrue(wait(ben.inbox()).isEmpty());
            assertTrue(wait(ben.review()).isEmpty());
            assertTrue(wait(ben.flags(Opportunities.INSTANCE, opportunity.getId())).isEmpty());
        }
    }

    @Test
    void aLiveListTellsALambdaAndAThrowingOneIsCounted() throws Exception {
        try (Office office = new Office(); BookFutures ada = phone(office, "Ada")) {
            LinkedBlockingQueue<List<Account>> lists = new LinkedBlockingQueue<>();
            LinkedBlockingQueue<FieldbookException> ends = new LinkedBlockingQueue<>();
            Subscription live = ada.live(Accounts.INSTANCE.all(), list -> {
                lists.add(list);
                throw new IllegalStateException("a view failed");
            }, ends::add);
            assertEquals(List.of(), lists.poll(30, SECONDS));

            UUID id = wait(ada.create(Accounts.INSTANCE, account(ada, "Globex")));

            assertEquals(id, lists.poll(30, SECONDS).get(0).getId());
            wait(ada.shutDown());
            FieldbookException end = ends.poll(30, SECONDS);
            assertEquals("book.closed", assertInstanceOf(FieldbookException.Storage.class, end).getCode());
            assertEquals(2, live.faults());
            live.close();
        }
    }

    @Test
    void aFutureFailsWithTheBooksException() throws Exception {
        try (Office office = new Office(); BookFutures ada = phone(office, "Ada")) {
            UUID nobody = ada.getBook().newId();

            ExecutionException failed =
                assertThrows(ExecutionException.class, () -> wait(ada.get(Accounts.INSTANCE, nobody)));

            FieldbookException.NotFound cause = assertInstanceOf(FieldbookException.NotFound.class, failed.getCause());
            assertEquals(nobody, cause.getId());
            assertEquals(cause.getReason(), FieldbookErrors.getReason(cause));
            assertNull(FieldbookErrors.getCode(cause));
        }
    }

    @Test
    void aCancelledFutureGivesUpItsSync() throws Exception {
        try (Office office = new Office(); SilentServer silent = new SilentServer()) {
            BookFutures ada = wait(BookFutures.open(office.path("ada.db"), "Ada's phone"));
            wait(ada.signIn(silent.getUrl(), office.token("Ada")));

            CompletableFuture<SyncReport> sync = ada.sync();
            silent.awaitCaller();
            sync.cancel(true);

            assertThrows(java.util.concurrent.CancellationException.class, sync::join);
            assertTrue(silent.callerHangsUp(), "the connection is given up");
            assertEquals(0L, wait(ada.status()).getPending());
            ada.close();
        }
    }
}
