"""Results for people: tables, plots, one-file HTML pages."""
