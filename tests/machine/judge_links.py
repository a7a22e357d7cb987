"""Judging links and creations: one to one, by a value that nobody else has, and nobody made twice."""

from __future__ import annotations

from judge_memory import IGNORED, Memory
from play_world import Picture, SeenRecord
from tied_fields import Tied, folded


class LinkJudge(Memory):
    """Which records a run may join, and which it may make."""

    def links(self, before: Picture, after: Picture) -> None:
        """Links are one to one and stay; new ones join records that match, or one that the run made for the other."""
        for ids in ([link.ci_id for link in after.links], [link.asset_id for link in after.links]):
            assert len(ids) == len(set(ids)), f"{self.place.name}: a record has two links"
        old = {(link.ci_id, link.asset_id) for link in before.links}
        new = {(link.ci_id, link.asset_id) for link in after.links} - old
        assert old <= {(link.ci_id, link.asset_id) for link in after.links}, f"{self.place.name}: a link has gone"
        self.found_again.clear()
        made = (after.cis.keys() - before.cis.keys()) | (after.assets.keys() - before.assets.keys())
        for ci_id, asset_id in new:
            if ci_id in before.cis and asset_id in before.assets:
                self._joined(before, ci_id, asset_id)
            else:
                self._made_for(before, ci_id, asset_id)
        linked = {ci_id for ci_id, _ in new} | {asset_id for _, asset_id in new}
        self._lost(after, made - linked, linked)
        assert self.faulty or not made - linked, f"{self.place.name}: {made - linked} was made and left without a link"

    def people_changed(self, before: Picture) -> None:
        """Excuse lost records that people have changed since, or had taken away when a run looked."""
        for id_, then in list(self.lonely.items()):
            now = before.cis.get(str(id_)) or before.assets.get(id_)  # type: ignore[call-overload]  # each by its own kind of id
            if now is None or (now.values, now.subcategory) != (then.values, then.subcategory):
                del self.lonely[id_]
                self.unrecognisable.add(id_)

    def _lost(self, after: Picture, made: set[object], linked: set[object]) -> None:
        known = {**after.cis, **after.assets}
        self.lonely |= {id_: known[id_] for id_ in made}  # type: ignore[index]  # each by its own kind of id
        self.lonely = {id_: record for id_, record in self.lonely.items() if id_ not in linked}

    def _joined(self, before: Picture, ci_id: str, asset_id: int) -> None:
        """A pair that was matched: equal, not empty, and nobody else on either side has the value."""
        ci, asset = before.cis[ci_id], before.assets[asset_id]
        if {ci_id, asset_id} & (self.lonely.keys() | self.unrecognisable):
            self.found_again.add(ci_id)
            return  # that it was not made twice shows at rest
        told = f"{self.place.name}: CI {ci.name} and asset {asset.name} were linked"
        assert ci.is_active, f"{told}, and it is inactive"
        assert asset.is_active, f"{told}, and it is retired"
        assert any(sharers(before, tied, key_of(tied, ci)) == {ci_id, asset_id} for tied in self.matched()), f"{told} by nothing"

    def _made_for(self, before: Picture, ci_id: str, asset_id: int) -> None:
        """A counterpart that was made: nobody across had the key value of the record that it was made for."""
        ci, asset = before.cis.get(ci_id), before.assets.get(asset_id)
        source = ci or asset
        assert source is not None, f"{self.place.name}: a CI and an asset were made for each other"
        assert source.is_active, f"{self.place.name}: {source.name} is not in use, and a counterpart was made for it"
        assert source.id not in before.taken, f"{self.place.name}: {source.name} was spoken for, and a counterpart was made"
        for tied in self.matched():
            holders = sharers(before, tied, key_of(tied, source)) - {source.id}
            assert not holders, (
                f"{self.place.name}: {source.name} got a new counterpart although {holders} have its {tied.c2_name}"
            )


def key_of(tied: Tied, record: SeenRecord) -> str:
    """What a record is matched by in this field; empty where that stands for no value."""
    key = folded(record.values[tied.short])
    return "" if key in IGNORED else key


def sharers(picture: Picture, tied: Tied, key: str) -> set[object]:
    """Everybody on either side who has this value."""
    if not key:
        return set()
    return {one.id for one in (*picture.cis.values(), *picture.assets.values()) if key_of(tied, one) == key}
