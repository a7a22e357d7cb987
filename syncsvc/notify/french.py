"""The program's own sentences about records, said in French; what others said, and what is not known here, stays as it is.

Errors are kept as the run said them, in English, for logs and ``--json``. A mail knows them again by their shape: each entry
holds an English sentence with its values as ``{name}``, and the French one that takes the same values. Tests hold the English
ones against the code that says them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_KINDS = {
    "text": "texte",
    "number": "nombre",
    "date": "date",
    "yes/no": "oui/non",
    "date-time": "date et heure",
    "choice": "choix",
    "person": "personne",
}
_SENTENCES: Mapping[str, str] = {
    # -- why a category is held ------------------------------------------------------------------------------------------
    "no run has linked anything yet, both sides have records ({cis} CIs, {assets} assets), and match_on does not say how to tell "
    "which belong together: the inventory would be doubled (write match_on, or match_on: none if they are different things)": (
        "aucune synchronisation n'a encore rien lié, les deux côtés ont des fiches ({cis} CI, {assets} actifs) et match_on ne "
        "dit pas lesquelles vont ensemble : l'inventaire serait doublé (écrivez match_on, ou match_on: none si ce sont des "
        "choses différentes)"
    ),
    "C2 shows no CI although {n} are linked": "C2 ne montre aucun CI alors que {n} sont liés",
    "Hector shows no asset although {n} are linked": "Hector ne montre aucun actif alors que {n} sont liés",
    "{n} of {all} links miss a record (max_missing_percent is {limit})": (
        "il manque une fiche à {n} liens sur {all} (max_missing_percent vaut {limit})"
    ),
    "{n} of {all} links would be written in {system} (max_change_percent is {limit})": (
        "{n} liens sur {all} seraient écrits dans {system} (max_change_percent vaut {limit})"
    ),
    "“{field}” would be emptied in {n} of {all} records of {system} (max_cleared_percent is {limit})": (
        "« {field} » serait vidé dans {n} fiches sur {all} de {system} (max_cleared_percent vaut {limit})"
    ),
    "{n} records would be created in {system} (max_creates is {limit})": (
        "{n} fiches seraient créées dans {system} (max_creates vaut {limit})"
    ),
    # -- values that cannot be written -----------------------------------------------------------------------------------
    "“{field}” holds “{value}”, which is no {kind}.": "« {field} » contient « {value} », qui n'est pas de ce genre : {kind}.",
    "A {kind} cannot be written into “{field}”, a {other_kind}.": (
        "Une valeur du genre {kind} ne peut pas être écrite dans « {field} », du genre {other_kind}."
    ),
    "“{field}” names a client that C2 does not list ({value}).": "« {field} » nomme un client que C2 ne liste pas ({value}).",
    "“{value}” is not a number, as “{field}” needs.": "« {value} » n'est pas un nombre, comme le demande « {field} ».",
    "“{value}” is neither yes nor no, as “{field}” needs.": "« {value} » n'est ni oui ni non, comme le demande « {field} ».",
    "“{value}” is not a date, as “{field}” needs.": "« {value} » n'est pas une date, comme le demande « {field} ».",
    "{n} active clients are called “{value}”, so “{field}” cannot be set.": (
        "{n} clients actifs s'appellent « {value} » ; « {field} » ne peut donc pas être rempli."
    ),
    "No active client of C2 is called “{value}”, as “{field}” needs.": (
        "Aucun client actif de C2 ne s'appelle « {value} », comme le demande « {field} »."
    ),
    "“{field}” does not offer “{value}”.": "« {field} » n'offre pas « {value} ».",
    "“{field}” does not offer “{value}” any more.": "« {field} » n'offre plus « {value} ».",
    "“{field}” names a client without a full name.": "« {field} » nomme un client sans nom complet.",
    "{value} is no moment of the tenant's time zone.": "{value} n'est pas un moment du fuseau horaire du locataire.",
    "{value} has no midnight in UTC.": "{value} n'a pas de minuit en UTC.",
    "“{field}” was emptied in {system}, but {other_system} requires it.": (
        "« {field} » a été vidé dans {system}, mais {other_system} l'exige."
    ),
    "“{field}” is required in {system}, and “{other_field}” is empty.": (
        "« {field} » est obligatoire dans {system}, et « {other_field} » est vide."
    ),
    "CI {ci} has nothing in {fields}: it is not known which subcategory its asset is made from.": (
        "Le CI {ci} n'a rien dans {fields} : on ne sait pas de quelle sous-catégorie est son actif."
    ),
    # -- records that do not fit together --------------------------------------------------------------------------------
    "The “{field}” of one record is held across only by records no longer in use ({records}); nothing was created.": (
        "Le « {field} » d'une fiche n'existe de l'autre côté que dans des fiches hors d'usage ({records}) ; rien n'a été créé."
    ),
    "The same “{field}” stands in {records}; nobody was linked or created.": (
        "Le même « {field} » se trouve dans {records} ; rien n'a été lié ni créé."
    ),
    "“{field}” belongs to the subcategory “{title}”, and its CIs do not agree on it: {records}.": (
        "« {field} » appartient à la sous-catégorie « {title} », et ses CI ne s'accordent pas : {records}."
    ),
    "“{field}” was written by run after run and does not come to rest; it is left alone from now on.": (
        "« {field} » a été écrit de synchronisation en synchronisation sans se stabiliser ; on n'y touche plus."
    ),
    "CI {ci} is gone from C2.": "Le CI {ci} a disparu de C2.",
    "Asset {asset}, the counterpart of CI {ci}, is gone from Hector.": (
        "L'actif {asset}, qui correspond au CI {ci}, a disparu d'Hector."
    ),
    "An earlier run lost the answer when it created an asset for CI {ci}, which has been linked with another since; "
    "the asset {asset} seems to be what it made, and is left alone.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé un actif pour le CI {ci}, lié depuis à un "
        "autre ; ce semble être l'actif {asset}, et on n'y touche pas."
    ),
    "An earlier run lost the answer when it created a CI for asset {asset}, which has been linked with another since; "
    "the CI {ci} seems to be what it made, and is left alone.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé un CI pour l'actif {asset}, lié depuis à "
        "un autre ; ce semble être le CI {ci}, et on n'y touche pas."
    ),
    "Delete the asset if nobody needs it, or link it by hand: syncsvc links add.": (
        "Supprimez l'actif si personne n'en a besoin, ou liez-le à la main : syncsvc links add."
    ),
    "Delete the CI if nobody needs it, or link it by hand: syncsvc links add.": (
        "Supprimez le CI si personne n'en a besoin, ou liez-le à la main : syncsvc links add."
    ),
    "{record} stands in another category ({category}) than the rules tie; it is left alone.": (
        "{record} est dans une autre catégorie ({category}) que celle des règles ; on n'y touche pas."
    ),
    "CI {ci} has moved here, but is linked with asset {asset} under “{category}”, which the rules do not synchronise: nothing is "
    "done for it anywhere.": (
        "Le CI {ci} est passé ici, mais il est lié à l'actif {asset} sous « {category} », que les règles ne synchronisent pas : "
        "rien n'est fait pour lui nulle part."
    ),
    "The counterpart of CI {ci} was gone from Hector; what has its id ({id}) now, asset {asset}, is another thing by its "
    "“{field}”. Both are left alone.": (
        "Ce qui correspondait au CI {ci} avait disparu d'Hector ; ce qui en a l'id ({id}) maintenant, l'actif {asset}, est autre "
        "chose d'après son « {field} ». On ne touche ni à l'un ni à l'autre."
    ),
    "The asset {asset} was made for CI {ci}, and Hector gave it the id of one that was gone: the counterpart of CI {other_ci}. "
    "It is left alone.": (
        "L'actif {asset} a été créé pour le CI {ci}, et Hector lui a donné l'id d'un actif disparu, qui correspondait au "
        "CI {other_ci}. On n'y touche pas."
    ),
    "The value was accepted, but the field still holds what it held before.": (
        "La valeur a été acceptée, mais le champ contient toujours ce qu'il contenait."
    ),
    # -- a system as a whole ---------------------------------------------------------------------------------------------
    "Something happened that syncsvc does not know how to handle ({words}).": (
        "Il est arrivé quelque chose que syncsvc ne sait pas traiter ({words})."
    ),
    "{system} refused the credentials.": "{system} a refusé les identifiants.",
    "{system} refused the credentials: {words}": "{system} a refusé les identifiants : {words}",
    "{call} answered with a web page instead of data ({words}).": (
        "{call} : une page web est arrivée au lieu de données ({words})."
    ),
    "{call} answered with HTTP {status}: {words}": "{call} : réponse HTTP {status} : {words}",
    "{call} answered with HTTP {status} ({words}).": "{call} : réponse HTTP {status} ({words}).",
    "{call}: the account may not do this: {words}": "{call} : le compte n'en a pas le droit : {words}",
    "{system} refused it: {words}": "{system} l'a refusé : {words}",
    # -- what to do ------------------------------------------------------------------------------------------------------
    "What was done is stored. SYNCSVC_LOG__LEVEL=debug shows where it happened; please report it.": (
        "Ce qui était fait est enregistré. SYNCSVC_LOG__LEVEL=debug montre où c'est arrivé ; signalez-le."
    ),
    "Write it like {example}.": "Écrivez-le comme {example}.",
    "Write oui or non.": "Écrivez oui ou non.",
    "The nearest are: {values}.": "Les plus proches sont : {values}.",
    "Nothing similar is offered there.": "Rien de semblable n'y est offert.",
    "Correct the year.": "Corrigez l'année.",
    "Give it one in C2.": "Donnez-lui-en un dans C2.",
    "Correct the value in its system.": "Corrigez la valeur dans son système.",
    "Write the person's e-mail address instead of the name.": "Écrivez l'adresse de courriel de la personne au lieu de son nom.",
    "Check that the service account may see this client in C2.": "Vérifiez que le compte de service peut voir ce client dans C2.",
    "Fill “{field}” in {system}.": "Remplissez « {field} » dans {system}.",
    "Fill “{field}” again in {system}, or make the field optional in {other_system}.": (
        "Remplissez de nouveau « {field} » dans {system}, ou rendez le champ facultatif dans {other_system}."
    ),
    "Find out what keeps it there: a workflow, an automation, a lock on the record. The next run tries again.": (
        "Cherchez ce qui l'y retient : un flux, une automatisation, un verrou sur la fiche. La prochaine fois, on réessaie."
    ),
    "Fill at least one of these fields in C2.": "Remplissez au moins un de ces champs dans C2.",
}


def in_french(text: str) -> str | None:
    """Give one of the program's own sentences in French; ``None``: it is none of them."""
    for pattern, french in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return french.format(**{name: _value(name, value) for name, value in found.groupdict().items()})
    return None


def _value(name: str, value: str) -> str:
    return _KINDS.get(value, value) if name.endswith("kind") else value


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(english), french) for english, french in _SENTENCES.items())


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", english)
    return re.compile(
        "".join(f"(?P<{part}>.*?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL
    )
