"""File formats of the trade: the reader and the writer of a format side by side."""
