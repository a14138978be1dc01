"""What labels in business documents are about, in several languages: words that mean the same become one.

A model trained on a few layouts sees few of the words that others use for the same thing; a concept
carries what was learned about ``Net total`` over to ``Nettobetrag`` and ``Total HT``.
"""

from __future__ import annotations

from functools import lru_cache

NO_CONCEPT = ""

# A word has a concept if it is listed, or begins with a listed stem that ends in a star. Whole words keep
# apart what contains one another: a Verkäufer is no Käufer, a Muster no USt.
_VOCABULARY = {
    "net": "net netto* nett ht subtotal sub zwischensumme excl exclusive excluding ohne hors warenwert",
    "tax": "tax* vat gst ust mwst umsatzsteuer* mehrwertsteuer* steuer* tva taxe*",
    "total": "total* gesamt* summe* amount montant betrag* sum endbetrag rechnungsbetrag grand ttc brutto* "
    "incl inkl inclusive including",
    "payable": "payable due zahlbetrag zahlen payer balance solde offen* restbetrag outstanding owing",
    "paid": "paid prepaid anzahlung* acompte cash change tendered received bezahlt vorauszahlung*",
    "date": "date dated datum dat belegdatum rechnungsdatum ausstellungsdatum issued issue émis émission",
    "due": "fällig* zahlbar* échéance zahlungsziel zahlungstermin überweisen deadline maturity",
    "delivery": "deliver* delivery liefer* leistung* livraison livré* prestation* supply supplied shipped",
    "order": "order* bestell* auftrag* commande* purchase po",
    "customer": "customer* kunden* client* member*",
    "invoice": "invoice* rechnung* rechnungsnr rechnungsnummer facture* beleg* inv receipt* quittung* bill",
    "number": "number* num no nr nummer* numéro n° # ref réf référence* reference*",
    "seller": "seller* verkäufer* vendor* supplier* lieferant* vendeur* fournisseur* from émetteur landlord* "
    "lessor* vermieter* bailleur* grantor*",
    "buyer": "buyer* käufer* purchaser* acheteur* bill to rechnungsempfänger* an tenant* lessee* mieter* "
    "locataire* facturé*",
    "bank": "iban bic swift bank* banque* konto* account* kontoinhaber",
    "contact": "tel telefon* phone* fon fax telefax email mail www http* mobil*",
    "company": "gmbh ag kg ohg ug ltd limited llc llp inc plc sarl sas sa eurl sdn bhd corp corporation co",
    "place": "street str straße strasse road rue avenue lane weg platz jalan taman allee chemin boulevard",
    "rate": "% rate satz taux percent",
    "rounding": "rounding round rounded adj adjustment",
    "item": "item* qty quantity menge quantité description bezeichnung désignation price preis prix unit*",
    "term": "term duration laufzeit durée period",
    "start": "commence* commencement begin* start* effective beginn",
    "end": "expir* expiry end* terminat* ende until",
    "rent": "rent* miete loyer monthly",
    "deposit": "deposit* kaution security caution",
    "law": "law* governed governing jurisdiction recht droit",
    "sign": "sign* unterschrift executed /s/",
}


def _tables() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    whole: dict[str, str] = {}
    stems: list[tuple[str, str]] = []
    for concept, words in _VOCABULARY.items():
        for word in words.split():
            if word.endswith("*"):
                stems.append((word[:-1], concept))
            else:
                whole.setdefault(word, concept)
    # The longest stem wins, so that lieferant is a seller and lieferung a delivery.
    return whole, tuple(sorted(stems, key=lambda stem: (-len(stem[0]), stem[0])))


_WHOLE, _STEMS = _tables()


@lru_cache(maxsize=65536)
def concept_of(word: str) -> str:
    """Return the concept of a word in lower case, or NO_CONCEPT."""
    if word in _WHOLE:
        return _WHOLE[word]
    return next((concept for stem, concept in _STEMS if word.startswith(stem)), NO_CONCEPT)
