"""A slip for each transaction, from the journal: text, HTML and PDF, in Chinese and English."""
