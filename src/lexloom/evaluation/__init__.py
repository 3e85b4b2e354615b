"""How good word vectors are: on sets people know, on a self-check, and on your own labels."""
