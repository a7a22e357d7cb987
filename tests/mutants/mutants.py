"""Wrongs that somebody could write into the code one day, each of which the tests must catch: the list, nothing else.

The first twelve are those of the house's own list; the others came up while this was built. Each names the texts it changes,
which must stand exactly once in their file, and the tests that are to fail.
"""

from __future__ import annotations

from dataclasses import dataclass

LOSSY = "tests/integration/test_engine_lossy.py"
LOST = "tests/integration/test_engine_lost_creations.py"
STOPPING = "tests/integration/test_engine_stopping.py"
SIBLINGS = "tests/integration/test_engine_siblings.py"
BAD_DAYS = "tests/integration/test_engine_bad_days.py"
RULES = "tests/integration/test_engine_rules.py"
MEANWHILE = "tests/integration/test_engine_meanwhile.py"
PARTS = "tests/integration/test_engine_parts.py"
APPROVAL = "tests/integration/test_engine_approval.py"
LIFECYCLE = "tests/integration/test_engine_lifecycle.py"
QUIET = "tests/integration/test_engine_quiet.py"
STANDING = "tests/integration/test_engine_standing.py"
NEWEST = "tests/integration/test_engine_newest.py"
CATEGORIES = "tests/integration/test_engine_categories.py"
WANDERING = "tests/integration/test_engine_wandering.py"
STATE_LINKS = "tests/integration/test_state_links.py"
HISTORIES = "tests/simulation/test_histories.py"
CRASHES = "tests/simulation/test_crash_points.py"
PLANS = "tests/scenarios"
UNITS = "tests/unit"
CONTRACT = "tests/contract"
DISAGREEMENT = "tests/unit/test_disagreement.py"
GUARDS = "tests/unit/test_guards.py"
WATCH = "tests/simulation/test_watch.py"
CONSOLE = "tests/integration/test_console.py"
DOOR = "tests/integration/test_console_door.py"
ON_DEMAND = "tests/integration/test_on_demand.py"
CONSOLE_RUNS = "tests/integration/test_console_runs.py"
API = "tests/integration/test_api.py"
EXPLAIN = "tests/integration/test_cli_explain_lone.py"
STORIES = "tests/scenarios/test_scenario_stories.py"
UNDO = "tests/integration/test_engine_undo.py"
UNDO_SHARED = "tests/integration/test_undo_shared.py"
UNDO_KILLED = "tests/integration/test_undo_killed.py"
UNDO_MACHINE = "tests/machine/test_undo_machine.py"


@dataclass(frozen=True)
class Mutant:
    """One wrong: what it is, where (file, old text, new text), and who must notice."""

    wrong: str
    changes: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]


