"""Which Region may write (the fence), and how far the Regions are apart (the heartbeats).

`record` and `items` say what is stored, `trust` when a local replica may be believed, `core` decides,
`pulse` times the heartbeats, `gate` stops writes, `table` calls DynamoDB, and `follower` is the thread that
drives them.
"""
