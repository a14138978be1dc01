"""PDF: words with boxes, what a person sees of them, damage, attachments."""
