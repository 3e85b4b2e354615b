"""What `make demo` shows: real text becomes word vectors you can question, and one report."""
