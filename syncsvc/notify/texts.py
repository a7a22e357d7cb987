"""Every word of a mail, in French and English; which of them are said when is decided elsewhere.

What is to be done by an error's kind alone is said where the run's own advice is not known: it names nothing that could make a
record, or lose a value. ``french.py`` says how French is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from syncsvc.notify.french import in_french

_NOUNS = {
    "error": (("erreur", "erreurs"), ("error", "errors")),
    "conflict": (("conflit", "conflits"), ("conflict", "conflicts")),
    "change": (("modification", "modifications"), ("change", "changes")),
}

_TEXTS: Mapping[str, tuple[str, str]] = {
    # -- after a run -----------------------------------------------------------------------------------------------------
    "errors.subject": ("Synchronisation {run} du {day} : {counts}", "Run {run} of {day}: {counts}"),
    "failed.subject": ("Synchronisation {run} du {day} : échec", "Run {run} of {day}: failed"),
    "before.short": ("{n} comme avant", "{n} as before"),
    "errors.lead": (
        "La synchronisation {run} du {moment} a rencontré {counts} dont personne n'a encore été averti.",
        "Run {run} of {moment} met {counts} that nobody was told of yet.",
    ),
    "nothing_new.lead": (
        "La synchronisation {run} du {moment} n'a rien rencontré de nouveau; ce qui a déjà été signalé reste à régler.",
        "Run {run} of {moment} met nothing new; what was reported before still waits for somebody.",
    ),
    "failed.lead": (
        "La synchronisation {run} du {moment} n'a pas pu se faire : {why}",
        "Run {run} of {moment} could not be carried out: {why}",
    ),
    "failed.unknown": (
        "elle s'est arrêtée sans en dire la raison; voyez « syncsvc log {run} ».",
        "it ended without saying why; see “syncsvc log {run}”.",
    ),
    "interrupted.lead": (
        "La synchronisation {run} du {moment} a été interrompue; jusque-là, elle avait rencontré {counts}.",
        "Run {run} of {moment} was interrupted; until then it had met {counts}.",
    ),
    "before.line": ("{n} comme avant", "{n} as before"),
    "over.line": ("{n} de moins : réglé depuis le dernier courriel", "{n} fewer: over since the last mail"),
    "not_synchronised.line": ("Pas synchronisé du tout : {names}", "Not synchronised at all: {names}"),
    "held.line": (
        "En attente d'approbation (un autre courriel l'explique) : {names}",
        "Waiting for approval (another mail says more): {names}",
    ),
    "held.before.line": (
        "En attente d'approbation comme avant : {names}; si c'est voulu : {command}",
        "Waiting for approval as before: {names}; if it is meant: {command}",
    ),
    "shown.line": (
        "{shown} des {total} nouveautés sont montrées ici; le fichier joint les contient toutes.",
        "{shown} of {total} new ones are shown here; the attached file has them all.",
    ),
    "more.line": ("Pour en voir plus : {commands}", "To see more: {commands}"),
    "everywhere": ("Toute la synchronisation", "The whole run"),
    "heading": ("{title} : {kind} ({n})", "{title}: {kind} ({n})"),
    "both_changed": ("Modifié des deux côtés.", "Changed on both sides."),
    "recovered.subject": (
        "Synchronisation {run} du {day} : tout est rentré dans l'ordre",
        "Run {run} of {day}: all is well again",
    ),
    "recovered.lead": (
        "La synchronisation {run} du {moment} s'est faite sans erreur; ce qui avait été signalé est réglé.",
        "Run {run} of {moment} met no errors; what was reported is over.",
    ),
    "recovered.line": ("{title} : {kind} ({n})", "{title}: {kind} ({n})"),
    # -- alarms ----------------------------------------------------------------------------------------------------------
    "held.subject": (
        "Synchronisation {run} du {day} : en attente d'approbation",
        "Run {run} of {day}: waits for approval",
    ),
    "held.lead": (
        "La synchronisation {run} du {moment} n'a rien écrit dans {names} : ce qu'elle y ferait ressemble à un accident.",
        "Run {run} of {moment} wrote nothing to {names}: what it would do there looks like an accident.",
    ),
    "held.before": ("En attente comme avant : {names}", "Waiting as before: {names}"),
    "held.still.subject": (
        "Synchronisation {run} du {day} : en attente d'approbation, comme avant",
        "Run {run} of {day}: waits for approval, as before",
    ),
    "held.still.lead": (
        "Comme avant, rien n'a été écrit dans {names}; c'est maintenant la synchronisation {run} du {moment} qui attend.",
        "As before, nothing was written to {names}; now it is run {run} of {moment} that waits.",
    ),
    "held.reason": ("{title} : {reason}", "{title}: {reason}"),
    "held.heading": ("{title} : ce qui se ferait ({n})", "{title}: what would be done ({n})"),
    "held.approve": ("Si c'est voulu : {command}", "If it is meant: {command}"),
    "held.otherwise": (
        "Sinon, corrigez dans le système où quelque chose s'est mal passé; la prochaine synchronisation continuera d'elle-même.",
        "If not, put it right in the system where something went wrong; the next run goes on by itself.",
    ),
    "missed.subject": (
        "La synchronisation prévue le {moment} n'a pas eu lieu",
        "The run due on {moment} did not take place",
    ),
    "missed.lead": (
        "La synchronisation de nuit, prévue le {moment}, n'a pas eu lieu.",
        "The nightly run, due on {moment}, did not take place.",
    ),
    "missed.subject.many": (
        "{n} synchronisations de nuit n'ont pas eu lieu, du {first} au {moment}",
        "{n} nightly runs did not take place, due from {first} to {moment}",
    ),
    "missed.lead.many": (
        "{n} synchronisations de nuit, prévues du {first} au {moment}, n'ont pas eu lieu.",
        "{n} nightly runs, due from {first} to {moment}, did not take place.",
    ),
    "missed.night": ("Prévue le {moment}", "Due on {moment}"),
    "missed.why": ("Raison : {why}", "Reason: {why}"),
    "missed.caught_up": (
        "Tout est rattrapé par une seule synchronisation, dès que possible.",
        "All of it is caught up by one run, as soon as that is possible.",
    ),
    "missed.do": (
        "Vérifiez que le service fonctionnait à ce moment; pour synchroniser tout de suite : syncsvc sync",
        "Check that the service was running at that time; to synchronise at once: syncsvc sync",
    ),
    "why.not_running": (
        "le service ne fonctionnait pas à ce moment, ou la synchronisation n'a pas pu commencer à temps",
        "the service was not running then, or the run could not begin in time",
    ),
    "why.another_run": ("une autre synchronisation était en cours", "another run was under way"),
    "why.rules": (
        "le fichier de règles ne peut pas être utilisé; « syncsvc rules check » dit pourquoi",
        "the rules file cannot be used; “syncsvc rules check” says why",
    ),
    "why.database": ("la base de données ne répond pas comme il faut", "the database does not answer as it should"),
    "why.settings": (
        "les réglages ou la base de données ne conviennent pas; « syncsvc doctor » dit pourquoi",
        "settings or database are not fit for use; “syncsvc doctor” says why",
    ),
    "why.unexpected": ("une erreur imprévue; voyez le journal du service", "an unexpected error; see the service's log"),
    "silent.subject": (
        "Aucune bonne synchronisation depuis trop longtemps : {names}",
        "No good synchronisation for too long: {names}",
    ),
    "silent.lead": (
        "Depuis trop longtemps, rien de bon n'est arrivé ici, et aucune erreur n'a dit pourquoi : {names}.",
        "Nothing has been synchronised well for too long, and no error has said why: {names}.",
    ),
    "silent.last": ("{title} : dernière bonne synchronisation le {moment}", "{title}: last good synchronisation on {moment}"),
    "silent.never": ("{title} : jamais synchronisé", "{title}: never synchronised"),
    "silent.do": (
        "Vérifiez que le service fonctionne : syncsvc runs, puis syncsvc log",
        "Check that the service is running: syncsvc runs, then syncsvc log",
    ),
    # -- columns and values ----------------------------------------------------------------------------------------------
    "column.state": ("État", "State"),
    "column.cmdb": ("CMDB", "CMDB"),
    "column.category": ("Catégorie", "Category"),
    "column.kind": ("Genre", "Kind"),
    "column.ci": ("CI", "CI"),
    "column.asset": ("Actif", "Asset"),
    "column.field": ("Champ", "Field"),
    "column.c2": ("Dans C2", "In C2"),
    "column.hector": ("Dans Hector", "In Hector"),
    "column.detail": ("Détail", "Detail"),
    "column.do": ("Quoi faire", "What to do"),
    "column.what": ("Quoi", "What"),
    "column.record": ("Fiche", "Record"),
    "column.where": ("Où", "Where"),
    "column.number": ("Nombre", "Number"),
    "state.new": ("nouveau", "new"),
    "state.before": ("comme avant", "as before"),
    "yes": ("oui", "yes"),
    "no": ("non", "no"),
    "footer": ("Courriel automatique de syncsvc.", "An automatic mail from syncsvc."),
    # -- kinds of errors and what to do about them -----------------------------------------------------------------------
    "kind.credentials": ("identifiants refusés", "refused credentials"),
    "kind.permission": ("droit manquant", "missing right"),
    "kind.validation": ("valeur refusée", "refused value"),
    "kind.conflict": ("conflit", "conflict"),
    "kind.ambiguous": ("fiches ambiguës", "ambiguous records"),
    "kind.disagreement": ("désaccord", "disagreement"),
    "kind.missing": ("fiche disparue", "missing record"),
    "kind.changed_meanwhile": ("modifié entre-temps", "changed meanwhile"),
    "kind.not_converging": ("champ instable", "unstable field"),
    "kind.rate_limited": ("trop de requêtes", "too many requests"),
    "kind.network": ("réseau", "network"),
    "kind.protocol": ("réponse inattendue", "unexpected answer"),
    "kind.server": ("panne du système", "failure of the system"),
    "kind.guard": ("retenu", "held"),
    "kind.internal": ("erreur interne", "internal error"),
    "kind.silent": ("silence", "silence"),
    "do.credentials": (
        "Corrigez le nom, le mot de passe ou le jeton, et vérifiez que le compte n'est pas bloqué.",
        "Correct the name, password or token, and check that the account is not locked.",
    ),
    "do.permission": ("Donnez ce droit au compte de service.", "Give the service account this right."),
    "do.validation": (
        "Corrigez la valeur dans le système qui fait autorité, ou la correspondance dans les règles.",
        "Correct the value in the system that has the say, or the mapping in the rules.",
    ),
    "do.conflict": (
        "Choisissez la valeur qui reste, ou rendez les deux côtés égaux.",
        "Choose the value that stays, or make both sides equal.",
    ),
    "do.ambiguous": (
        "Ne changez rien avant de savoir quelle fiche est la bonne : syncsvc explain FICHE dit ce qu'il en est de chacune.",
        "Change nothing before you know which of the records is right: syncsvc explain RECORD says how each of them stands.",
    ),
    "do.disagreement": (
        "Donnez la même valeur à tous ces CI, ou liez ce champ à un champ de l'actif.",
        "Give all these CIs one value, or map the field to one of the asset.",
    ),
    "do.missing": (
        "Remettez la fiche en place, ou retirez vous-même celle de l'autre côté; rien n'a été supprimé.",
        "Bring the record back, or retire its counterpart yourself; nothing was deleted.",
    ),
    "do.not_converging": (
        "Trouvez ce qui change ce champ entre deux synchronisations, ou donnez-lui la direction « none ».",
        "Find out what changes this field between runs, or give it the direction “none”.",
    ),
    "do.rate_limited": (
        "Diminuez le nombre d'appels simultanés (MAX_CONCURRENCY).",
        "Lower the number of simultaneous calls (MAX_CONCURRENCY).",
    ),
    "do.network": (
        "Vérifiez le réseau, le pare-feu, le serveur mandataire et l'adresse.",
        "Check the network, the firewall, the proxy and the address.",
    ),
    "do.protocol": (
        "Vérifiez l'adresse et les chemins; docs/contracts.md dit où un locataire peut différer.",
        "Check the address and the paths; docs/contracts.md says where a tenant may differ.",
    ),
    "do.server": (
        "Attendez la prochaine synchronisation; sinon, écrivez au soutien de ce système.",
        "Wait for the next run; otherwise ask that system's support.",
    ),
    "do.guard": ("Lisez le plan avant de l'approuver.", "Read the plan before you approve it."),
    "do.internal": (
        "Relancez avec SYNCSVC_LOG__LEVEL=debug et signalez-le.",
        "Run again with SYNCSVC_LOG__LEVEL=debug, and report it.",
    ),
    # -- what a plan would do --------------------------------------------------------------------------------------------
    "action.create": ("créer", "create"),
    "action.update": ("modifier", "update"),
    "action.move": ("déplacer", "move"),
    "action.rename": ("renommer", "rename"),
    "action.link": ("lier", "link"),
    "action.retire": ("retirer", "retire"),
    "action.deactivate": ("désactiver", "deactivate"),
    "action.activate": ("réactiver", "activate"),
    "record.ci": ("CI", "CI"),
    "record.asset": ("actif", "asset"),
    "record.subcategory": ("sous-catégorie", "subcategory"),
    "system.c2": ("C2", "C2"),
    "system.hector": ("Hector", "Hector"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, with moments as people in one time zone read them."""

    language: str
    time_zone: str

    def __call__(self, key: str, **values: object) -> str:
        """Give a text with its values filled in; braces in values mean nothing."""
        return self._of(_TEXTS[key]).format(**values)

    def own(self, text: str) -> str | None:
        """Give a sentence of the program in this language; ``None``: it is none of those that are known in it."""
        return text if self.language == "en" else in_french(text)

    def named(self, group: str, code: str) -> str:
        """Give the word for a code, and the code itself where there is none."""
        found = _TEXTS.get(f"{group}.{code}")
        return self._of(found) if found else code

    def count(self, number: int, noun: str) -> str:
        """Give a number with its noun; in French, none and one are singular."""
        one, many = _NOUNS[noun][self._place]
        singular = number == 1 or (number == 0 and self.language == "fr")
        return f"{number} {one if singular else many}"

    def counts(self, *numbers: tuple[int, str]) -> str:
        """Give several numbers with their nouns, without those that are nought."""
        said = [self.count(number, noun) for number, noun in numbers if number]
        return f" {'et' if self.language == 'fr' else 'and'} ".join(said)

    def moment(self, at: datetime) -> str:
        """Give a moment as date and time of day."""
        return f"{at.astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d %H:%M}"

    def day(self, at: datetime) -> str:
        """Give a moment's day."""
        return self.moment(at)[:10]

    def value(self, value: str | bool | None) -> str:  # noqa: FBT001 - a field's value may be yes or no
        """Give a field's value."""
        if isinstance(value, bool):
            return self("yes" if value else "no")
        return "" if value is None else str(value)

    @property
    def _place(self) -> int:
        return 0 if self.language == "fr" else 1

    def _of(self, pair: tuple[str, str]) -> str:
        return pair[self._place]
