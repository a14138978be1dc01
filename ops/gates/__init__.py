"""Gates between reading and deciding: what looks wrong as a whole is held before it flows on."""
