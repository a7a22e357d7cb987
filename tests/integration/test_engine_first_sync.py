"""A first sync and the one after it, both ways, over real HTTP and with a real database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from live_world import LiveWorld, live_world

from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Field, NewSubcategory, Side, Subcategory
from syncsvc.engine.side_by_side import BATCH
from syncsvc.state import queries

MODELS = (("HP", "EliteBook 840"), ("HP", "ProBook 450"), ("Dell", "Latitude 5440"), ("Lenovo", "ThinkPad T14"))


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def status_id(world: LiveWorld, label: str) -> str:
    return next(item["Id"] for item in world.c2.list_items(world.list_id) if item["FrenchName"] == label)


def three_hundred_cis(world: LiveWorld) -> None:
    for n in range(300):
        maker, model = MODELS[n % 4]
        world.add_ci(
            f"Portable {n}",
            maker=maker if n % 3 else maker.lower() + " ",
            model=model,
            serial=f"SN{n:04}",
            bought="2025-07-04" if n % 2 else "2025-01-15",
            price=f"{900 + n}.50",
            status=status_id(world, "En prêt"),
            user=world.marie,
            warranty="true",
            notes="ligne 1\nligne 2",
        )


def test_three_hundred_cis_of_four_models_take_304_writes(world: LiveWorld) -> None:
    three_hundred_cis(world)
    report = world.sync("→")
    writes = Counter(world.writes())
    assert writes == {"hector POST subcategories": 4, "hector POST assets": 300}, world.errors()[:3]
    assert report.status is RunStatus.SUCCEEDED
    assert report.exit_code() == 0
    assets = world.hector.assets(world.hector_category)
    assert len(assets) == 300
    assert {asset["stockroom_id"] for asset in assets} == {world.stockroom}
    for asset in assets:
        n = int(world.hector.value(asset["id"], "Serial number")[2:])
        subcategory = world.hector.subcategory(asset["subcategory_id"])
        assert subcategory["maker"].casefold() == MODELS[n % 4][0].casefold()
        assert subcategory["model"] == MODELS[n % 4][1]
        assert asset["acquisition_date"] == ("2025-07-04" if n % 2 else "2025-01-15")
        assert float(world.hector.value(asset["id"], "Price")) == 900.5 + n
        assert world.hector.value(asset["id"], "Status") == "On loan"
        assert world.hector.value(asset["id"], "User") == "Marie Tremblay"
        assert world.hector.value(asset["id"], "Under warranty") is True
        assert asset["note"] == "ligne 1\nligne 2"
    summary = report.as_json()
    assert summary["created"] == {"c2": 0, "hector": 304}
    assert summary["linked"] == 300


def test_the_second_run_makes_no_write_at_all(world: LiveWorld) -> None:
    three_hundred_cis(world)
    world.sync("→")
    world.box.clear()
    report = world.sync("→")
    assert world.writes() == []
    assert report.as_json()["unchanged"] == 300
    assert report.status is RunStatus.SUCCEEDED


def test_three_hundred_assets_become_cis_with_local_midnights(world: LiveWorld) -> None:
    subcategories = [world.hector.add_subcategory(world.hector_category, maker, model) for maker, model in MODELS]
    for n in range(300):
        world.add_asset(
            subcategories[n % 4],
            f"SN{n:04}",
            acquisition_date="2025-07-04" if n % 2 else "2025-01-15",
            note="ligne 1\nligne 2",
            attributes={"Price": 12.5, "Status": "In service", "User": "marie@erables.example", "Under warranty": True},
        )
    report = world.sync("←")
    assert Counter(world.writes()) == {"c2 POST Save": 300}, world.errors()[:3]
    assert report.status is RunStatus.SUCCEEDED
    for ci_id in world.c2.ci_ids(world.category):
        n = int(world.c2.value(ci_id, "Numéro de série")[2:])
        assert world.c2.value(ci_id, "Fabricant") == MODELS[n % 4][0]
        assert world.c2.value(ci_id, "Modèle") == MODELS[n % 4][1]
        midnight = "2025-07-04T04:00:00.0000000Z" if n % 2 else "2025-01-15T05:00:00.0000000Z"
        assert world.c2.value(ci_id, "Date d'achat") == midnight
        assert world.c2.value(ci_id, "Prix") == "12.500000"
        assert world.c2.value(ci_id, "Statut") == status_id(world, "En service")
        assert world.c2.value(ci_id, "Utilisateur") == world.marie
        assert world.c2.value(ci_id, "Sous garantie") == "True"
        assert world.c2.value(ci_id, "Remarques") == "ligne 1\r\nligne 2"
    second = world.sync("←")
    assert world.writes() == []
    assert second.as_json()["unchanged"] == 300


def test_a_dry_run_says_what_it_would_do_and_does_nothing(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    report = world.sync("→", dry_run=True)
    assert world.writes() == []
    assert report.status is RunStatus.DRY_RUN
    assert [change.record.value for change in report.categories[0].planned] == ["subcategory", "asset"]
    assert world.hector.assets() == []


def test_a_changed_model_moves_the_asset_and_renames_nothing(world: LiveWorld) -> None:
    first = world.add_ci(maker="HP", model="840", serial="S1")
    world.add_ci(maker="HP", model="840", serial="S2")
    world.sync("→")
    world.writes()
    world.c2.edit_ci(first, {"Modèle": "850"})
    world.sync("→")
    assert Counter(write.rsplit(" ", 1)[0] for write in world.writes()) == {"hector PATCH": 1, "hector POST": 1}
    titles = {s["model"]: s["id"] for s in world.hector.subcategories()}
    assert set(titles) == {"840", "850"}
    by_serial = {world.hector.value(a["id"], "Serial number"): a["subcategory_id"] for a in world.hector.assets()}
    assert by_serial == {"S1": titles["850"], "S2": titles["840"]}
    world.box.clear()
    world.sync("→")
    assert world.writes() == []


def test_a_drifted_value_is_put_back_with_one_call(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1", notes="agreed", price="10.00")
    world.sync("→")
    world.writes()
    asset = world.hector.assets()[0]["id"]
    world.hector.edit_asset(asset, note="drifted", attributes={"Price": 99})
    report = world.sync("→")
    assert world.writes() == [f"hector PATCH {asset}"]
    assert world.hector.asset(asset)["note"] == "agreed"
    assert float(world.hector.value(asset, "Price")) == 10
    assert report.as_json()["fields_written"] == {"c2": 0, "hector": 2}
    assert report.as_json()["updated"] == {"c2": 0, "hector": 1}


def test_a_subcategory_is_never_made_twice_whatever_its_spelling(world: LiveWorld) -> None:
    for n, maker in enumerate(("HP", "hp", " Hp", "HP  ", "h p", "H  P")):
        world.add_ci(maker=maker, model="Elite  Book" if n % 2 else "elite book", serial=f"S{n}")
    world.sync("→")
    assert len(world.hector.subcategories()) == 2  # “HP” and “H P” are two makers
    world.add_ci(maker="hP", model="ELITE BOOK", serial="S9")
    world.sync("→")
    assert len(world.hector.subcategories()) == 2


def test_a_subcategory_that_somebody_makes_while_many_are_made_is_used(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is read again for every twenty, so that the look at it is as fresh as that at a record."""
    for n in range(BATCH + 2):
        world.add_ci(maker="HP", model=f"M{n:02}", serial=f"S{n}")
    create = world.surroundings.hector.create_subcategory
    theirs: list[int] = []

    def slowly(new: NewSubcategory, fields: Sequence[Field]) -> Subcategory:
        if not theirs:
            theirs.append(world.hector.add_subcategory(world.hector_category, "HP", f"M{BATCH + 1}"))
        return create(new, fields)

    monkeypatch.setattr(world.surroundings.hector, "create_subcategory", slowly)
    report = world.sync("→")
    assert report.status is RunStatus.SUCCEEDED
    assert len(world.hector.subcategories()) == BATCH + 2
    assert len([asset for asset in world.hector.assets() if asset["subcategory_id"] in theirs]) == 1


