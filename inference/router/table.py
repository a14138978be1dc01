"""``router.json``: whom doubtful fields may go to, what a document may cost, what an error is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError, model_validator

from doctypes.named_model import NOBODY, NamedModel
from doctypes.schema_file import read_json
from inference.endpoints.prices import Price, Prices
from inference.learned.certify import CRITICAL_TARGET, OTHER_TARGET
from schemas.errors import PermanentError
from schemas.layout import Frozen, Unit

Dollars = Annotated[Decimal, Field(ge=0)]


class BrokenRouterError(PermanentError):
    """The router's table is not what it should be; the place is named."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="router")


class RoutedModel(NamedModel):
    """A model that fields may go to.

    Attributes:
        error: Share of fields that it is expected to get wrong, until people's reviews tell.
        price: What its tokens cost; by default as the price file says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    second: str = NOBODY
    error: Unit = 0.05
    price: Price | None = None


class RouterTable(Frozen):
    """What the router decides by.

    Attributes:
        models: Whom doubtful fields may go to.
        target: Expected error from which on a field is doubtful.
        critical_target: The same of a critical field.
        ceiling: Dollars that one document may cost, all its escalations together.
        worth: Dollars that it is worth not to have a field wrong.
        types: Document types that are routed; empty for all.
        quality_weight: How much worse everybody reads a page that can't be read at all, in log odds.
        page_weight: How much worse everybody reads for each further page, likewise.
    """

    models: tuple[RoutedModel, ...] = Field(min_length=1, max_length=8)
    target: Unit = OTHER_TARGET
    critical_target: Unit = CRITICAL_TARGET
    ceiling: Dollars = Decimal("0.05")
    worth: Dollars = Decimal("0.50")
    types: tuple[str, ...] = ()
    quality_weight: Annotated[float, Field(ge=0)] = 2.0
    page_weight: Annotated[float, Field(ge=0)] = 0.02

    @model_validator(mode="after")
    def _each_once(self) -> RouterTable:
        names = [one.model for one in self.models]
        if len(set(names)) < len(names):
            raise ValueError("a model stands twice")
        return self

    def routes(self, doc_type: str) -> bool:
        """Whether fields of this type may go to other models."""
        return not self.types or doc_type in self.types

    def priced(self, prices: Prices) -> RouterTable:
        """Return the table with the price of every model that ``prices`` knows, so that it can be pinned."""
        models = tuple(
            one if one.price else one.model_copy(update={"price": prices.per_million.get(one.model)})
            for one in self.models
        )
        return self.model_copy(update={"models": models})


def parse_table(data: bytes, where: str = "router.json") -> RouterTable:
    """Return what ``router.json`` says.

    Raises:
        BrokenRouterError: It has another shape.
    """
    try:
        given: Any = read_json(data, where)
        return RouterTable.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise BrokenRouterError(f"{where}: {place}: {first['msg']}") from error
    except PermanentError as error:
        raise BrokenRouterError(str(error)) from error
