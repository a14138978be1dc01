"""What must hold of an invoice or credit note."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from doctypes.rules_v1 import (
    broken,
    cannot_tell,
    check,
    column_sum,
    every_row,
    holds,
    iban_is_valid,
    known_currency,
    look_up,
    rule,
    same_party,
    vat_is_valid,
    within,
)

CENT = Decimal("0.01")
ROUNDING = 2 * CENT
HIGHEST_TAX = Decimal("0.30")
AHEAD = timedelta(days=31)
MOST_DISCOUNT = 60
TELLING = Decimal("0.02")
PER = (Decimal(10), Decimal(100), Decimal(1000))
YEAR = timedelta(days=366)
VENDOR = look_up("find_vendor", name="seller_name", vat_id="seller_vat_id", iban="iban")
BOOKED = look_up(
    "invoice_seen_before",
    invoice_number="invoice_number",
    vendor_name="seller_name",
    vat_id="seller_vat_id",
    issued_on="issue_date",
    total="grand_total",
)


@rule("net_total", "tax_total", "grand_total")
def net_plus_tax_is_total(fields, facts):
    """Net and tax add up to the grand total, to one cent for each of the two."""
    net, tax, total = fields.amount("net_total"), fields.amount("tax_total"), fields.amount("grand_total")
    return check(
        within(net + tax, total, ROUNDING), f"{net:.2f} + {tax:.2f} = {net + tax:.2f}, printed {total:.2f}"
    )


@rule("net_total", "tax_total")
def tax_rate_is_plausible(fields, facts):
    """Tax is between nothing and 30 % of the net total."""
    net, tax = fields.amount("net_total"), fields.amount("tax_total")
    if net == 0:
        return cannot_tell("the net total is 0.00")
    return check(0 <= tax / net <= HIGHEST_TAX, f"{tax:.2f} is {100 * tax / net:.1f} % of {net:.2f}")


@rule("due_payable", "grand_total")
def due_is_no_more_than_total(fields, facts):
    """What is due is no more than the grand total."""
    due, total = fields.amount("due_payable"), fields.amount("grand_total")
    return check(abs(due) <= abs(total) + CENT, f"due {due:.2f} of {total:.2f}")


@rule("grand_total")
def total_is_not_zero(fields, facts):
    """The grand total is not zero."""
    total = fields.amount("grand_total")
    return check(total != 0, f"total {total:.2f}")


@rule("issue_date")
def issue_is_not_in_the_future(fields, facts):
    """The invoice is dated no more than 31 days ahead."""
    issued = fields.date("issue_date")
    return check(issued <= facts.today + AHEAD, f"dated {issued}, submitted {facts.today}, 31 days allowed")


@rule("issue_date", "due_date")
def due_is_not_before_issue(fields, facts):
    """Payment is due on or after the day of issue, within a year."""
    issued, due = fields.date("issue_date"), fields.date("due_date")
    return check(
        issued <= due <= issued + YEAR, f"issued {issued}, due {due}: {(due - issued).days} days later"
    )


@rule("issue_date", "delivery_date")
def delivery_is_near_issue(fields, facts):
    """Delivery lies within a year of the day of issue."""
    issued, delivered = fields.date("issue_date"), fields.date("delivery_date")
    days = abs((issued - delivered).days)
    return check(days <= YEAR.days, f"delivered {delivered}, issued {issued}: {days} days apart")


@rule("seller_name", "buyer_name")
def seller_is_not_buyer(fields, facts):
    """Seller and buyer are different."""
    same = same_party(fields.text("seller_name"), fields.text("buyer_name"))
    return check(not same, "seller and buyer have the same name" if same else "the names differ")


@rule("iban")
def iban_check_digits_are_right(fields, facts):
    """The IBAN's length and check digits are right for its country."""
    iban = fields.text("iban")
    valid = iban_is_valid(iban)
    return check(valid, f"{iban[:2]} IBAN of {len(iban)} characters: check digits {_words(valid)}")


@rule("seller_vat_id")
def seller_vat_check_digits_are_right(fields, facts):
    """The seller's VAT number is right by its country's check."""
    return _vat(fields.text("seller_vat_id"))


@rule("buyer_vat_id")
def buyer_vat_check_digits_are_right(fields, facts):
    """The buyer's VAT number is right by its country's check."""
    return _vat(fields.text("buyer_vat_id"))


@rule("seller_name", "seller_vat_id", "iban", asks=(VENDOR,))
def seller_is_a_known_vendor(fields, facts):
    """The seller is a vendor on file, and not blocked."""
    found = fields.answer(VENDOR, facts)
    if not found["on_file"]:
        return cannot_tell("no vendors are on file")
    if found["status"] == "ambiguous":
        return cannot_tell(f"several vendors may be meant: {found['reason']}")
    if found["status"] != "match":
        return broken(f"no vendor on file is meant: {found['reason']}")
    vendor = found["vendor"]
    return check(vendor["status"] != "blocked", f"vendor {vendor['vendor_id']} is {vendor['status']}")


@rule("seller_name", "seller_vat_id", "iban", asks=(VENDOR,))
def account_is_on_file(fields, facts):
    """The account to pay to is one that is on file for the seller."""
    account, found = fields.text("iban"), fields.answer(VENDOR, facts)
    if found["status"] == "conflict":
        return broken(f"the account or VAT number is on file for another vendor: {found['reason']}")
    if found["status"] != "match" or not found["vendor"]["ibans"]:
        return cannot_tell("no account of the seller is on file")
    known = {_letters(iban) for iban in found["vendor"]["ibans"]}
    return check(
        _letters(account) in known,
        f"account ending in {account[-4:]}, {len(known)} on file for vendor {found['vendor']['vendor_id']}",
    )


