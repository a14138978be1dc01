"""Champion and challenger on the same documents: paired figures, the promotion rule, and its verdict."""
