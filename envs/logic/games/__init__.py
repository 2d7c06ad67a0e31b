"""Puzzles that are played move by move: each says what a move is, what it does, and when the puzzle is solved."""