def mutant(wrong: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    """Give a wrong that one change makes."""
    return Mutant(wrong, ((file, old, new),), tests)


MUTANTS = (
    mutant(
        "the baseline stored before the write",
        "syncsvc/engine/apply.py",
        "            fresh = self._read(batch, read, id_of)\n",
        """            early = [
                Agreement(change.ci_id or "", field.mapping, Baseline(field.basis, field.after))
                for change in batch
                for field in change.fields
                if change.system is Side.HECTOR and field.mapping in self.columns[Level.ASSET].place
            ]
            self.world.advance([Fact(early)])
            fresh = self._read(batch, read, id_of)
""",
        CRASHES,
        HISTORIES,
    ),
    mutant(
        "a POST repeated blindly after a lost answer",
        "syncsvc/adapters/retry.py",
        "if not error.passing or (is_write and error.may_have_been_done):",
        "if not error.passing:",
        BAD_DAYS,
    ),
    Mutant(
        "an empty list taken for deletions",
        (
            ("syncsvc/engine/read.py", "if world.read[Side.C2] or even_if_empty:", "if True:"),
            ("syncsvc/planning/guards.py", "        found += absences(snapshot)", "        pass"),
        ),
        (BAD_DAYS,),
    ),
    mutant(
        "an equal pair not recorded",
        "syncsvc/planning/draft.py",
        "            case Verdict.AGREED:\n                self.agree(meeting, place)",
        "            case Verdict.AGREED:\n                pass",
        PARTS,
        PLANS,
        HISTORIES,
    ),
    mutant(
        "one transaction for a whole run",
        "syncsvc/engine/run.py",
        "with on_one_core(), ThreadPoolExecutor(around.threads",
        "with around.store.together(), on_one_core(), ThreadPoolExecutor(around.threads",
        CRASHES,
    ),
    mutant(
        "raw values compared",
        "syncsvc/planning/merge.py",
        "    if conventions.in_order(c, mapping.c2, h, mapping.hector):\n",
        "    if c == h:\n",
        PLANS,
    ),
    mutant(
        "no look before a write",
        "syncsvc/engine/apply.py",
        "write_record(asset, fields, target, look, self.side_by_side.may_begin)",
        "write_record(self.world.assets[change.asset_id], fields, target, look, self.side_by_side.may_begin)",
        MEANWHILE,
    ),
    mutant(
        "the conflict's winner by clock although the policy says hold",
        "syncsvc/planning/conflicts.py",
        "elif mapping.on_conflict is ConflictPolicy.NEWEST:",
        "elif mapping.on_conflict is not None:",
        PLANS,
        HISTORIES,
        UNITS + "/test_merge_in_plans.py",
    ),
    mutant(
        "the page cursor advanced before its records are done",
        "syncsvc/adapters/c2/paging.py",
        "            size = max(smallest, size // 2)\n            continue",
        "            position, size = (page + 1) * size, max(smallest, size // 2)\n            continue",
        "tests/unit/test_adapters_c2_paging.py",
    ),
    mutant(
        "a shared subcategory renamed because of one CI",
        "syncsvc/planning/subcategories.py",
        "        all_want_it = len(wants) == members[subcategory_id] and all(want[2] == key for want in wants)\n"
        "        renamed_in_hector = all(_was_renamed(want[0]) for want in wants)",
        "        all_want_it = renamed_in_hector = True",
        PLANS,
    ),
    mutant(
        "a day taken in UTC",
        "syncsvc/domain/conventions.py",
        "            return moment.astimezone(self.time_zone)",
        "            return moment.astimezone(UTC)",
        UNITS + "/test_domain_values.py",
    ),
    mutant(
        "the change guard counting creations only",
        "syncsvc/planning/guards.py",
        "change.action not in {Action.CREATE, Action.LINK}",
        "change.action in {Action.CREATE}",
        APPROVAL,
    ),
    # -- of our own ------------------------------------------------------------------------------------------------------
    mutant(
        "the intention dropped although the answer was unclear",
        "syncsvc/engine/create.py",
        "        if not error.may_have_been_done:\n            self.world.unfinished.drop(intention_id)",
        "        if True:\n            self.world.unfinished.drop(intention_id)",
        BAD_DAYS,
        HISTORIES,
    ),
    mutant(
        "the intention stored after the creation was asked for",
        "syncsvc/engine/create.py",
        "            ids.update(zip(map(id, batch), self.world.unfinished.intend(intentions), strict=True))\n",
        "            ids.update(zip(map(id, batch), self.world.unfinished.intend(intentions), strict=True))\n"
        "            for intended in ids.values():\n                self.world.unfinished.drop(intended)\n",
        BAD_DAYS,
        CRASHES,
    ),
    mutant(
        "recovery takes a record that stood there before for the lost one",
        "syncsvc/engine/likeness.py",
        "return str(record.id) not in intention.seen and self.may_be_joined(intention, record)",
        "return self.may_be_joined(intention, record)",
        BAD_DAYS,
    ),
    mutant(
        "an unclear creation judged while the server may still be at it",
        "syncsvc/engine/recover.py",
        "context.started - it.at >= patience or",
        "context.started - it.at >= timedelta(0) or",
        LOST,
        "tests/simulation/test_late.py",
    ),
    mutant(
        "a hidden CI not looked for before CIs are made",
        "syncsvc/engine/look.py",
        "return {change.system for change in plan.changes",
        "return {Side.HECTOR for change in plan.changes",
        BAD_DAYS,
    ),
    mutant(
        "another thing taken for the asset whose id it has",
        "syncsvc/engine/read.py",
        "back = [link for link in back if link.ci_id not in others]",
        "others.clear()",
        "tests/integration/test_reused_ids.py",
    ),
    mutant(
        "what we made under the id of an asset that was gone taken for that one's",
        "syncsvc/engine/recover.py",
        'if link.status == "active" or not world.is_seen(link))',
        "if True)",
        "tests/integration/test_reused_ids.py",
    ),
    mutant(
        "CIs that no run looks at any more left unsaid",
        "syncsvc/engine/look.py",
        "problems += find_strays(self._context, self.world, scope.one)",
        "pass",
        "tests/integration/test_engine_categories.py",
    ),
    mutant(
        "an item of a list taken for another that is called so in the other language",
        "syncsvc/domain/values.py",
        "rank = 2 * option.is_active + is_own",
        "rank = 2 * option.is_active",
        "tests/unit/test_domain_values.py",
    ),
    mutant(
        "a value that was accepted and not kept taken for written",
        "syncsvc/engine/writes.py",
        "and same(now, change.before) and not _may",
        "and False and not _may",
        "tests/integration/test_engine_lossy.py",
    ),
    mutant(
        "a hidden asset not looked for before assets are made",
        "syncsvc/engine/look.py",
        "return {change.system for change in plan.changes",
        "return {Side.C2 for change in plan.changes",
        BAD_DAYS,
    ),
    mutant(
        "a hidden namesake not looked for before two records are linked",
        "syncsvc/engine/look.py",
        "if any(change.action is Action.LINK for change in plan.changes):",
        "if False:",
        BAD_DAYS,
    ),
    mutant(
        "somebody's edit between two fields taken for what was written to the first",
        "syncsvc/engine/apply.py",
        "Baseline(written.held[field.mapping], field.basis)",
        "Baseline(ci.values[place[field.mapping]], field.basis)",
        MEANWHILE,
    ),
    mutant(
        "a hidden CI taken for one that an earlier run never made",
        "syncsvc/engine/look.py",
        "        if self.world.unfinished.intentions:\n            # What",
        "        if False:\n            # What",
        LOST,
    ),
    mutant(
        "a Hector list taken for whole although its total says otherwise",
        "syncsvc/adapters/hector/paging.py",
        "        if len(totals) == 1 and len(records) >= max(totals):",
        "        if records or True:",
        CONTRACT + "/test_hector_failures.py",
    ),
    mutant(
        "absence not proven by a look",
        "syncsvc/engine/read.py",
        "    found = {ci.id: ci for ci in context.c2.cis_by_id(pair.category, pair.c2_fields, ids)} if ids else {}",
        "    found: dict[str, ConfigurationItem] = {}",
        BAD_DAYS,
    ),
    mutant(
        "a write that goes on without its lock",
        "syncsvc/engine/run.py",
        "        self._around.check_lock()\n        self._may_not_stop()\n",
        "        self._may_not_stop()\n",
        STOPPING,
    ),
    mutant(
        "an unknown value wipes a known one at the first meeting",
        "syncsvc/planning/merge.py",
        "    if (c_unknown or Side.HECTOR not in writes) and (h_unknown or Side.C2 not in writes):\n        return NOTHING\n",
        "",
        PLANS,
        UNITS + "/test_merge.py",
    ),
    mutant(
        "a lost update written again without a look",
        "syncsvc/engine/writes.py",
        "        batch = _look_again(result, batch, target, look, error)\n",
        "",
        BAD_DAYS,
        HISTORIES,
    ),
    mutant(
        "what somebody changed meanwhile overwritten",
        "syncsvc/engine/writes.py",
        "        elif same(now, change.before):\n",
        "        elif True:\n",
        MEANWHILE,
        HISTORIES,
    ),
    mutant(
        "a link stored without the end of its intention",
        "syncsvc/state/links.py",
        "    forget_intentions(connection, [link.intention_id for link in new if link.intention_id is not None])\n",
        "",
        BAD_DAYS,
        HISTORIES,
    ),
    mutant(
        "a run called good although records of it could not be written",
        "syncsvc/engine/category.py",
        "if whole and not any(problem.kind in TO_BE_TRIED_AGAIN for problem in self._report.problems.values()):",
        "if whole:",
        PARTS,
    ),
    mutant(
        "a lost part of the links is no reason to hold",
        "syncsvc/planning/guards.py",
        "(*_empty(snapshot), *_missing(snapshot))",
        "(*_empty(snapshot),)",
        GUARDS,
    ),
    mutant(
        "a guard that speaks one record too early",
        "syncsvc/planning/guards.py",
        "count * 100 > whole * percent",
        "count * 100 >= whole * percent",
        GUARDS,
    ),
    mutant(
        "a guard that starts one record too late",
        "syncsvc/planning/guards.py",
        "whole >= FROM and",
        "whole > FROM and",
        GUARDS,
    ),
    mutant(
        "one look for a whole run's writes",
        "syncsvc/engine/side_by_side.py",
        "BATCH = 20\n",
        "BATCH = 100000\n",
        WATCH,
    ),
    mutant(
        "a conflict settled by whoever is first",
        "syncsvc/planning/merge.py",
        "    if c_dirty and h_dirty:\n        return _both_changed(mapping, c, h, conventions)\n",
        "",
        UNITS + "/test_merge.py",
        HISTORIES,
    ),
    mutant(
        "a pair called calm before its baselines are stored",
        "syncsvc/engine/category.py",
        "        with self._context.store.together():\n            self._applier.apply_facts(plan)\n            if of_all:\n"
        "                self._quiet.note(plan)\n",
        "        if of_all:\n            self._quiet.note(plan)\n        self._applier.apply_facts(plan)\n",
        QUIET,
    ),
    mutant(
        "a quiet pair that has a new record's key left asleep",
        "syncsvc/engine/quiet.py",
        "        self._wake(half)\n        self.wake_namesakes()\n",
        "        self._wake(half)\n",
        QUIET,
    ),
    mutant(
        "fingerprints trusted whatever the rules they were taken under",
        "syncsvc/engine/quiet.py",
        "        trusted = world.before.fingerprint_rules == rules\n",
        "        trusted = True\n",
        QUIET,
    ),
    mutant(
        "a key that goes nowhere told by baselines that do not follow it",
        "syncsvc/engine/quiet.py",
        "        if mapping.key in self._followed:\n",
        "        if True:\n",
        QUIET,
    ),
    mutant(
        "a record woken with the baselines of a field that goes nowhere",
        "syncsvc/engine/quiet.py",
        "                found[link_id] = {**agreed, **noted}\n",
        "                found[link_id] = {**noted, **agreed}\n",
        QUIET,
    ),
    mutant(
        "the fingerprints of pairs that are not in order kept",
        "syncsvc/engine/quiet.py",
        "        self._context.store.forget_calm("
        "[it.id for it in self._calm if it.ci_id not in quiet and it.ci_id not in calm])\n",
        "",
        QUIET,
    ),
    mutant(
        "what a calm pair holds without a baseline kept when its fingerprints are forgotten",
        "syncsvc/state/calm.py",
        '"subcategory_fingerprint", "unagreed")\n',
        '"subcategory_fingerprint")\n',
        STATE_LINKS,
    ),
    mutant(
        "what was noted without a baseline never looked at, and the systems asked",
        "syncsvc/engine/quiet.py",
        "        unagreed = store.unagreed_of(lacking)\n",
        "        unagreed = store.unagreed_of([])\n",
        QUIET,
    ),
    mutant(
        "what was asked for by id noted for what the list showed",
        "syncsvc/engine/quiet.py",
        "        calm, quiet = set(calm) - self._asked, self._world.quiet\n",
        "        calm, quiet = set(calm), self._world.quiet\n",
        QUIET,
    ),
    mutant(
        "the fingerprints of what a single, incremental or approved run wrote kept",
        "syncsvc/engine/category.py",
        "            self._quiet.forget(None if looked_at is None else _written_for(plan).union(looked_at))\n",
        "            pass\n",
        QUIET,
    ),
    mutant(
        "an incremental run that looks back no day further",
        "syncsvc/engine/partial.py",
        "OVERLAP = timedelta(days=1)",
        "OVERLAP = timedelta(0)",
        PARTS,
    ),
    mutant(
        "what an incremental run empties measured against what it read",
        "syncsvc/engine/look.py",
        "reasons_to_hold(self.world.snapshot(), plan, complete=complete, filled=filled)",
        "reasons_to_hold(self.world.snapshot(), plan, complete=complete)",
        PARTS,
    ),
    mutant(
        "a record that moved counted as missing",
        "syncsvc/planning/guards.py",
        "link.ci_id not in snapshot.quiet and link.ci_id not in snapshot.moved]",
        "link.ci_id not in snapshot.quiet]",
        LIFECYCLE,
    ),
    mutant(
        "a parted pair joined again",
        "syncsvc/planning/match.py",
        "            if (ci.id, asset.id) not in self._everybody.parted:\n",
        "            if True:\n",
        UNITS + "/test_match.py",
    ),
    mutant(
        "another key tried for a record that the first could not tell apart",
        "syncsvc/planning/match.py",
        "        for asset in sharers.waiting_assets:\n            del self.assets[asset.id]\n",
        "",
        UNITS + "/test_match.py",
    ),
    mutant(
        "a counterpart made for a record whose key nobody can read",
        "syncsvc/planning/match.py",
        "        matcher.set_aside_unreadable(place)\n",
        "        pass\n",
        PLANS,
    ),
    mutant(
        "records made on a side that the rules leave out",
        "syncsvc/planning/planner.py",
        "if Side.HECTOR in snapshot.pair.create.writes else ()",
        "if Side.HECTOR in snapshot.pair.direction.writes else ()",
        UNITS + "/test_match.py",
    ),
    mutant(
        "a record made although a field that it must have was refused",
        "syncsvc/planning/creations.py",
        "            possible = possible and not mapping.field(side).required\n",
        "",
        UNITS + "/test_match.py",
    ),
    mutant(
        "match_on: none held like a category that does not say",
        "syncsvc/planning/guards.py",
        "    if pair.match_on is not None or snapshot.unfinished or",
        "    if pair.match_on or snapshot.unfinished or",
        UNITS + "/test_match.py",
    ),
    mutant(
        "a first run that was stopped held instead of carried on with",
        "syncsvc/planning/guards.py",
        "is not None or snapshot.unfinished or",
        "is not None or",
        UNITS + "/test_match.py",
    ),
    mutant(
        "an approved CI made under another name",
        "syncsvc/planning/approval.py",
        "        *([change.title] if is_new_ci else []),\n",
        "",
        UNITS + "/test_approval.py",
    ),
    mutant(
        "a row of writes broken by a run that did not look",
        "syncsvc/engine/world.py",
        "        self.histories.begin_round(left_out)\n",
        "        self.histories.begin_round(set())\n",
        RULES,
    ),
    mutant(
        "a lock that is gone noticed only after the batch",
        "syncsvc/engine/run.py",
        "        (self._around.glance_at_lock or self._around.check_lock)()\n",
        "",
        STOPPING,
    ),
    mutant(
        "facts stored after the lock was lost",
        "syncsvc/engine/category.py",
        "            self._context.may_write()\n            self._world.begin_round(",
        "            self._world.begin_round(",
        STOPPING,
    ),
    mutant(
        "the rest of a batch asked for although its results cannot be stored",
        "syncsvc/engine/side_by_side.py",
        "            self._is_over = True\n            under_way.call_off()\n            raise",
        "            raise",
        STOPPING,
    ),
    mutant(
        "a batch that goes on to its end after a request to stop",
        "syncsvc/engine/side_by_side.py",
        "        self._context.may_begin()\n",
        "",
        STOPPING,
    ),
    mutant(
        "a creation judged by when it was intended, not by when it may have been sent",
        "syncsvc/engine/run.py",
        "            patience=around.request_time_out + around.longest_wait,\n",
        "            patience=around.request_time_out,\n",
        LOST,
    ),
    mutant(
        "records that may be a lost one made a counterpart",
        "syncsvc/engine/recover.py",
        "        for record in records:\n            self._world.unfinished.reserve(record)\n",
        "",
        LOST,
    ),
    mutant(
        "a lost record that somebody edited made a second time",
        "syncsvc/engine/recover.py",
        "    recovery.look_for_edited_ones()\n",
        "",
        LOST,
    ),
    mutant(
        "somebody's record taken for a lost one by a key that differs",
        "syncsvc/engine/likeness.py",
        "        if self.key(intention, record) is Key.OTHER:\n            return False\n"
        "        return bool(self._told(intention)) or not ("
        "self._has_own_values(intention, record) or self._source_says_more(intention))\n",
        "        return True\n",
        LOST,
    ),
    mutant(
        "an asset moved by hand that takes its old price along",
        "syncsvc/planning/planner.py",
        "        meet_new_home(draft, meeting)\n",
        "        pass\n",
        PLANS,
    ),
    mutant(
        "a subcategory renamed to which an asset was moved",
        "syncsvc/planning/subcategories.py",
        "    if link is not None and link.subcategory_id not in {None, meeting.asset.subcategory_id}:\n        return False\n",
        "",
        PLANS,
    ),
    mutant(
        "a move in Hector that is no change of the model",
        "syncsvc/planning/conflicts.py",
        "in_hector = None if shared is None else max(in_hector, shared)",
        "in_hector = shared",
        PLANS,
    ),
    mutant(
        "siblings told what Hector has refused",
        "syncsvc/engine/shared.py",
        "        if at not in self._answered:\n            return None\n",
        "        if at not in self._answered:\n            return field\n",
        SIBLINGS,
    ),
    mutant(
        "a cut value of a lost answer taken for somebody's edit",
        "syncsvc/engine/columns.py",
        "        return any_same(value, Conventions.stored(change.after, self.field(change)))",
        "        return same(value, change.after)",
        LOSSY,
    ),
    mutant(
        "what is left over judged anew once its values stand on another",
        "syncsvc/engine/recover.py",
        "    known = recovery.tell_left_over()\n",
        "    known: set[int] = set()\n",
        LOST,
    ),
    mutant(
        "what may be left over of a lost creation not looked for",
        "syncsvc/engine/recover.py",
        "        found = self._alike(self._superseded, same=True)\n",
        "        found = {}\n",
        LOST,
    ),
    mutant(
        "what was made forgotten once its source is joined with another",
        "syncsvc/engine/recover.py",
        "        return bool(intention.left_over) or made is None or not self._likeness.holds_all(intention, made)",
        "        return False",
        LOST,
    ),
    mutant(
        "a CI that comes to the subcategory by the same plan not asked",
        "syncsvc/planning/wishes.py",
        "        wishes |= _of_arrivals(draft, place, there, next(iter(wishes.values())), arrivals)\n",
        "        pass\n",
        PLANS,
    ),
    mutant(
        "a CI that comes to an empty subcategory asked only about what another has said there",
        "syncsvc/planning/wishes.py",
        "        for met in (there, value):\n",
        "        for met in (value,):\n",
        PLANS,
    ),
    mutant(
        "what the run itself has just written taken for a change in its second look",
        "syncsvc/engine/world.py",
        "            self._own_writes = None  # what",
        "            # what",
        RULES,
    ),
    mutant(
        "a second look that overrules siblings it is not about",
        "syncsvc/planning/wishes.py",
        "        if meeting.planned:\n",
        "        if True:\n",
        DISAGREEMENT,
    ),
    mutant(
        "an approved change that overwrites another value than the reviewed one",
        "syncsvc/planning/approval.py",
        "(field.mapping, encode(field.before) or _NOTHING, encode(field.after) or _NOTHING)",
        "(field.mapping, _NOTHING, encode(field.after) or _NOTHING)",
        "tests/unit/test_approval.py",
    ),
    mutant(
        "links orphaned in bulk because something else was approved",
        "syncsvc/engine/category.py",
        "absences=absent)",
        "absences=True)",
        APPROVAL,
    ),
    mutant(
        "a disagreement counted once for each end",
        "syncsvc/engine/report.py",
        "() if problem.kind is ErrorKind.DISAGREEMENT else (problem.ci_number, problem.asset)",
        "(problem.ci_number, problem.asset)",
        SIBLINGS,
    ),
    mutant(
        "a subcategory renamed back that another category's CIs share",
        "syncsvc/planning/subcategories.py",
        "renamed_in_hector and subcategory_id not in foreign and",
        "renamed_in_hector and",
        PLANS,
    ),
    mutant(
        "a CI deactivated though its asset was retired long ago",
        "syncsvc/planning/activity.py",
        "ci_now != asset_now and asset_moved and not ci_moved and deactivates",
        "ci_now != asset_now and deactivates",
        PLANS,
    ),
    mutant(
        "a form of the console taken without its token",
        "syncsvc/web/console/visit.py",
        "    if not secrets.compare_digest(token.encode(), visit.token.encode()):\n",
        "    if False:\n",
        CONSOLE,
        DOOR,
    ),
    mutant(
        "a conflict settled whose values nobody saw",
        "syncsvc/state/conflicts.py",
        "if since is not None and any(row.since != since for row in found.values()):",
        "if False:",
        CONSOLE,
        "tests/integration/test_state_conflicts.py",
    ),
    mutant(
        "tries of the console's password that wait side by side",
        "syncsvc/web/console/signing.py",
        "async with book.at_the_door:",
        "async with asyncio.Lock():",
        DOOR,
    ),
    mutant(
        "a session of the console that goes on after it was signed out",
        "syncsvc/web/console/account.py",
        'age >= LONGEST or session.get("generation", 0) < self._generation',
        "age >= LONGEST",
        DOOR,
    ),
    mutant(
        "two runs that are asked for at once",
        "syncsvc/scheduler/on_demand.py",
        "            if not self._one.acquire(blocking=False):\n",
        "            if self._one.acquire(blocking=False) and False:\n",
        ON_DEMAND,
    ),
    mutant(
        "a run that cannot begin and keeps all others from beginning",
        "syncsvc/scheduler/on_demand.py",
        "            self._one.release()\n            asked.ended.set_exception(error)\n",
        "            asked.ended.set_exception(error)\n",
        ON_DEMAND,
    ),
    mutant(
        "a run that went wrong while nobody looked, and of which nobody hears",
        "syncsvc/scheduler/on_demand.py",
        "self._looked.pop(number) < LOOKING",
        "self._looked.pop(number) < math.inf",
        ON_DEMAND,
    ),
    mutant(
        "a cancelled run that goes on waiting to repeat a call",
        "syncsvc/scheduler/runs.py",
        "while left > 0 and not self._stop.is_set():",
        "while left > 0:",
        ON_DEMAND,
    ),
    mutant(
        "a night that somebody cancelled, begun anew a minute later",
        "syncsvc/scheduler/night.py",
        "if found is None or found.due == self._cancelled:",
        "if found is None:",
        "tests/integration/test_service_nights.py",
    ),
    mutant(
        "a service that is gone before the run that was asked for",
        "syncsvc/cli/serve.py",
        "        service.on_demand.wait()\n",
        "",
        CONSOLE_RUNS,
    ),
    mutant(
        "a run that was cut off with its service and is not marked so",
        "syncsvc/cli/serve.py",
        "            if service.runs.is_on:\n",
        "            if False:\n",
        CONSOLE_RUNS,
    ),
    mutant(
        "a run of another process taken for one that was killed",
        "syncsvc/web/console/runs.py",
        "    if desk.under_way():\n",
        "    if False:\n",
        CONSOLE_RUNS,
    ),
    mutant(
        "an approval that carries out whatever there is to do",
        "syncsvc/web/console/runs.py",
        'RunRequest("approval", approve=number)',
        "RunRequest()",
        "tests/integration/test_console_approval.py",
    ),
    mutant(
        "an API that takes any token",
        "syncsvc/web/api/bearer.py",
        "secrets.compare_digest(given.strip().encode(), self._token.encode())",
        "given",
        API,
    ),
    mutant(
        "an API without a token that takes an empty one",
        "syncsvc/web/api/bearer.py",
        "        if not self._token:\n",
        "        if False:\n",
        API,
    ),
    mutant(
        "a program's run taken for one that somebody looks at",
        "syncsvc/cli/serve.py",
        "Clerk(engine, service.on_demand.begin,",
        "Clerk(engine, partial(service.on_demand.begin, by_hand=True),",
        API,
    ),
    mutant(
        "a subcategory written twice side by side",
        "syncsvc/engine/shared.py",
        "        for some in _one_a_record(changes):\n",
        "        for some in [list(changes)]:\n",
        SIBLINGS,
    ),
    mutant(
        "a new name of a subcategory taken for Hector's way to write what was asked for",
        "syncsvc/engine/new_pairs.py",
        "            h = as_chosen(conventions, layout.mappings[place], field.basis, hector[field.mapping])\n",
        "            h = hector[field.mapping]\n",
        MEANWHILE,
    ),
    mutant(
        "a story that is told by carrying it out",
        "syncsvc/engine/explain.py",
        "Scope(dry_run=True, full=False, one=one)",
        "Scope(dry_run=False, full=False, one=one)",
        EXPLAIN,
    ),
    mutant(
        "a story that calls a field in order because the plan leaves it alone",
        "syncsvc/planning/story.py",
        "                return self._hindered(place, mapping, decision)\n",
        "                return Rest.IN_ORDER, None\n",
        STORIES,
    ),
    mutant(
        "a story of another pair's writes",
        "syncsvc/planning/story.py",
        "own_ci = records.ci is not None and change.ci_id == records.ci.id",
        "own_ci = True",
        UNITS + "/test_story.py",
    ),
    mutant(
        "the making of a subcategory taken for somebody's change of it",
        "syncsvc/engine/create.py",
        "            self.world.note_made([made])\n",
        "",
        RULES,
    ),
    mutant(
        "an edit that a later look has shown taken for our own write",
        "syncsvc/engine/writes.py",
        "        result.changed_before = record.modified_at\n    elif",
        "        pass\n    elif",
        NEWEST,
    ),
    mutant(
        "an edit that only an answer has shown taken for our own write",
        "syncsvc/engine/writes.py",
        "    elif changed - ours:\n        result.changed_before = None\n",
        "",
        NEWEST,
    ),
    mutant(
        "the time of an edit that nobody knows kept from before it",
        "syncsvc/state/rounds.py",
        "(before.is_not(None), own_writes.c.changed_at))",
        "else_=own_writes.c.changed_at)",
        NEWEST,
    ),
    mutant(
        "our own write taken for somebody's change because its answer was lost",
        "syncsvc/engine/writes.py",
        "        result.wrote = result.wrote or error.may_have_been_done\n",
        "",
        NEWEST,
    ),
    mutant(
        "a record that moved to another category made a second counterpart",
        "syncsvc/planning/match.py",
        "    matcher.set_aside_unfinished()\n",
        "",
        CATEGORIES,
    ),
    mutant(
        "a CI that was gone before it was looked at merged with what it did not show",
        "syncsvc/engine/new_pairs.py",
        "    for ci_id in partial:\n        del world.cis[ci_id]\n",
        "",
        WANDERING,
    ),
    mutant(
        "a record that left its category taken for an emptied one",
        "syncsvc/domain/rules.py",
        "        return record.category_id == (",
        "        return True or (",
        WANDERING,
    ),
    mutant(
        "a record that left its category while it was written taken for an emptied one",
        "syncsvc/engine/writes.py",
        "    return record.category_id != result.record.category_id\n",
        "    return False\n",
        WANDERING,
    ),
    mutant(
        "the siblings of a single sync written whatever else is new with them",
        "syncsvc/engine/category.py",
        "            plan = only_about(plan, whole(self._scope.one, plan, self._world.links.values()))\n",
        "            pass\n",
        SIBLINGS,
    ),
    mutant(
        "what comes to a subcategory written to all others past the guards",
        "syncsvc/engine/category.py",
        "        if not reasons:\n            return plan\n",
        "        if plan:\n            return plan\n",
        SIBLINGS,
    ),
    mutant(
        "a run's threads spread over all cores",
        "syncsvc/engine/one_core.py",
        "os.sched_setaffinity(thread, {_core()})",
        "os.sched_setaffinity(thread, before)",
        "tests/integration/test_engine_one_core.py",
    ),
    mutant(
        "an undo that does not say what it is about to put back",
        "syncsvc/engine/undo.py",
        "            context.store.begin_undoing(rows, context.now())\n",
        "",
        UNDO_KILLED,
    ),
    mutant(
        "an undo that puts back what a later run has written",
        "syncsvc/planning/still.py",
        "        if cell in self._later:\n",
        "        if cell in self._later and not cell:\n",
        UNDO,
    ),
    mutant(
        "an undo that loses a change across which no run has carried over",
        "syncsvc/planning/still.py",
        "        if changed and not self._conventions.in_order(",
        "        if changed and now is after and not self._conventions.in_order(",
        UNDO,
        UNDO_SHARED,
        UNDO_MACHINE,
    ),
    mutant(
        "a move back that agrees on what the CI wants",
        "syncsvc/engine/moves.py",
        "        undone = any(field.why is Why.UNDONE for field in change.fields)\n",
        "        undone = False\n",
        UNDO_SHARED,
    ),
    mutant(
        "a shared value put back for the CI that the plan names, and for no sibling",
        "syncsvc/planning/undo.py",
        "followers=tuple(follower for _, followers in found for follower in followers),",
        "followers=tuple(follower for _, followers in found for follower in followers[:1]),",
        UNDO_SHARED,
    ),
    mutant(
        "an undo that overwrites what somebody has changed since",
        "syncsvc/planning/still.py",
        "        if not holds(now, it.after, mapping, side):\n",
        "        if side is None:\n",
        UNDO,
        UNDO_MACHINE,
    ),
    mutant(
        "an undo that forgets all fields of a record but one",
        "syncsvc/planning/undo.py",
        "        for it in effect.others:\n            try:\n                fields.append(",
        "        for it in effect.others[:1]:\n            try:\n                fields.append(",
        UNDO,
        UNDO_MACHINE,
    ),
    mutant(
        "an undo that takes what it puts back for what the other side holds",
        "syncsvc/planning/undo.py",
        "return replace(back, basis=across)",
        "return replace(back, basis=back.after)",
        UNDO,
        UNDO_MACHINE,
    ),
    mutant(
        "a run that was undone and goes on having a say",
        "syncsvc/planning/effects.py",
        "            if is_undo and known and",
        "            if is_undo and not change.fields and known and",
        UNDO,
    ),
    mutant(
        "the writes of an undo counted as a run's in vain",
        "syncsvc/engine/histories.py",
        "return History() if self.undoes else written(",
        "return written(",
        UNDO,
    ),
    mutant(
        "a settlement forgotten by a run that does not see its pair",
        "syncsvc/engine/category.py",
        "self._relied_on | world.waiting_settlements",
        "self._relied_on",
        RULES,
    ),
    mutant(
        "no say in shared fields for who may yet come by a lost creation",
        "syncsvc/planning/planner.py",
        "    draft.expect()\n",
        "",
        SIBLINGS,
    ),
    mutant(
        "errors forgotten because their records were not looked at again",
        "syncsvc/engine/standing.py",
        "    if not left:\n        return []\n",
        "    return []\n",
        STANDING,
    ),
    mutant(
        "a mended error that goes on standing",
        "syncsvc/engine/standing.py",
        "problem.ci_number in numbers if",
        "False if",
        STANDING,
    ),
)
