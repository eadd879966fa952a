"""One file for each revision, named by its number and what it does."""
