# Nothing is switched on here: a mistake in main.py must not lock anybody out of the board.
