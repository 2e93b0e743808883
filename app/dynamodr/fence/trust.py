"""When a Region's own replica may be believed about the fence.

A pod may call its own Region's DynamoDB only. While it reads the fence there without a gap, it follows
every change that reaches the replica. After a gap (an outage of the Region, a start of the process) the
replica may be behind: the fence may have been moved elsewhere meanwhile, and the Region would write without
being told to. So what was read after a gap is believed only on evidence, and none of it rests on comparing
two clocks:

- `born`: there is no fence and no heartbeat at all. Nobody has ever served from this table.
- `alone`: the table has one Region; there is nobody to move the writes to.
- `sibling`: since the gap, a pod of this Region has written a heartbeat and vouched for its own view. It
  followed through our gap, so the gap was ours alone. (`vouched` is now higher than the beat that we read
  first.)
- `peer`: another Region has *heard* a heartbeat that was written here after the gap, has then read its
  fence, and its answer has come back with an epoch that we have too. So its fence is not ahead of ours. If
  its epoch is higher, our fence is on its way: we wait for it.
- `operator`: since the gap, the epoch has risen and the new fence was written into this very replica
  (`failover to`). Somebody who can see more than we do has decided.
- `sole`: the fence was forced to this Region because the others were gone, none of them has ever told us that
  it knows of it, and since the gap none has been heard for SILENCE_SECONDS. A survivor must not need its
  operator again each time its pods restart while it is the only Region left.

What this does, case by case:

- A Region comes back from an outage while another one is active: its old fence still names it. No evidence,
  so no writes, until the newer fence (it then stands by) or a peer's answer arrives. A heartbeat of a peer
  from before or during the outage proves nothing, however late it arrives: it hasn't heard a beat written
  since.
- All pods of the active Region restart at once: the peer's answer takes two heartbeats and two crossings,
  some 6 seconds. If the other Region is down, or no pod runs there, nothing can be proved, and writes stay
  refused until an operator says `failover to THIS-REGION --forced`, which takes a new epoch. If that was said
  before (the other Region is the one that was failed over from), `sole` opens by itself.
- Both Regions start cold on an old table: both have read their replicas, each hears the other, both agree.
- A pod starts or loses its connection, others here go on: the next vouched heartbeat, within some 2
  seconds.
- First start ever: `born` at once in the first Region that starts; the second may find the first one's
  heartbeat, and then waits for an answer to its own.

What remains, honestly:

- A Region that is cut off from the others while its own DynamoDB still answers its pods has no gap, and
  goes on writing until the new fence gets through. No rule can tell it otherwise without making every write
  depend on another Region. A forced failover therefore also writes the fence into the old Region's replica
  when that answers, and turns its dial; what was written there meanwhile merges by last writer wins.
- `sole` errs if a Region is lost, another is forced active, that one is lost, the first comes back and is
  forced active, and then the second comes back while nothing replicates to it.
- A gap shorter than MAX_AGE is no gap. A failover forced within that time of a Region's recovery is as
  above.
- With three Regions or more, one peer's answer is enough: a fence that was written in a third Region, and
  has reached neither, is not seen.
- A process that is stopped as a whole (not its Region) between its last look at the clock and the sending
  of a request sends it late; so does one whose look-up of DynamoDB's name takes longer than an attempt may
  (the resolver has time-outs of its own, which no client's bound). Such a write is promised to nobody (see
  `gate`), but being the later one it may win over one that was.
"""

from typing import Literal

import msgspec

from dynamodr.fence.record import Fence, Heartbeat, Site

SILENCE_SECONDS = 10.0
Evidence = Literal["born", "alone", "sibling", "peer", "operator", "sole"]


class Mark(msgspec.Struct, frozen=True):
    """What was read first after a gap; only what is later than this is evidence."""

    epoch: int
    beat: int | None = None
    """This Region's own beat; None until the heartbeats have been read."""
    peers: dict[str, int] = {}
    """The other Regions' newest beats, and"""
    news: float = 0.0
    """when the last of them was first seen."""


def noted(mark: Mark, site: Site, heartbeats: dict[str, Heartbeat], now: float) -> Mark:
    """Add the heartbeats, read at `now`, to what has been read since the gap."""
    beats = {region: one.beat for region, one in heartbeats.items()}
    peers = {other: beats[other] for other in site.others if other in beats}
    if mark.beat is None:
        return Mark(mark.epoch, beats.get(site.region, 0), peers, now)
    return mark if peers == mark.peers else Mark(mark.epoch, mark.beat, peers, now)


def evidence(
    site: Site, mark: Mark, fence: Fence | None, heartbeats: dict[str, Heartbeat] | None, now: float
) -> Evidence | None:
    """Say why `fence`, read just now, may be believed; None if it may not.

    `heartbeats` were read after the gap, and before `fence`; None if they could not be read.
    """
    epoch = fence.epoch if fence else 0
    if not site.others:
        return "alone"
    if fence and epoch > mark.epoch and fence.written_in == site.region:
        return "operator"
    if heartbeats is None:
        return None
    if fence is None and not heartbeats:
        return "born"
    if mark.beat is None:
        return None
    own = heartbeats.get(site.region)
    if own and own.vouched > mark.beat:
        return "sibling"
    peers = [heartbeats[other] for other in site.others if other in heartbeats]
    if any(peer.heard.get(site.region, 0) > mark.beat and peer.epoch <= epoch for peer in peers):
        return "peer"
    if fence and _left_alone(site, fence, peers) and now - mark.news >= SILENCE_SECONDS:
        return "sole"
    return None


def _left_alone(site: Site, fence: Fence, peers: list[Heartbeat]) -> bool:
    declared = fence.forced and fence.active_region == site.region
    return declared and all(peer.epoch < fence.epoch for peer in peers)