def test_records_that_are_there_on_both_sides_are_linked_and_not_doubled(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="sn-1", notes="from C2")
    subcategory = world.hector.add_subcategory(world.hector_category, "hp", "840")
    asset = world.add_asset(subcategory, "SN-1 ")
    report = world.sync("→")
    assert world.writes() == [f"hector PATCH {asset}"]
    assert world.hector.asset(asset)["note"] == "from C2"
    assert len(world.hector.assets()) == 1
    assert report.as_json()["linked"] == 1


def test_a_refused_record_is_recorded_and_the_others_go_on(world: LiveWorld) -> None:
    first = world.add_ci("Un", maker="HP", model="840", serial="S1", user=world.marie)
    world.add_ci("Deux", maker="HP", model="840", serial="S2")
    world.sync("→")
    world.writes()
    world.c2.edit_ci(first, {"Fabricant": None, "Modèle": None, "Remarques": "written all the same"})
    report = world.sync("→")
    (error,) = world.errors()
    assert error["kind"] == "validation"
    assert error["ci"] == world.c2.ci(first)["CINumber"]
    assert error["field"] == "Fabricant"
    assert error["hint"]
    notes = {world.hector.value(a["id"], "Serial number"): a["note"] for a in world.hector.assets()}
    assert notes["S1"] == "written all the same"
    assert report.status is RunStatus.COMPLETED_WITH_ERRORS
    assert report.exit_code() == 1


