package com.example.sales

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.ListItem
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.lifecycle.ViewModel
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.viewModelScope
import app.fieldbook.Accounts
import app.fieldbook.Book
import app.fieldbook.FieldbookException
import app.fieldbook.Opportunities
import app.fieldbook.OpportunityAction
import app.fieldbook.act
import app.fieldbook.bundle
import app.fieldbook.create
import app.fieldbook.live
import app.fieldbook.reason
import app.fieldbook.records.Account
import app.fieldbook.records.Opportunity
import app.fieldbook.records.RecordRef
import app.fieldbook.save
import java.math.BigDecimal
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.launch

class MyOpenOpportunities(private val book: Book, me: RecordRef) : ViewModel() {
    private val mine = Opportunities
        .where(Opportunities.state, Opportunities.State.OPEN)
        .where(Opportunities.owner, me)
        .sortedBy(Opportunities.estCloseDate)

    /** What to show the person, if something was not possible. */
    val trouble = MutableStateFlow<String?>(null)

    /** Follows the book: what is typed here, what colleagues do, what the server decides. */
    val list: StateFlow<List<Opportunity>> = book.live(mine)
        .catch { ended -> trouble.value = (ended as? FieldbookException)?.reason ?: ended.message }
        .stateIn(viewModelScope, SharingStarted.WhileSubscribed(5_000), emptyList())

    fun add(topic: String, customer: String) = edit {
        val account = Account(id = book.newId(), name = customer)
        book.bundle {
            create(account)
            create(Opportunity(id = book.newId(), topic = topic, customer = Accounts.ref(account.id)))
        }
    }

    /** [was] is the copy the person saw: only what they changed is written. */
    fun rename(was: Opportunity, topic: String) = edit { book.save(was, was.copy(topic = topic)) }

    fun win(opportunity: Opportunity, value: BigDecimal) = edit {
        book.act(opportunity.id, OpportunityAction.Win(actualValue = value))
    }

    private fun edit(work: suspend () -> Unit) {
        viewModelScope.launch {
            try {
                work()
                trouble.value = null
            } catch (error: FieldbookException) {
                trouble.value = error.reason
            }
        }
    }
}

@Composable
fun MyOpenOpportunitiesScreen(model: MyOpenOpportunities) {
    val opportunities by model.list.collectAsStateWithLifecycle()
    val trouble by model.trouble.collectAsStateWithLifecycle()
    Column {
        trouble?.let { Text(it) }
        Button(onClick = { model.add("Pumps", "Globex") }) { Text("New") }
        LazyColumn {
            items(opportunities, key = { it.id }) { opportunity ->
                ListItem(
                    headlineContent = { Text(opportunity.topic) },
                    supportingContent = { Text(if (opportunity.pending) "not sent yet" else opportunity.stage.orEmpty()) },
                    trailingContent = { Button(onClick = { model.win(opportunity, BigDecimal("1000")) }) { Text("Won") } },
                )
            }
        }
    }
}
