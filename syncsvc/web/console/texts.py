"""Every word of the pages, in French and English; kinds of errors and of changes are called as in the mails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LANGUAGES = ("fr", "en")

_TEXTS: Mapping[str, tuple[str, str]] = {
    # -- frame -----------------------------------------------------------------------------------------------------------
    "overview": ("Vue d'ensemble", "Overview"),
    "runs": ("Synchronisations", "Runs"),
    "conflicts": ("Conflits", "Conflicts"),
    "skip": ("Aller au contenu", "Skip to the content"),
    "sign_out": ("Se déconnecter", "Sign out"),
    "other_language": ("English", "Français"),
    "version": ("syncsvc {version}", "syncsvc {version}"),
    # -- signing in ------------------------------------------------------------------------------------------------------
    "sign_in": ("Se connecter", "Sign in"),
    "username": ("Nom d'utilisateur", "User name"),
    "password": ("Mot de passe", "Password"),
    "wrong": ("Ce nom et ce mot de passe ne vont pas ensemble.", "This name and this password do not go together."),
    "slow": (
        "Après plusieurs essais manqués, la réponse prend plus de temps.",
        "After several wrong tries, the answer takes longer.",
    ),
    # -- overview --------------------------------------------------------------------------------------------------------
    "all_well": ("Tout va bien.", "All is well."),
    "not_well": ("Quelque chose demande votre attention.", "Something needs your attention."),
    "nothing_yet": ("Aucune synchronisation n'a encore eu lieu.", "There has been no run yet."),
    "last_run": ("Dernière synchronisation", "Last run"),
    "next_run": ("Prochaine synchronisation", "Next run"),
    "no_next_run": ("aucune : pas de fichier de règles utilisable", "none: there is no usable rules file"),
    "under_way": ("en cours", "under way"),
    "open_conflicts": ("Conflits ouverts", "Open conflicts"),
    "troubles": ("À régler", "To be looked at"),
    "categories": ("Catégories", "Categories"),
    "last_good": ("Dernière fois sans échec", "Last carried out"),
    "never": ("jamais", "never"),
    "trouble.silent": (
        "Aucune bonne synchronisation depuis trop longtemps : {category}",
        "No good run for too long: {category}",
    ),
    "trouble.rules": ("Le fichier de règles ne peut pas être utilisé : {message}", "The rules file cannot be used: {message}"),
    "trouble.database": ("La base de données : {message}", "The database: {message}"),
    # -- runs ------------------------------------------------------------------------------------------------------------
    "run": ("Synchronisation {number}", "Run {number}"),
    "number": ("N°", "No."),
    "started": ("Début", "Started"),
    "took": ("Durée", "Took"),
    "kind": ("Genre", "Kind"),
    "status": ("État", "Status"),
    "created": ("Créés (C2 · Hector)", "Created (C2 · Hector)"),
    "updated": ("Modifiés (C2 · Hector)", "Updated (C2 · Hector)"),
    "read": ("Lus (C2 · Hector)", "Read (C2 · Hector)"),
    "fields_written": ("Champs écrits (C2 · Hector)", "Fields written (C2 · Hector)"),
    "requests": ("Appels (C2 · Hector)", "Calls (C2 · Hector)"),
    "unchanged": ("Sans changement", "Unchanged"),
    "errors": ("Erreurs", "Errors"),
    "changes": ("Modifications", "Changes"),
    "log": ("Journal", "Log"),
    "no_errors": ("Aucune erreur.", "No errors."),
    "no_changes": ("Rien n'a été modifié.", "Nothing was changed."),
    "no_log": ("Aucune ligne de journal n'est gardée.", "No log lines are kept."),
    "full.true": ("complète", "full"),
    "full.false": ("partielle", "in part"),
    "kind.daily": ("de nuit", "nightly"),
    "kind.manual": ("à la main", "by hand"),
    "kind.single": ("une paire", "one pair"),
    "status.running": ("en cours", "running"),
    "status.succeeded": ("réussie", "succeeded"),
    "status.completed_with_errors": ("terminée avec erreurs ou conflits", "completed with errors or conflicts"),
    "status.held": ("retenue, attend une approbation", "held, waits for approval"),
    "status.failed": ("échec", "failed"),
    "status.interrupted": ("interrompue", "interrupted"),
    "status.dry_run": ("essai à blanc", "dry run"),
    "held_hint": (
        "Voyez ce qui se ferait : syncsvc plan. Si c'est voulu : syncsvc sync --approve {number}",
        "See what would be done: syncsvc plan. If it is meant: syncsvc sync --approve {number}",
    ),
    # -- tables ----------------------------------------------------------------------------------------------------------
    "category": ("Catégorie", "Category"),
    "record": ("Fiche", "Record"),
    "ci": ("CI", "CI"),
    "asset": ("Actif", "Asset"),
    "field": ("Champ", "Field"),
    "in_c2": ("Dans C2", "In C2"),
    "in_hector": ("Dans Hector", "In Hector"),
    "what": ("Ce qui s'est passé, et quoi faire", "What happened, and what to do"),
    "at": ("Heure", "At"),
    "action": ("Action", "Action"),
    "system": ("Système", "System"),
    "outcome": ("Résultat", "Outcome"),
    "from_to": ("Champs : avant → après", "Fields: from → to"),
    "level": ("Niveau", "Level"),
    "event": ("Événement", "Event"),
    "outcome.done": ("fait", "done"),
    "outcome.partly": ("en partie", "partly"),
    "outcome.refused": ("refusé", "refused"),
    "outcome.left": ("laissé : modifié entre-temps", "left: changed meanwhile"),
    "outcome.unclear": ("incertain : aucune réponse", "unclear: no answer came"),
    "empty": ("vide", "empty"),
    "parts": ("Pages", "Pages"),
    "part": ("{first} à {last} de {all}", "{first} to {last} of {all}"),
    "before": ("Précédentes", "Previous"),
    "after": ("Suivantes", "Next"),
    # -- conflicts -------------------------------------------------------------------------------------------------------
    "no_conflicts": ("Aucun conflit n'attend de décision.", "No conflict waits for a decision."),
    "conflicts_lead": (
        "Les deux côtés ont été modifiés. La prochaine synchronisation écrit la valeur choisie de l'autre côté.",
        "Both sides were changed. The next run writes the value that is chosen to the other side.",
    ),
    "void": (
        "Si l'une des deux change d'ici là, le conflit est de nouveau ouvert.",
        "When either changes before, the conflict is open again.",
    ),
    "last_agreed": ("Dernier accord", "Last agreed"),
    "since": ("Depuis", "Since"),
    "use.c2": ("Garder celle de C2", "Keep C2's"),
    "use.hector": ("Garder celle de Hector", "Keep Hector's"),
    "settled": ("réglé, en attente de la prochaine synchronisation", "settled, waits for the next run"),
    "choose": ("Décision", "Decision"),
    # -- refusals --------------------------------------------------------------------------------------------------------
    "not_found": ("Cette page n'existe pas.", "There is no such page."),
    "no_run": ("Il n'y a pas de synchronisation {number}.", "There is no run {number}."),
    "unavailable": ("La base de données ne répond pas comme il faut.", "The database does not answer as it should."),
    "try_again": (
        "Rien n'a été enregistré. Une synchronisation est peut-être en cours : réessayez quand elle sera finie.",
        "Nothing was recorded. Perhaps a run is under way: try again when it has ended.",
    ),
    "stale": (
        "Ce formulaire n'est plus valable : rien n'a été enregistré. Rechargez la page et réessayez.",
        "This form is not valid any more: nothing was recorded. Load the page again and retry.",
    ),
    "loopback_only": (
        "Sans mot de passe, ces pages ne répondent qu'à l'adresse de cette machine même (localhost).",
        "Without a password these pages answer at this machine's own address (localhost) only.",
    ),
}


class PageTexts:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        """Give a text with its values filled in; braces in values mean nothing."""
        return _TEXTS[key][self._place].format(**values)

    def named(self, group: str, code: object) -> str:
        """Give the word for a code, and the code itself where there is none."""
        found = _TEXTS.get(f"{group}.{code}")
        return found[self._place] if found else str(code)


def preferred(accepted: str) -> str:
    """Give the page language that a browser's ``Accept-Language`` likes best; English where it names neither."""
    return max(_weighted(accepted), default=(0.0, "en"))[1]


def _weighted(accepted: str) -> Iterable[tuple[float, str]]:
    for entry in accepted.split(","):
        name, _, weight = entry.strip().partition(";q=")
        language = name.partition("-")[0].lower()
        if language in LANGUAGES:
            try:
                yield float(weight or 1), language
            except ValueError:
                continue
