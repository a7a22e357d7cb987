"""Why a run refuses a category's rules, in English as the code says it and in French; see ``french.py``."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "{place} stands in the rules twice (line {line}).": "{place} se trouve deux fois dans les règles (ligne {line}).",
    "Both this and {place} would create CIs from Hector's “{across}”.": (
        "Cette catégorie et {place} créeraient toutes deux des CI à partir de « {across} » d'Hector."
    ),
    "This would create CIs from Hector's “{across}”, whose assets {place} links with CIs of its own.": (
        "Cette catégorie créerait des CI à partir de « {across} » d'Hector, dont {place} lie les actifs à ses propres CI."
    ),
    "“{c2}” writes “{hector}” of the subcategories in Hector's “{across}”, which {place} writes too.": (
        "« {c2} » écrit « {hector} » des sous-catégories de « {across} » d'Hector, que {place} écrit aussi."
    ),
    "“{c2}” and “{hector}” are tied twice.": "« {c2} » et « {hector} » sont liés deux fois.",
    "“{c2}” and “{hector}” are tied twice (line {line}).": "« {c2} » et « {hector} » sont liés deux fois (ligne {line}).",
    "“{field}” writes {system}'s “{written}”, which “{first}” writes already.": (
        "« {field} » écrit « {written} » dans {system}, que « {first} » écrit déjà."
    ),
    "“{field}” writes {system}'s “{written}”, which “{first}” writes already (line {line}).": (
        "« {field} » écrit « {written} » dans {system}, que « {first} » écrit déjà (ligne {line})."
    ),
    "{owner} has no {what} called “{name}”.": "Il n'y a dans {owner} aucun objet de ce nom ({what}) : « {name} ».",
    "{owner} has no {what} with the {ref}.": "Il n'y a dans {owner} aucun objet désigné ainsi ({what}) : {ref}.",
    "{owner} has {n} {what} called “{name}”.": "Il y a dans {owner} {n} objets de ce nom ({what}) : « {name} ».",
    "The Hector category has no field “{name}”.": "La catégorie d'Hector n'a pas de champ « {name} ».",
    "{n} fields of the Hector category are called “{name}”.": "{n} champs de la catégorie d'Hector s'appellent « {name} ».",
    "The CMDB “{name}” is inactive in C2.": "La CMDB « {name} » est inactive dans C2.",
    "The category “{name}” is inactive in C2.": "La catégorie « {name} » est inactive dans C2.",
    "Hector's “{name}” is of the type {type}: its assets have no identity of their own.": (
        "« {name} » d'Hector est du type {type} : ses actifs n'ont pas d'identité propre."
    ),
    "“{field}” ({kind}) and “{other_field}” ({other_kind}) cannot be compared.": (
        "« {field} » ({kind}) et « {other_field} » ({other_kind}) ne se comparent pas."
    ),
    "{system}'s “{field}” is of a kind that this service does not know and cannot be written.": (
        "« {field} », dans {system}, est d'un genre que ce service ne connaît pas, et ne peut pas être écrit."
    ),
    "{system}'s “{field}” is read-only and cannot be written.": (
        "« {field} » est en lecture seule dans {system}, et ne peut pas être écrit."
    ),
    "{system}'s “{field}” ({kind}) cannot be written into “{other_field}” ({other_kind}).": (
        "« {field} », dans {system} ({kind}), ne peut pas être écrit dans « {other_field} » ({other_kind})."
    ),
    "{system} requires “{field}”, and no mapping fills it when a record is created.": (
        "{system} exige « {field} », et aucune correspondance ne le remplit quand une fiche est créée."
    ),
    "There is no stockroom for new assets.": "Il n'y a pas d'entrepôt pour les nouveaux actifs.",
    # -- what to do ------------------------------------------------------------------------------------------------------
    "Join the two into one.": "Réunissez les deux en une.",
    "Write “create: none” (or →), so that an asset becomes one CI; or give each category a Hector category.": (
        "Écrivez « create: none » (ou →), pour qu'un actif devienne un seul CI; ou donnez à chaque catégorie la sienne dans "
        "Hector."
    ),
    "A subcategory's assets share it: leave it to one of the two, or map it to a field of the asset.": (
        "Les actifs d'une sous-catégorie se le partagent : laissez-le à l'une des deux, ou liez-le à un champ de l'actif."
    ),
    "Write the mapping once, with ⇄ when values go both ways.": (
        "Écrivez la correspondance une seule fois, avec ⇄ si les valeurs vont dans les deux sens."
    ),
    "Two fields cannot fill one; remove one, or give it the direction {direction} or none.": (
        "Deux champs ne peuvent pas en remplir un seul; retirez-en un, ou donnez-lui la direction {direction} ou none."
    ),
    "“{field}” and “{other_field}” are stored in the same place. {advice}": (
        "« {field} » et « {other_field} » sont enregistrés au même endroit. {advice}"
    ),
    "There are: {fields}.": "Il y a : {fields}.",
    "There are: {fields} ….": "Il y a : {fields} …",
    "There is none at all.": "Il n'y en a aucun.",
    "Write {ways}, or give them different names in Hector.": "Écrivez {ways}, ou donnez-leur des noms différents dans Hector.",
    "Write {ways} instead of the name.": "Écrivez {ways} au lieu du nom.",
    "Make it active in C2, or give the category the direction none.": (
        "Rendez-la active dans C2, ou donnez à la catégorie la direction none."
    ),
    "Only serialized categories can be synchronised with CIs.": (
        "Seules les catégories dont les actifs ont chacun leur identité (serialized) se synchronisent avec des CI."
    ),
    "Match by another field.": "Reconnaissez les fiches par un autre champ.",
    "Give the mapping the direction {direction} or none, or remove it.": (
        "Donnez à la correspondance la direction {direction} ou none, ou retirez-la."
    ),
    "A {kind} can become: {kinds}.": "Une valeur du genre {kind} peut devenir : {kinds}.",
    "A {kind} can become: {kinds}. The other way ({direction}) is possible.": (
        "Une valeur du genre {kind} peut devenir : {kinds}. L'autre sens ({direction}) est possible."
    ),
    "Map it in the direction {direction}, or write “create: {create}”.": (
        "Liez-le dans la direction {direction}, ou écrivez « create: {create} »."
    ),
    "Name one as “stockroom” of the category, or as “default_stockroom” for all.": (
        "Nommez-en un comme « stockroom » de la catégorie, ou comme « default_stockroom » pour toutes."
    ),
    # -- where it stands -------------------------------------------------------------------------------------------------
    "{place}: {reason} (line {line} of {file})": "{place} : {reason} (ligne {line} de {file})",
    "{place}: {reason}": "{place} : {reason}",
}
