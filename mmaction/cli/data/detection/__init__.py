"""Commands that prepare spatio-temporal detection."""
