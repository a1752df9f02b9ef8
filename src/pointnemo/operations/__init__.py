"""The stage ``operate``: how the station is kept flying until lowering starts."""
