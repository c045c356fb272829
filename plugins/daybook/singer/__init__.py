"""What our taps and targets share: hand-over, receipt, base classes."""