def test_a_label_that_the_other_side_does_not_offer_names_the_nearest(world: LiveWorld) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    world.add_asset(subcategory, "S1", attributes={"User": "Marie Tremblai"})
    world.sync("←")
    (error,) = world.errors()
    assert (error["kind"], error["field"]) == ("validation", "Utilisateur")
    assert "Marie Tremblay" in error["hint"]
    assert error["hector_value"] == "Marie Tremblai"
    (ci,) = world.c2.ci_ids(world.category)
    assert world.c2.value(ci, "Modèle") == "840"


@pytest.mark.parametrize("about", ["CI", "asset"])
def test_a_line_of_the_log_about_an_error_names_its_category_record_and_field(world: LiveWorld, about: str) -> None:
    if about == "CI":
        ci = world.add_ci(maker="HP", model="840", serial="S1", user=world.c2.add_client("", "", "nobody@erables.example"))
        record = {"ci": world.c2.ci(ci)["CINumber"]}
        report = world.sync("→")
    else:
        subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
        asset = world.add_asset(subcategory, "S1", attributes={"User": "Marie Tremblai"})
        record = {"asset": world.hector.asset(asset)["asset_tag"]}
        report = world.sync("←")
    (error,) = world.errors()
    (line,) = (it for it in queries.log(world.database, report.run) if it["level"] == "warning")
    known = {"kind": "validation", "category": "Portables", "field": "Utilisateur", **record}
    assert line["data"].items() >= known.items()
    assert line["data"] == {name: error[name] for name in line["data"]}


def test_a_wrong_password_stops_the_run_after_one_call(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    world.box.password = "changed-since"
    report = world.sync("→")
    assert len(world.box.requests) == 1
    assert report.status is RunStatus.FAILED
    assert report.exit_code() == 5
    (error,) = world.errors()
    assert error["kind"] == "credentials"
    assert "SYNCSVC_C2__" in error["message"] + error["hint"]


def test_requests_are_counted(world: LiveWorld) -> None:
    world.add_ci(maker="HP", model="840", serial="S1")
    report = world.sync("→")
    by_side = Counter(request.system for request in world.box.requests)
    assert report.requests == {Side.C2: by_side["c2"], Side.HECTOR: by_side["hector"]}
