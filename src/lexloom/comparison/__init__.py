"""Every family on one person's data, within a budget."""
