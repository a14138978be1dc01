"""Master data: vendors and other counterparties, purchase orders, invoices of before."""