@rule("invoice_number", "seller_name", "seller_vat_id", "issue_date", "grand_total", asks=(BOOKED,))
def invoice_was_not_booked_before(fields, facts):
    """No invoice of this number, or of this day and total, was booked before for the seller."""
    fields.text("invoice_number")
    found = fields.answer(BOOKED, facts)
    if not found["on_file"] or found["status"] == "unknown_vendor":
        return cannot_tell("no invoices of the seller are on file")
    if found["status"] == "not_seen":
        return holds(f"not among the {found['on_file']} invoices on file")
    earlier = found["earlier"][0]
    return broken(f"{earlier['why']} as the invoice booked on {earlier['issued_on']}")


@rule("currency")
def currency_is_known(fields, facts):
    """The currency is an ISO 4217 code."""
    code = fields.text("currency")
    return check(known_currency(code), f"currency {code}")


@rule("lines.quantity", "lines.unit_price", "lines.tax_rate", "lines.net_amount")
def line_amounts_follow(fields, facts):
    """In every row, quantity times unit price is the amount."""
    return every_row(fields.rows("lines"), _amount_follows)


@rule("lines.tax_rate")
def line_tax_rates_are_plausible(fields, facts):
    """In every row, the tax rate lies between nothing and 30 %."""
    return every_row(fields.rows("lines"), _rate_is_plausible)


@rule("lines.net_amount", "net_total", "grand_total")
def lines_add_up(fields, facts):
    """The rows' amounts add up to the net total."""
    rows = fields.rows("lines")
    found, net = column_sum(rows, "net_amount"), fields.amount("net_total")
    said = f"the rows ({len(rows)}) add up to {found:.2f}, net total {net:.2f}"
    if within(found, net, ROUNDING):
        return holds(said)
    if fields.has("grand_total") and within(found, fields.amount("grand_total"), ROUNDING):
        return cannot_tell(f"{said}: the rows carry tax")
    if abs(found) > abs(net):
        return cannot_tell(f"{said}: {abs(found - net):.2f} may be an allowance on the whole invoice")
    return broken(f"{said}: a row is missing, or {abs(net - found):.2f} is charged outside the rows")


@rule("lines.net_amount", "lines.tax_rate", "net_total", "tax_total")
def lines_tax_adds_up(fields, facts):
    """The tax on the rows, by rate, adds up to the tax total."""
    rows = fields.rows("lines")
    net, tax = fields.amount("net_total"), fields.amount("tax_total")
    if not within(column_sum(rows, "net_amount"), net, ROUNDING):
        return cannot_tell("the rows do not add up to the net total, so what is taxed is not known")
    found = sum(row.amount("net_amount") * row.amount("tax_rate") for row in rows) / 100
    # Some round the tax of every row, others that of every rate.
    return check(
        within(found, tax, CENT * len(rows) / 2 + CENT), f"the rows' tax is {found:.2f}, printed {tax:.2f}"
    )


def _amount_follows(row):
    quantity, price, amount = row.amount("quantity"), row.amount("unit_price"), row.amount("net_amount")
    said = f"{quantity} × {price} = {quantity * price:.2f}, printed {amount:.2f}"
    if within(quantity * price, amount, CENT):
        return holds(said)
    rounding = abs(quantity) * _half_of_the_last_digit(price) + CENT
    if not within(quantity * price, amount, rounding):
        why = _another_basis(row, quantity * price, amount)
        return cannot_tell(f"{said}: {why}") if why else broken(said)
    # A price printed as 4.10 may be 4.095: what that leaves open must be little to say anything.
    return holds(said) if rounding <= TELLING * abs(amount) else cannot_tell(f"{said}: the price is rounded")


def _another_basis(row, found, amount):
    if any(within(found / pieces, amount, CENT) for pieces in PER):
        return "the price may be that of several units"
    if row.has("tax_rate") and within(found * (1 + row.amount("tax_rate") / 100), amount, ROUNDING):
        return "the amount carries tax, the price does not"
    discount = _discount(found, amount)
    return f"the row may be discounted by {discount} %" if discount else ""


def _discount(found, amount):
    """Return the whole percentage that ``amount`` is below ``found``, 0 where there is none."""
    if not found or not 0 < amount / found < 1:
        return 0
    percent = (100 * (1 - amount / found)).to_integral_value()
    whole = within(found * (100 - percent) / 100, amount, CENT)
    return percent if whole and percent <= MOST_DISCOUNT else 0


def _half_of_the_last_digit(price):
    return Decimal(5).scaleb(price.as_tuple().exponent - 1)


def _rate_is_plausible(row):
    rate = row.amount("tax_rate")
    return check(0 <= rate <= 100 * HIGHEST_TAX, f"tax rate {rate} %")


def _vat(number):
    valid = vat_is_valid(number)
    if valid is None:
        return cannot_tell(f"no check is known for VAT numbers that begin with {number[:2]}")
    return check(valid, f"{number[:2]} VAT number of {len(number)} characters: check digits {_words(valid)}")


def _letters(printed):
    return "".join(character for character in printed.upper() if character.isalnum())


def _words(valid):
    return "right" if valid else "wrong"
