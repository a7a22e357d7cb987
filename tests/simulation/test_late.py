"""A server that finishes a creation while the next run is already reading: whenever that is, nothing is made twice."""

from __future__ import annotations

from random import Random

import pytest
from sim_direct import Direct
from sim_fields import MODEL, NOTES
from sim_homes import FileHome
from sim_oracle import judge
from sim_service import Service, looking_at
from sim_shape import Shape, rules_of
from sim_told import Rest
from sim_town import Clock, Town
from sim_watch import Watch
from sim_weather import TIME_OUT, Storm, Weather

from syncsvc.engine.request import RunRequest
from syncsvc.sandbox import Sandbox


@pytest.mark.parametrize("direction", ["→", "←"])
@pytest.mark.parametrize("finished", [10, 40, 57, 59])
@pytest.mark.parametrize("waited", [2, 20, 28, 30, 32, 34, 50])
def test_a_creation_finished_while_the_next_run_reads_is_not_asked_for_again(
    direction: str, finished: int, waited: int, file_home: FileHome
) -> None:
    clock, random = Clock(), Random(waited)
    town = Town(clock, (MODEL, NOTES), random)
    shape = Shape(direction, {MODEL.name: direction, NOTES.name: direction}, direction, matches=False)
    tokens = {MODEL: next(town.tokens), NOTES: next(town.tokens)}
    town.add_ci(tokens) if direction == "→" else town.add_asset(tokens)
    watch = Watch(town)
    with Sandbox(town.c2, town.hector) as box:
        weather = Weather(town, box, clock, random, watch, Direct(box), pace=(3, 5))
        service = Service(file_home.url, town, weather, clock, random, page_size=50, threads=1)
        rules = rules_of(shape, town.fields)
        weather.aimed = {"late_after": finished}
        weather.begin(Storm())
        assert service.run(rules, RunRequest(full=True)) == "killed"
        weather.aimed = {}
        clock.pass_by(waited)
        for _ in range(3):
            weather.begin(Storm())
            service.run(rules, RunRequest(full=True))
            clock.pass_by(TIME_OUT)
    assert not weather.something_is_late
    assert not watch.broken
    with looking_at(file_home.url) as engine:
        assert judge(town, shape, Rest.of(engine, town.category)) == [], "\n".join(weather.trace)
