"""What every trainer that iterates shares: the loop, checkpoints, signals, early stopping."""
