"""Every word of the pages, in French and English; kinds of errors and of changes are called as in the mails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

LANGUAGES = ("fr", "en")
_BEFORE_MARK = re.compile(" (?=[:;?!»])")
"""Where French does not break a line."""

_TEXTS: Mapping[str, tuple[str, str]] = {
    # -- frame -----------------------------------------------------------------------------------------------------------
    "overview": ("Vue d'ensemble", "Overview"),
    "runs": ("Synchronisations", "Runs"),
    "conflicts": ("Conflits", "Conflicts"),
    "pages": ("Pages de la console", "Pages of the console"),
    "colon": (" :", ":"),
    "skip": ("Aller au contenu", "Skip to the content"),
    "sign_out": ("Se déconnecter", "Sign out"),
    "other_language": ("English", "Français"),
    "version": ("syncsvc {version}", "syncsvc {version}"),
    # -- signing in ------------------------------------------------------------------------------------------------------
    "sign_in": ("Se connecter", "Sign in"),
    "username": ("Nom d'utilisateur", "User name"),
    "wrong_title": ("Erreur : {page}", "Error: {page}"),
    "password": ("Mot de passe", "Password"),
    "wrong": ("Nom d'utilisateur ou mot de passe incorrect.", "This name and this password do not go together."),
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
    "now": ("En ce moment", "Now"),
    "cut_off": ("terminée sans un mot : son programme a été arrêté", "ended without a word: its program was killed"),
    "sync_now": ("Synchroniser maintenant", "Sync now"),
    "open_conflicts": ("Conflits ouverts", "Open conflicts"),
    "troubles": ("À régler", "To be looked at"),
    "categories": ("Catégories", "Categories"),
    "last_good": ("Dernière synchronisation menée à bien", "Last carried out"),
    "last_status": ("État à la dernière synchronisation", "Status in the last run"),
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
    "kind": ("Type", "Kind"),
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
    "kind.daily": ("nocturne", "nightly"),
    "kind.manual": ("à la main", "by hand"),
    "kind.single": ("une paire", "one pair"),
    "kind.approval": ("approuvée", "approved"),
    "kind.undo": ("annulation", "undo"),
    "status.running": ("en cours", "running"),
    "status.succeeded": ("réussie", "succeeded"),
    "status.completed_with_errors": ("terminée avec erreurs ou conflits", "completed with errors or conflicts"),
    "status.held": ("retenue, attend une approbation", "held, waits for approval"),
    "status.failed": ("échec", "failed"),
    "status.interrupted": ("interrompue", "interrupted"),
    "status.dry_run": ("essai à blanc", "dry run"),
    # -- a run that is on ------------------------------------------------------------------------------------------------
    "elsewhere": (
        "Un autre programme la mène (une commande, un autre service) : elle ne peut être annulée que là.",
        "Another program carries it out (a command, another service): it can be cancelled there only.",
    ),
    "category_of": ("Catégorie {number} sur {all}", "Category {number} of {all}"),
    "categories_done": ("catégories terminées : {number} sur {all}", "{number} of {all} categories done"),
    "phase.beginning": ("prise de contact avec les deux systèmes", "getting in touch with both systems"),
    "phase.reading": ("lecture", "reading"),
    "phase.planning": ("planification", "planning"),
    "phase.writing": ("écriture", "writing"),
    "steps": ("{done} sur {all}", "{done} of {all}"),
    "cancel": ("Annuler cette synchronisation", "Cancel this run"),
    "stopping": ("en train de s'arrêter", "stopping"),
    "stopping_hint": (
        "Ce qui est commencé est terminé et enregistré; la prochaine synchronisation continue de là.",
        "What is begun is finished and stored; the next run goes on from there.",
    ),
    "not_cancelled": (
        "Rien n'a été annulé : cette synchronisation est terminée, ou un autre programme la mène.",
        "Nothing was cancelled: this run is over, or another program carries it out.",
    ),
    "refreshes": ("Cette page se recharge toutes les {seconds} secondes.", "This page loads anew every {seconds} seconds."),
    "refresh_no_more": ("Ne plus recharger", "Load no more"),
    "refresh_again": ("Recharger toutes les {seconds} secondes", "Load anew every {seconds} seconds"),
    # -- a run that was held ---------------------------------------------------------------------------------------------
    "held": ("Retenu", "Held"),
    "held_before": ("retenue, approuvée depuis", "held, approved since"),
    "would_be_done": ("Ce qui se ferait", "What would be done"),
    "approve": ("Approuver et exécuter", "Approve and carry out"),
    "approved_by": ("Approuvé, voir :", "Approved, see:"),
    "value_by_value": ("Valeur par valeur", "Value by value"),
    "held_hint": (
        (
            "Rien n'a été écrit dans ces catégories. Si c'est voulu, approuvez-le : ce qui est encore comme retenu ici se fait "
            "alors, et rien d'autre. On n'approuve qu'une fois."
        ),
        (
            "Nothing was written in these categories. If it is meant, approve it: what still is as it was held here is then "
            "done, and nothing else. A run is approved once."
        ),
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
    "level.debug": ("détail", "detail"),
    "level.info": ("information", "information"),
    "level.warning": ("avertissement", "warning"),
    "level.error": ("erreur", "error"),
    "level.critical": ("erreur grave", "grave error"),
    "outcome.planned": ("retenu, pas commencé", "held, not begun"),
    "outcome.done": ("fait", "done"),
    "outcome.partly": ("en partie", "partly"),
    "outcome.refused": ("refusé", "refused"),
    "outcome.left": ("laissé : modifié entre-temps", "left: changed meanwhile"),
    "outcome.unclear": ("incertain : aucune réponse", "unclear: no answer came"),
    "empty": ("vide", "empty"),
    "run_parts": ("Parties de la synchronisation", "Parts of the run"),
    "parts": ("Suite de la liste", "More of the list"),
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
    "use.c2": ("Garder la valeur de C2", "Keep C2's"),
    "use.hector": ("Garder la valeur d'Hector", "Keep Hector's"),
    "decides": (" : {field}, CI {ci}", ": {field}, CI {ci}"),
    "chosen.c2": ("Valeur de C2 choisie", "C2's value was chosen"),
    "chosen.hector": ("Valeur d'Hector choisie", "Hector's value was chosen"),
    "settled": ("en attente de la prochaine synchronisation", "waits for the next run"),
    "choose": ("Décision", "Decision"),
    # -- refusals --------------------------------------------------------------------------------------------------------
    "not_found": ("Cette page n'existe pas.", "There is no such page."),
    "no_run": ("Il n'y a pas de synchronisation {number}.", "There is no run {number}."),
    "not_taken": ("Cette adresse ne prend pas ce qui a été envoyé.", "This address does not take what was sent."),
    "no_form": (
        "Rien n'a été enregistré : ce qui a été envoyé n'est pas un formulaire de ces pages.",
        "Nothing was recorded: what was sent is no form of these pages.",
    ),
    "incomplete": (
        "Rien n'a été enregistré : le formulaire n'est pas complet. Rechargez la page et réessayez.",
        "Nothing was recorded: the form is not complete. Load the page again and retry.",
    ),
    "broken": (
        "Cette page ne peut pas être montrée : c'est une erreur de syncsvc, que le journal du service décrit.",
        "This page cannot be shown: that is a fault of syncsvc, which the service's log describes.",
    ),
    "too_many": (
        "Trop d'essais de connexion attendent déjà une réponse. Réessayez dans une minute.",
        "Too many tries to sign in wait for an answer already. Try again in a minute.",
    ),
    "unavailable": ("La base de données ne répond pas comme il faut.", "The database does not answer as it should."),
    "busy": (
        "Rien n'a été enregistré : une synchronisation est en cours. Réessayez quand elle sera finie.",
        "Nothing was recorded: a run is under way. Try again when it has ended.",
    ),
    "run_busy": (
        "Rien n'a été lancé : une synchronisation est déjà en cours.",
        "Nothing was begun: a run is under way already.",
    ),
    "not_begun": ("Rien n'a été lancé.", "Nothing was begun."),
    "conflict_over": (
        "Rien n'a été enregistré : ce conflit est terminé. Ceux qui attendent encore sont ci-dessous.",
        "Nothing was recorded: this conflict is over. Those that still wait are below.",
    ),
    "conflict_moved": (
        "Rien n'a été enregistré : les valeurs ont changé depuis. Regardez-les de nouveau ci-dessous.",
        "Nothing was recorded: the values have changed since. Look at them again below.",
    ),
    "refused_otherwise": ("Rien n'a été enregistré : {why}", "Nothing was recorded: {why}"),
    "stale": (
        "Ce formulaire n'est plus valable : rien n'a été enregistré. Rechargez la page et réessayez.",
        "This form is not valid any more: nothing was recorded. Load the page again and retry.",
    ),
    "no_cookie": (
        (
            "Rien n'a été enregistré : votre navigateur n'a renvoyé aucun témoin (cookie) valable. "
            "Rechargez la page; si cela se répète, permettez les témoins et ouvrez la page par https."
        ),
        (
            "Nothing was recorded: your browser sent no valid cookie back. "
            "Load the page again; if that does not help, allow cookies and open the page by https."
        ),
    ),
    "no_proxy": (
        "Sans mot de passe, ces pages ne répondent à aucun mandataire (proxy).",
        "Without a password these pages answer to no proxy.",
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
        return self._of(key).format(**values)

    def named(self, group: str, code: object) -> str:
        """Give the word for a code, and the code itself where there is none."""
        key = f"{group}.{code}"
        return self._of(key) if key in _TEXTS else str(code)

    def _of(self, key: str) -> str:
        text = _TEXTS[key][self._place]
        return _BEFORE_MARK.sub("\u00a0", text) if self.language == "fr" else text


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
