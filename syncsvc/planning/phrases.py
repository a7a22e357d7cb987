"""The sentences in which ``describe.py`` says what rules do, in French and in English; both languages have the same keys.

A word in braces is filled in: names of fields, of systems, of places. French is written as in Québec: a space before a colon,
none before a semicolon, a question or an exclamation mark, and one inside « ».
"""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    # topics of a category
    "topic.direction": "Direction",
    "topic.matching": "Recognising",
    "topic.creation": "Creating",
    "topic.first": "First meeting",
    "topic.inactive": "Retiring",
    "topic.guards": "Guards",
    # direction
    "direction.none": "Not synchronised: it is neither read nor written.",
    "direction.→": "C2 decides. What is changed in Hector is put back.",
    "direction.←": "Hector decides. What is changed in C2 is put back.",
    "direction.⇄": "Values go both ways, each field in its own direction.",
    # matching
    "matching.by": "A CI and an asset are the same thing when they have the same {fields}, and no other record has it. Case and "
    "spaces do not count; values that stand for nothing (N/A, 0, …) match nothing.",
    "matching.then": ", or else the same ",
    "matching.none": "Records are not compared: each one without a counterpart counts as new (match_on: none).",
    "matching.unsaid": "No field says which records belong together (match_on): a first run with records on both sides is held.",
    # creation
    "creation.asset": "A CI without an asset gets one, in the stockroom “{stockroom}”.",
    "creation.asset.unnamed": "A CI without an asset gets one, but no stockroom is named for it.",
    "creation.ci": "An asset without a CI gets one, named by its title.",
    "creation.ci.named": "An asset without a CI gets one, named by {field}, or by its title where that is empty.",
    "creation.none": "Nothing is created.",
    # first meeting
    "first.→": "When a pair meets for the first time, what C2 knows is written to Hector; an empty value wipes nothing.",
    "first.←": "When a pair meets for the first time, what Hector knows is written to C2; an empty value wipes nothing.",
    "first.⇄": "When a pair meets for the first time, each side fills what is empty on the other; where both know different "
    "values of a ⇄ field, that is a conflict.",
    # lifecycle
    "inactive.retire": "When a CI becomes inactive, its asset is retired; when it comes back, so does the asset.",
    "inactive.deactivate": "When an asset is retired, its CI is deactivated; when it comes back, so does the CI.",
    "inactive.keep": "An inactive CI leaves its asset as it is, and a retired asset its CI.",
    "inactive.never": "Nothing is ever deleted.",
    # guards
    "guards.held": "Before anything is written the category is held for approval when {limits}.",
    "guards.off": "No limit is set; only a side that reads empty is held.",
    "guards.missing": "more than {limit} % of the linked records are missing",
    "guards.change": "more than {limit} % would be written on one side",
    "guards.cleared": "more than {limit} % of one field's values would be emptied",
    "guards.creates": "more than {limit} records would be created on one side",
    "guards.or": " or ",
    # fields
    "field.none": "not carried over.",
    "field.→": "C2 decides; what is changed in Hector is put back.",
    "field.←": "Hector decides; what is changed in C2 is put back.",
    "field.⇄": "both may change it; when both did, {policy}.",
    "key.→": "C2 decides; an asset whose CI changes {c2} moves to the matching subcategory, which is made where there is none.",
    "key.←": "Hector decides; a subcategory that is renamed, or an asset that moves to another, changes its CIs.",
    "key.⇄": "both may change it: a CI that changes {c2} moves its asset to the matching subcategory, a subcategory that is "
    "renamed changes all its CIs; when both did, {policy}.",
    "shared.→": "C2 decides for all CIs of a subcategory together: written once when they agree; otherwise an error names them.",
    "shared.←": "Hector decides; what is changed on a subcategory reaches all its CIs.",
    "shared.⇄": "both may change it, for all CIs of a subcategory together: CIs that changed it must agree; when both sides did, "
    "{policy}.",
    "recognised": "Records are recognised by it.",
    "policy.hold": "the conflict waits for you (hold)",
    "policy.c2": "C2 wins (c2)",
    "policy.hector": "Hector wins (hector)",
    "policy.newest": "the newer change wins (newest), and where that cannot be told the conflict waits for you",
    # what becomes of a value
    "text.from.number": "{side} gets the number written plainly (1234.56).",
    "text.from.yes/no": "{side} gets “yes” or “no”.",
    "text.from.date": "{side} gets the date as 2026-07-04.",
    "text.from.choice": "{side} gets the label.",
    "text.from.person": "{side} gets the full name.",
    "number": "{side} takes a number only.",
    "yes/no": "{side} takes a word for yes or no only.",
    "date": "{side} takes a date only.",
    "date.from.date-time": "{side} gets the day in the tenant's time zone.",
    "date-time": "{side} takes a date only.",
    "date-time.from.date": "{side} gets the day's midnight in the tenant's time zone.",
    "choice": "{side} takes a label that its list offers.",
    "person": "{side} takes the name or the e-mail of exactly one active client.",
    "cut": "{side} keeps the first {length} characters.",
    "required": "{side} does not let it be emptied.",
}

