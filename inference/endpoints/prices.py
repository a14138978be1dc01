"""What tokens cost, from a dated file; a model that the file does not name has an unknown cost, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from inference.protocol import LOCAL, Usage
from schemas.errors import PermanentError
from schemas.layout import Frozen

SHIPPED = Path(__file__).with_name("prices.json")
_MILLION = Decimal(1_000_000)


class BrokenPricesError(PermanentError):
    """The price file is not what it should be; the place is named."""


class LongPrice(Frozen):
    """What a request costs whose input is longer than so many tokens: all of it, not what is beyond."""

    above: int
    input: Decimal
    output: Decimal


class Price(Frozen):
    """US dollars for a million tokens; some models are dearer where much is asked at once."""

    input: Decimal
    output: Decimal
    long: LongPrice | None = None

    def dollars(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return what a request costs."""
        rate = self.long if self.long is not None and input_tokens > self.long.above else self
        return (rate.input * input_tokens + rate.output * output_tokens) / _MILLION


class Prices(Frozen):
    """Prices by model id, as they were on a day.

    Attributes:
        as_of: When they were looked up.
        per_million: By the exact id that requests name.
    """

    as_of: date
    per_million: Mapping[str, Price]

    def cost(self, model: str, usage: Usage) -> float | None:
        """Return the dollars of a call; the local model's is 0, an unknown model's unknown."""
        if model.startswith(LOCAL):
            return 0.0
        price = self.per_million.get(model)
        if price is None:
            return None
        return float(price.dollars(usage.input_tokens, usage.output_tokens))


def load_prices(path: Path | None = None) -> Prices:
    """Return the prices of a file; by default those that ship with doctrail.

    Raises:
        BrokenPricesError: It can't be read, or has another shape.
    """
    path = path or SHIPPED
    try:
        return Prices.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BrokenPricesError(
            f"price file {str(path)!r} can't be read: {error.strerror}", reason="prices"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BrokenPricesError(
            f"price file {str(path)!r}: {place}: {first['msg']}", reason="prices"
        ) from error
