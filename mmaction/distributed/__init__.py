"""Work that is split between processes and machines."""
