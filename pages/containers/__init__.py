"""Opening files that hold others, e-mails and archives; what they call their parts is data, never a path."""
