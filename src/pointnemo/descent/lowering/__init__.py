"""From the end of operations to the targeted phase: the trade, who pays for lowering, and the best way down."""
