"""A variant on live traffic beside the live one: what it reads otherwise, who was right, and what follows."""
