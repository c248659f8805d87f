"""The phone's SDK for scripts and tests: the same library that apps in Swift and Kotlin link.

    book = await Book.open("ada.db", "Ada's laptop")
    await book.sign_in("https://crm.example.com", token)
    sale = Opportunity(id=book.new_id(), topic="Forty pumps")
    await create(book, sale)
    await act(book, sale, "win", actual_value=Decimal("1200.50"))
    await book.exchange()

Every call is answered from the book on this machine; only `exchange`, `connect` and `act_at_office` need a network. A rule that says no
raises `FieldbookError.Refused` with `code`, `field` and `reason`.
"""

from .generated.fieldbook_domain import *
from .generated.fieldbook_ffi import *
from .records import act, act_at_office, bundle, count, create, get, kind_of, live, ref, records, save, unwrap, value, wrap
