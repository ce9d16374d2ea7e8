"""What is to be seen on the buses of a simulated switcher, and which cameras' pictures that needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from cuelang.commands.switching import BusName
from cuelang.plan import Switcher, SwitcherSource
from cuelang.simulator.mixer import Mixer


class Layer(Struct, frozen=True):
    """One source. `camera`: it is that camera; `inside`: what it shows of others. With neither it is a card;
    `black` is what a switcher shows that shows nothing."""

    name: str
    camera: str | None = None
    inside: tuple[Layer, ...] = ()
    black: bool = False

    def cameras(self) -> Iterator[str]:
        if self.camera is not None:
            yield self.camera
        for layer in self.inside:
            yield from layer.cameras()


class Shot(Struct, frozen=True):
    """`share`: how much of `other` is in it, from 0 to 1."""

    layer: Layer
    other: Layer | None = None
    share: float = 0.0

    @property
    def cameras(self) -> tuple[str, ...]:
        """Those whose pictures it needs, each once."""
        return tuple(dict.fromkeys([*self.layer.cameras(), *(self.other.cameras() if self.other else ())]))


def shot(switcher: Switcher, mixer: Mixer, labels: Mapping[str, str], bus: BusName, now: int) -> Shot | None:
    """What is on this bus now. `labels`: what the mixer calls the sheet's sources. None: there is no such bus."""
    if bus == "preview" and not mixer.studio_mode:
        return None
    sources = {labels[source.name]: source for source in switcher.sources if source.name in labels}

    def layer(label: str) -> Layer:
        source = sources.get(label)
        if source is None or (switcher.kind == "atem" and label == "0"):
            return Layer(mixer.sources.get(label, label), black=True)
        return _layer(source, switcher, ())

    if bus == "preview":
        return Shot(layer(mixer.preview))
    share = mixer.share(now)
    if share is None:
        return Shot(layer(mixer.program))
    target, part = share
    return Shot(layer(mixer.program), layer(target), part)


def _layer(source: SwitcherSource, switcher: Switcher, above: tuple[str, ...]) -> Layer:
    if source.name in source.cameras:
        return Layer(source.name, source.name)
    within = (*above, source.name)
    inside = []
    for name in source.shows:
        other = switcher.source(name)
        if name in within:
            continue
        inside.append(Layer(name, name) if other is None else _layer(other, switcher, within))
    return Layer(source.name, inside=tuple(inside))
