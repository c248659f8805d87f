"""Calls that take and give records as they are, whatever their type."""

import asyncio
import datetime
import decimal
import re
import typing
import uuid

from .generated.fieldbook_domain import AnyRecord, RecordRef
from .generated.fieldbook_ffi import (
    Book,
    FieldbookError,
    FieldValue,
    NamedValue,
    RecordQuery,
    RecordsListener,
    Step,
)
from .generated.kinds import KINDS


def _shouted(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def wrap(record) -> AnyRecord:
    """A record for a call that takes any type."""
    return getattr(AnyRecord, _shouted(type(record).__name__))(record)


def unwrap(any_record: AnyRecord):
    """The record in it."""
    return any_record.record


def kind_of(record_type: type) -> str:
    """The name of a record type in documents and references: `price_list` for `PriceList`."""
    return KINDS[record_type.__name__]


def ref(record) -> RecordRef:
    """A reference to the record."""
    return RecordRef(kind=kind_of(type(record)), id=record.id)


def value(given) -> FieldValue:
    """What a field holds, from Python's own types; a `RecordRef` for a field that takes several types."""
    match given:
        case None:
            return FieldValue.EMPTY()
        case bool():
            return FieldValue.FLAG(value=given)
        case int():
            return FieldValue.NUMBER(value=given)
        case str():
            return FieldValue.TEXT(value=given)
        case decimal.Decimal():
            return FieldValue.AMOUNT(value=given)
        case datetime.datetime():
            return FieldValue.MOMENT(value=given)
        case datetime.date():
            return FieldValue.DAY(value=given)
        case uuid.UUID():
            return FieldValue.LINK(value=given)
        case RecordRef():
            return FieldValue.REFERENCE(value=given)
    raise TypeError(f"a field cannot hold a {type(given).__name__}")


def _named(values: dict) -> list[NamedValue]:
    return [NamedValue(name=name.replace("__", "."), value=value(given)) for name, given in values.items()]


async def create(book: Book, record) -> uuid.UUID:
    """Creates the record under the id it carries; gives that id."""
    return await book.create_record(wrap(record))


async def save(book: Book, was, now) -> None:
    """Writes what changed between the copy that was read and the copy that was edited; touches no other field."""
    await book.save_record(wrap(was), wrap(now))


async def act(book: Book, record, action: str, **arguments) -> uuid.UUID:
    """Performs an action on a record or a `RecordRef`; gives the id of the action."""
    target = record if isinstance(record, RecordRef) else ref(record)
    return await book.perform(target, action, _named(arguments))


async def act_at_office(book: Book, record, action: str, **arguments) -> uuid.UUID:
    """Performs an action at the office, which needs a connection and queues nothing; gives the id of the action."""
    target = record if isinstance(record, RecordRef) else ref(record)
    return await book.perform_at_office(target, action, _named(arguments))


class _Steps:
    """Collects the steps of a bundle."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def create(self, record) -> None:
        self.steps.append(Step.CREATE(record=wrap(record)))

    def save(self, was, now) -> None:
        self.steps.append(Step.SAVE(was=wrap(was), now=wrap(now)))

    def act(self, record, action: str, **arguments) -> None:
        target = record if isinstance(record, RecordRef) else ref(record)
        self.steps.append(Step.ACT(target=target, action=action, arguments=_named(arguments)))


async def bundle(book: Book, fill: typing.Callable[[_Steps], None]) -> list[uuid.UUID]:
    """Does several things as one: all of them or none, here and on the server."""
    steps = _Steps()
    fill(steps)
    return await book.apply(steps.steps)


def _query(record_type: type, where: dict, sort, descending: bool, limit, offset: int) -> RecordQuery:
    return RecordQuery(
        kind=kind_of(record_type), filters=_named(where), sort=sort, descending=descending, limit=limit, offset=offset
    )


async def get(book: Book, record_type: type, record_id: uuid.UUID):
    """The record of this type and id, deleted ones included."""
    return unwrap(await book.record(RecordRef(kind=kind_of(record_type), id=record_id)))


async def records(book: Book, record_type: type, sort=None, descending=False, limit=None, offset=0, **where) -> list:
    """Records of a type that hold what `where` says: `state="open"`, `pricing__currency="EUR"`, `customer=None` for nothing."""
    query = _query(record_type, where, sort, descending, limit, offset)
    return [unwrap(record) for record in await book.list_records(query)]


async def count(book: Book, record_type: type, **where) -> int:
    """How many records hold what `where` says."""
    return await book.count_records(_query(record_type, where, None, False, None, 0))


async def live(book: Book, record_type: type, sort=None, descending=False, limit=None, offset=0, **where):
    """The list of `records`, now and again whenever it differs; ends with the error when the book is closed."""
    latest: asyncio.Queue = asyncio.Queue()
    loop = asyncio.get_running_loop()

    class Listener(RecordsListener):
        def on_records(self, records: list[AnyRecord]) -> None:
            loop.call_soon_threadsafe(latest.put_nowait, [unwrap(record) for record in records])

        def on_end(self, error: FieldbookError) -> None:
            loop.call_soon_threadsafe(latest.put_nowait, error)

    subscription = book.observe_records(_query(record_type, where, sort, descending, limit, offset), Listener())
    try:
        while True:
            given = await latest.get()
            # A reader that is slow is told the latest, not everything.
            while not latest.empty() and isinstance(given, list):
                given = latest.get_nowait()
            if not isinstance(given, list):
                raise given
            yield given
    finally:
        subscription.end()
