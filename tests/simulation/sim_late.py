"""A server that finishes a creation only while the next run is already reading."""

from __future__ import annotations

from random import Random

from sim_case import Case
from sim_direct import Direct
from sim_fields import MODEL, NOTES
from sim_history import Told
from sim_homes import Home
from sim_oracle import judge
from sim_service import Service, looking_at
from sim_shape import Shape, rules_of
from sim_told import Rest
from sim_town import Clock, Town
from sim_watch import Watch
from sim_weather import TIME_OUT, Storm, Weather

from syncsvc.engine.request import RunRequest
from syncsvc.sandbox import Sandbox


def play_late(case: Case, home: Home) -> Told:
    """Kill a run in a creation that the server finishes ``case.late`` seconds after, and start the next after ``case.seed``."""
    assert case.late is not None
    direction, finished = case.late
    clock, random = Clock(), Random(case.seed)
    town = Town(clock, (MODEL, NOTES), random)
    shape = Shape(direction, {MODEL.name: direction, NOTES.name: direction}, direction, matches=False)
    tokens = {MODEL: next(town.tokens), NOTES: next(town.tokens)}
    town.add_ci(tokens) if direction == "→" else town.add_asset(tokens)
    watch, runs = Watch(town), []
    with Sandbox(town.c2, town.hector) as box:
        weather = Weather(town, box, clock, random, watch, Direct(box), pace=(3, 5))
        service = Service(home.url, town, weather, clock, random, page_size=50, threads=1)
        rules = rules_of(shape, town.fields)
        weather.aimed = {"late_after": finished}
        weather.begin(Storm())
        runs.append(service.run(rules, RunRequest(full=True)))
        weather.aimed = {}
        clock.pass_by(case.seed)
        for _ in range(3):
            weather.begin(Storm())
            runs.append(service.run(rules, RunRequest(full=True)))
            clock.pass_by(TIME_OUT)
    wrong = [*watch.broken, *(["a request is late still"] if weather.something_is_late else [])]
    with looking_at(home.url) as engine:
        wrong += judge(town, shape, Rest.of(engine, town.category))
    return Told(case, wrong, weather.trace, weather.fired, runs)