FRENCH: Mapping[str, str] = {
    "topic.direction": "Sens",
    "topic.matching": "Reconnaissance",
    "topic.creation": "Création",
    "topic.first": "Première rencontre",
    "topic.inactive": "Retrait",
    "topic.guards": "Garde-fous",
    "direction.none": "Non synchronisée : rien n'y est lu ni écrit.",
    "direction.→": "C2 décide. Ce qui est modifié dans Hector est remis comme avant.",
    "direction.←": "Hector décide. Ce qui est modifié dans C2 est remis comme avant.",
    "direction.⇄": "Les valeurs vont dans les deux sens, chaque champ dans le sien.",
    "matching.by": "Un CI et un actif sont la même chose quand ils ont la même valeur dans {fields} et qu'aucun autre ne l'a. Ni "
    "la casse ni les espaces ne comptent; les valeurs qui ne disent rien (N/A, 0, …) ne relient rien.",
    "matching.then": ", sinon dans ",
    "matching.none": "Rien n'est comparé : tout ce qui est sans vis-à-vis compte comme nouveau (match_on: none).",
    "matching.unsaid": "Aucun champ ne dit ce qui va ensemble (match_on) : une première exécution est retenue si les deux côtés "
    "ont des enregistrements.",
    "creation.asset": "Un CI sans actif en reçoit un, dans l'entrepôt « {stockroom} ».",
    "creation.asset.unnamed": "Un CI sans actif en reçoit un, mais aucun entrepôt n'est nommé pour lui.",
    "creation.ci": "Un actif sans CI en reçoit un, nommé d'après son titre.",
    "creation.ci.named": "Un actif sans CI en reçoit un, nommé d'après {field}, ou d'après son titre si ce champ est vide.",
    "creation.none": "Rien n'est créé.",
    "first.→": "À la première rencontre d'une paire, ce que C2 sait est écrit dans Hector; une valeur vide n'efface rien.",
    "first.←": "À la première rencontre d'une paire, ce qu'Hector sait est écrit dans C2; une valeur vide n'efface rien.",
    "first.⇄": "À la première rencontre d'une paire, chaque côté remplit ce qui est vide de l'autre; si les deux connaissent des "
    "valeurs différentes d'un champ ⇄, c'est un conflit.",
    "inactive.retire": "Quand un CI devient inactif, son actif est retiré; quand il revient, l'actif aussi.",
    "inactive.deactivate": "Quand un actif est retiré, son CI est désactivé; quand il revient, le CI aussi.",
    "inactive.keep": "Un CI inactif laisse son actif tel quel, un actif retiré son CI.",
    "inactive.never": "Rien n'est jamais supprimé.",
    "guards.held": "Avant toute écriture, la catégorie est retenue pour approbation si {limits}.",
    "guards.off": "Aucune limite n'est fixée; seul un côté qui se lit vide est retenu.",
    "guards.missing": "plus de {limit} % des enregistrements reliés manquent",
    "guards.change": "plus de {limit} % seraient écrits du même côté",
    "guards.cleared": "plus de {limit} % des valeurs d'un champ seraient vidées",
    "guards.creates": "plus de {limit} enregistrements seraient créés d'un côté",
    "guards.or": " ou ",
    "field.none": "non synchronisé.",
    "field.→": "C2 décide; ce qui est modifié dans Hector est remis comme avant.",
    "field.←": "Hector décide; ce qui est modifié dans C2 est remis comme avant.",
    "field.⇄": "les deux peuvent le modifier; si les deux l'ont fait, {policy}.",
    "key.→": "C2 décide; un actif dont le CI change de {c2} passe à la sous-catégorie correspondante, créée s'il n'y en a pas.",
    "key.←": "Hector décide; une sous-catégorie renommée, ou un actif passé à une autre, modifie ses CI.",
    "key.⇄": "les deux peuvent le modifier : un CI qui change de {c2} fait passer son actif à la sous-catégorie correspondante, "
    "une sous-catégorie renommée modifie tous ses CI; si les deux l'ont fait, {policy}.",
    "shared.→": "C2 décide pour tous les CI d'une sous-catégorie ensemble : écrit une fois s'ils sont d'accord; sinon une erreur "
    "les nomme.",
    "shared.←": "Hector décide; ce qui est modifié sur une sous-catégorie atteint tous ses CI.",
    "shared.⇄": "les deux peuvent le modifier, pour tous les CI d'une sous-catégorie ensemble : les CI modifiés doivent être "
    "d'accord; si les deux côtés l'ont fait, {policy}.",
    "recognised": "Sert à reconnaître les enregistrements.",
    "policy.hold": "le conflit vous attend (hold)",
    "policy.c2": "C2 l'emporte (c2)",
    "policy.hector": "Hector l'emporte (hector)",
    "policy.newest": "la modification la plus récente l'emporte (newest), et si on ne peut le dire le conflit vous attend",
    "text.from.number": "{side} reçoit le nombre tout simplement (1234.56).",
    "text.from.yes/no": "{side} reçoit « oui » ou « non ».",
    "text.from.date": "{side} reçoit la date sous la forme 2026-07-04.",
    "text.from.choice": "{side} reçoit le libellé.",
    "text.from.person": "{side} reçoit le nom complet.",
    "number": "{side} ne prend qu'un nombre.",
    "yes/no": "{side} ne prend qu'un mot pour oui ou non.",
    "date": "{side} ne prend qu'une date.",
    "date.from.date-time": "{side} reçoit le jour dans le fuseau horaire de C2.",
    "date-time": "{side} ne prend qu'une date.",
    "date-time.from.date": "{side} reçoit minuit de ce jour dans le fuseau horaire de C2.",
    "choice": "{side} prend un libellé que sa liste offre.",
    "person": "{side} prend le nom ou le courriel d'un seul client actif.",
    "cut": "{side} garde les {length} premiers caractères.",
    "required": "{side} ne le laisse pas vider.",
}

PHRASES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "fr": FRENCH}
QUOTES: Mapping[str, str] = {"en": "“{}”", "fr": "« {} »"}
