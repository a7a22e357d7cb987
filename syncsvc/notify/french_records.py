"""What engine and planner say of records and values, in English as the code says it and in French; see ``french.py``."""

from __future__ import annotations

from collections.abc import Mapping

HELD: Mapping[str, str] = {
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
        "« {field} » serait vidé dans {n} fiches sur {all} dans {system} (max_cleared_percent vaut {limit})"
    ),
    "{n} records would be created in {system} (max_creates is {limit})": (
        "{n} fiches seraient créées dans {system} (max_creates vaut {limit})"
    ),
    "The category is held: {reason}. Nothing of it was written.": "La catégorie est retenue : {reason}. Rien n'y a été écrit.",
    "Look at the plan (syncsvc plan). If it is what you want: syncsvc sync, and then with --approve and its number.": (
        "Regardez le plan (syncsvc plan). Si c'est ce que vous voulez : syncsvc sync, puis avec --approve et son numéro."
    ),
    "Look at what it would do (syncsvc changes --run {run}). If it is what you want: syncsvc sync --approve {other_run}.": (
        "Regardez ce qu'elle ferait (syncsvc changes --run {run}). Si c'est ce que vous voulez : syncsvc sync --approve "
        "{other_run}."
    ),
    "New since the review: {reason}. Nothing was marked for it.": (
        "Nouveau depuis l'examen du plan : {reason}. Rien n'a été marqué pour cela."
    ),
    "Look at what the next run would do (syncsvc plan): the category is held for it.": (
        "Regardez ce que ferait la prochaine synchronisation (syncsvc plan) : la catégorie est retenue pour cela."
    ),
}
VALUES: Mapping[str, str] = {
    "“{field}” holds “{value}”, which is no {kind}.": "« {field} » contient « {value} », qui n'est pas de ce genre : {kind}.",
    "A {kind} cannot be written into “{field}”, a {other_kind}.": (
        "Une valeur du genre {kind} ne peut pas être écrite dans « {field} », du genre {other_kind}."
    ),
    "“{field}” names a client that C2 does not list ({value}).": "« {field} » nomme un client que C2 ne liste pas ({value}).",
    "“{value}” is not a number, as “{field}” needs.": "« {value} » n'est pas un nombre, comme le demande « {field} ».",
    "“{value}” is neither yes nor no, as “{field}” needs.": "« {value} » n'est ni oui ni non, comme le demande « {field} ».",
    "“{value}” is not a date, as “{field}” needs.": "« {value} » n'est pas une date, comme le demande « {field} ».",
    "{n} active clients are called “{value}”, so “{field}” cannot be set.": (
        "{n} clients actifs s'appellent « {value} »; « {field} » ne peut donc pas être rempli."
    ),
    "No active client of C2 is called “{value}”, as “{field}” needs.": (
        "Aucun client actif de C2 ne s'appelle « {value} », comme le demande « {field} »."
    ),
    "“{field}” does not offer “{value}”.": "« {field} » n'offre pas « {value} ».",
    "“{field}” does not offer “{value}” any more.": "« {field} » n'offre plus « {value} ».",
    "“{field}” names a client without a full name.": "« {field} » nomme un client sans nom complet.",
    "{value} is no moment of the tenant's time zone.": "{value} n'est pas un moment du fuseau horaire du locataire.",
    "{value} has no midnight in UTC.": "{value} n'a pas de minuit en UTC.",
    "{system}'s “{field}” is read-only.": "« {field} » est en lecture seule dans {system}.",
    "{system}'s “{field}” cannot be given a value that nobody can read.": (
        "« {field} », dans {system}, ne peut pas recevoir une valeur que personne ne peut lire."
    ),
    "C2's “{field}” takes a date-time, not a day.": "« {field} » de C2 prend une date et une heure, pas un jour.",
    "Hector's “{field}” takes a day, not a date-time.": "« {field} » d'Hector prend un jour, pas une date et une heure.",
    "A text holds half a character (a lone surrogate), which cannot be sent.": (
        "Un texte contient la moitié d'un caractère (« surrogate » seul), qui ne peut pas être envoyée."
    ),
    "“{field}” was emptied in {system}, but {other_system} requires it.": (
        "« {field} » a été vidé dans {system}, mais {other_system} l'exige."
    ),
    "“{field}” is required in {system}, and “{other_field}” is empty.": (
        "« {field} » est obligatoire dans {system}, et « {other_field} » est vide."
    ),
    "CI {ci} has nothing in {fields}: it is not known which subcategory its asset is made from.": (
        "Le CI {ci} n'a rien dans {fields} : on ne sait pas de quelle sous-catégorie est son actif."
    ),
    "“{field}” was changed in {system} while the run was on; it is left as it is.": (
        "« {field} » a été modifié dans {system} pendant la synchronisation; il est laissé tel quel."
    ),
    "“{field}” was changed in {system} while the run was on; it is left for the next run.": (
        "« {field} » a été modifié dans {system} pendant la synchronisation; il est laissé à la prochaine."
    ),
    "“{field}” was written by run after run and does not come to rest; it is left alone from now on.": (
        "« {field} » a été écrit de synchronisation en synchronisation sans se stabiliser; on n'y touche plus."
    ),
    "“{field}” holds “{value}” in Hector, which nobody can read, so the asset stays where it is.": (
        "« {field} » contient « {value} » dans Hector, que personne ne peut lire; l'actif reste donc où il est."
    ),
    # -- what to do ------------------------------------------------------------------------------------------------------
    "Write it like {example}.": "Écrivez-le comme {example}.",
    "Write oui or non.": "Écrivez oui ou non.",
    "The nearest are: {fields}.": "Les plus proches sont : {fields}.",
    "Nothing similar is offered there.": "Rien de semblable n'y est offert.",
    "Correct the year.": "Corrigez l'année.",
    "Give it one in C2.": "Donnez-lui-en un dans C2.",
    "Correct the value in its system.": "Corrigez la valeur dans son système.",
    "Write the person's e-mail address instead of the name.": "Écrivez l'adresse de courriel de la personne au lieu de son nom.",
    "Check that the service account may see this client in C2.": "Vérifiez que le compte de service peut voir ce client dans C2.",
    "Type the text again at its source.": "Écrivez le texte de nouveau à sa source.",
    "Add it to the list in {system}, or correct the value in {other_system}.": (
        "Ajoutez-le à la liste dans {system}, ou corrigez la valeur dans {other_system}."
    ),
    "Correct the value in the other system, or the mapping.": "Corrigez la valeur dans l'autre système, ou la correspondance.",
    "Fill “{field}” in {system}.": "Remplissez « {field} » dans {system}.",
    "Fill “{field}” again in {system}, or make the field optional in {other_system}.": (
        "Remplissez de nouveau « {field} » dans {system}, ou rendez le champ facultatif dans {other_system}."
    ),
    "Correct the subcategory in Hector.": "Corrigez la sous-catégorie dans Hector.",
    "Fill at least one of these fields in C2.": "Remplissez au moins un de ces champs dans C2.",
    "Nothing is to be done.": "Il n'y a rien à faire.",
    "Find out what changes it back (an automation, an import, a second mapping). It is synchronised again as soon as either side "
    "holds another value than these two.": (
        "Trouvez ce qui le rechange (un automatisme, une importation, une seconde correspondance). Il est synchronisé de nouveau "
        "dès que l'un des côtés contient une autre valeur que ces deux-là."
    ),
}
RECORDS: Mapping[str, str] = {
    "The “{field}” of CI {ci} is found in Hector only on {records}, which {state}; nothing was created.": (
        "Le « {field} » du CI {ci} ne se trouve dans Hector que sur {records}, qui {state}; rien n'a été créé."
    ),
    "The “{field}” of asset {asset} is found in C2 only on {records}, which {state}; nothing was created.": (
        "Le « {field} » de l'actif {asset} ne se trouve dans C2 que sur {records}, qui {state}; rien n'a été créé."
    ),
    "The same “{field}” stands in {records}; nobody was linked or created.": (
        "Le même « {field} » se trouve dans {records}; rien n'a été lié ni créé."
    ),
    "“{field}” fits {records}, but {record} is already ambiguous by “{other_field}”; nobody was linked or created.": (
        "« {field} » réunirait {records}, mais {record} est déjà ambigu par « {other_field} »; rien n'a été lié ni créé."
    ),
    "{record} and {other_record} were parted by hand, yet both have the same “{field}”; nobody was linked or created.": (
        "{record} et {other_record} ont été séparés à la main, mais ont encore le même « {field} »; rien n'a été lié ni créé."
    ),
    "The “{field}” of {record} is no {kind} that can be read: whether it has a counterpart is not known; none was made.": (
        "Le « {field} » que porte {record} n'est pas une valeur lisible du genre {kind} : on ne sait pas si cette fiche en a "
        "déjà une de l'autre côté; aucune n'a été créée."
    ),
    "An earlier run lost the answer when it created {made} for {record} in another category; nothing is created for it here "
    "until a run of that category has found out what came of it.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé {made} pour {record} dans une autre catégorie; "
        "rien n'est créé ici tant qu'une synchronisation de cette catégorie n'a pas trouvé ce qui en est advenu."
    ),
    "“{field}” belongs to the subcategory “{title}”, and its CIs do not agree on it: {wishes}.": (
        "« {field} » appartient à la sous-catégorie « {title} », et ses CI ne s'accordent pas : {wishes}."
    ),
    "CI {ci} is gone from C2.": "Le CI {ci} a disparu de C2.",
    "Asset {asset}, the counterpart of CI {ci}, is gone from Hector.": (
        "L'actif {asset}, qui correspond au CI {ci}, a disparu d'Hector."
    ),
    "Asset {asset}, the counterpart of CI {ci}, stands in another category ({fields}) than the rules tie; it is left alone.": (
        "L'actif {asset}, qui correspond au CI {ci}, est dans une autre catégorie ({fields}) que celles des règles; on n'y "
        "touche pas."
    ),
    "CI {ci} stands in another category ({fields}) than the rules tie; it is left alone.": (
        "Le CI {ci} est dans une autre catégorie ({fields}) que celles des règles; on n'y touche pas."
    ),
    "CI {ci} has moved here, but is linked with asset {asset} under “{title}”, which the rules do not synchronise: nothing is "
    "done for it anywhere.": (
        "Le CI {ci} est passé ici, mais il est lié à l'actif {asset} sous « {title} », que les règles ne synchronisent pas : "
        "rien n'est fait pour lui nulle part."
    ),
    "The counterpart of CI {ci} was gone from Hector; what has its id ({id}) now, asset {asset}, is another thing by its "
    "“{field}”. Both are left alone.": (
        "Ce qui correspondait au CI {ci} avait disparu d'Hector; ce qui en a l'id ({id}) maintenant, l'actif {asset}, est autre "
        "chose d'après « {field} ». On ne touche ni à l'un ni à l'autre."
    ),
    "The counterpart of CI {ci} was gone from Hector; what has its id ({id}) now, asset {asset}, is another thing by its "
    "“asset tag”. Both are left alone.": (
        "Ce qui correspondait au CI {ci} avait disparu d'Hector; ce qui en a l'id ({id}) maintenant, l'actif {asset}, est autre "
        "chose d'après son étiquette. On ne touche ni à l'un ni à l'autre."
    ),
    "The asset {asset} was made for {record}, and Hector gave it the id of one that was gone: the counterpart of CI {ci}. It is "
    "left alone.": (
        "L'actif {asset} a été créé pour {record}, et Hector lui a donné l'id d'un actif disparu, qui correspondait au CI {ci}. "
        "On n'y touche pas."
    ),
    "The value was accepted, but the field still holds what it held before.": (
        "La valeur a été acceptée, mais le champ contient toujours ce qu'il contenait."
    ),
    "The CI was gone when it was to be written.": "Le CI avait disparu au moment de l'écrire.",
    "The asset was gone when it was to be written.": "L'actif avait disparu au moment de l'écrire.",
    "The subcategory was gone when it was to be written.": "La sous-catégorie avait disparu au moment de l'écrire.",
    "The asset {asset} was made for the CI {ci}, which its category does not show any more; it is left alone.": (
        "L'actif {asset} a été créé pour le CI {ci}, que sa catégorie ne montre plus; on n'y touche pas."
    ),
    "The CI {ci} was made for the asset {asset}, which its category does not show any more; it is left alone.": (
        "Le CI {ci} a été créé pour l'actif {asset}, que sa catégorie ne montre plus; on n'y touche pas."
    ),
    "An earlier run lost the answer when it created {made} for {record}, which has been linked with another since; the asset "
    "{asset} seems to be what it made, and is left alone.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé {made} pour {record}, lié depuis à une autre "
        "fiche; ce semble être l'actif {asset}, et on n'y touche pas."
    ),
    "An earlier run lost the answer when it created {made} for {record}, which has been linked with another since; the CI {ci} "
    "seems to be what it made, and is left alone.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé {made} pour {record}, lié depuis à une autre "
        "fiche; ce semble être le CI {ci}, et on n'y touche pas."
    ),
    "An earlier run lost the answer when it created {made} for {records}, and this may be the one, edited since: {labels}. "
    "Nothing is created until that is known.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé {made} pour {records}, et c'est peut-être "
        "cette fiche, modifiée depuis : {labels}. Rien n'est créé tant qu'on ne le sait pas."
    ),
    "An earlier run lost the answer when it created {made} for {records}, and any of these may be the one: {labels}. "
    "Nothing is created until that is known.": (
        "Une synchronisation antérieure n'a pas reçu de réponse quand elle a créé {made} pour {records}, et c'est peut-être "
        "l'une de ces fiches : {labels}. Rien n'est créé tant qu'on ne le sait pas."
    ),
    "Its subcategory “{title}” could not be made.": "Sa sous-catégorie « {title} » n'a pas pu être créée.",
    "{system} did not create the asset because of “{field}” ({value}): {words}": (
        "{system} n'a pas créé l'actif à cause de « {field} » ({value}) : {words}"
    ),
    "{system} did not create the CI because of “{field}” ({value}): {words}": (
        "{system} n'a pas créé le CI à cause de « {field} » ({value}) : {words}"
    ),
    "{system} did not create the asset because of one of its values: {words}": (
        "{system} n'a pas créé l'actif à cause d'une de ses valeurs : {words}"
    ),
    "{system} did not create the CI because of one of its values: {words}": (
        "{system} n'a pas créé le CI à cause d'une de ses valeurs : {words}"
    ),
}
WHAT_TO_DO: Mapping[str, str] = {
    "Find out what keeps it there: a workflow, an automation, a lock on the record. The next run tries again.": (
        "Cherchez ce qui l'y retient : un flux, une automatisation, un verrou sur la fiche. La prochaine synchronisation "
        "réessaie."
    ),
    "Part the two, and each is a record without a counterpart again: {command}. Then join them, if it is the same thing all the "
    "same: {other_command}.": (
        "Séparez les deux, et chacun est de nouveau sans fiche de l'autre côté : {command}. Puis liez-les, si c'est la même "
        "chose malgré tout : {other_command}."
    ),
    "Part the old pair: {command}. The next run links the new one.": (
        "Séparez l'ancienne paire : {command}. La prochaine synchronisation lie la nouvelle."
    ),
    "Bring the old record back if the thing is in use again, or correct the value if it is wrong. Do not empty it: a record "
    "without it counts as new.": (
        "Remettez l'ancienne fiche en usage si la chose sert de nouveau, ou corrigez la valeur si elle est fausse. Ne l'effacez "
        "pas : sans elle, une fiche compte comme nouvelle."
    ),
    "Settle “{field}” first.": "Réglez d'abord « {field} ».",
    "Join the two that are one thing by hand (syncsvc links add), and correct the value where it is wrong.": (
        "Liez à la main les deux qui sont une même chose (syncsvc links add), et corrigez la valeur là où elle est fausse."
    ),
    "Correct the value where it is wrong; a record in which it is emptied counts as a thing of its own.": (
        "Corrigez la valeur là où elle est fausse; une fiche où elle est effacée compte comme une chose à part."
    ),
    "Correct the value where it is wrong; a record in which it is emptied counts as a thing of its own. Or join them again: "
    "syncsvc links add.": (
        "Corrigez la valeur là où elle est fausse; une fiche où elle est effacée compte comme une chose à part. Ou liez-les de "
        "nouveau : syncsvc links add."
    ),
    "Asset {asset} belongs to another record (syncsvc explain tells which). If that one is gone or wrong, part the two: "
    "{command}. Or else correct the value.": (
        "L'actif {asset} va avec une autre fiche (syncsvc explain dit laquelle). Si elle a disparu ou n'est pas la bonne, "
        "séparez les deux : {command}. Sinon, corrigez la valeur."
    ),
    "CI {ci} belongs to another record (syncsvc explain tells which). If that one is gone or wrong, part the two: {command}. "
    "Or else correct the value.": (
        "Le CI {ci} va avec une autre fiche (syncsvc explain dit laquelle). Si elle a disparu ou n'est pas la bonne, séparez les "
        "deux : {command}. Sinon, corrigez la valeur."
    ),
    "See the errors of that category, and synchronise it at least once more. Or link the record by hand: syncsvc links add.": (
        "Voyez les erreurs de cette catégorie, et synchronisez-la au moins une fois de plus. Ou liez la fiche à la main : "
        "syncsvc links add."
    ),
    "Give “{field}” the same value in all of them, or map it to a field of the asset instead.": (
        "Donnez à « {field} » la même valeur dans tous ces CI, ou liez-le plutôt à un champ de l'actif."
    ),
    "Nothing was deleted on the other side. If it shows up again, the link is whole again by itself. If the thing is gone for "
    "good, retire its asset in Hector yourself.": (
        "Rien n'a été supprimé de l'autre côté. Si la fiche reparaît, le lien se rétablit de lui-même. Si la chose a disparu "
        "pour de bon, retirez vous-même son actif dans Hector."
    ),
    "Nothing was deleted on the other side. If it shows up again, the link is whole again by itself. If the thing is gone for "
    "good, deactivate its CI in C2 yourself.": (
        "Rien n'a été supprimé de l'autre côté. Si la fiche reparaît, le lien se rétablit de lui-même. Si la chose a disparu "
        "pour de bon, désactivez vous-même son CI dans C2."
    ),
    "Move it back. Or, where the rules tie the categories in which the two are now, join them there: {command}, then {add}.": (
        "Remettez-la à sa place. Ou, si les règles lient les catégories où les deux sont maintenant, joignez-les là : {command}, "
        "puis {add}."
    ),
    "Move it back, or correct the rules if it was never moved. Or, where the rules tie the categories in which the two are now, "
    "join them there: {command}, then {add}.": (
        "Remettez-la à sa place, ou corrigez les règles si elle n'a jamais été déplacée. Ou, si les règles lient les catégories "
        "où les deux sont maintenant, joignez-les là : {command}, puis {add}."
    ),
    "The next full run finds out whether it was deleted or moved.": (
        "La prochaine synchronisation complète trouvera si la fiche a été supprimée ou déplacée."
    ),
    "Bring the CI back to its category, or link the asset with another one by hand: syncsvc links add.": (
        "Remettez le CI dans sa catégorie, ou liez l'actif à un autre à la main : syncsvc links add."
    ),
    "Bring the asset back to its category, or link the CI with another one by hand: syncsvc links add.": (
        "Remettez l'actif dans sa catégorie, ou liez le CI à un autre à la main : syncsvc links add."
    ),
    "Delete the asset if nobody needs it, or link it by hand: syncsvc links add.": (
        "Supprimez l'actif si personne n'en a besoin, ou liez-le à la main : syncsvc links add."
    ),
    "Delete the CI if nobody needs it, or link it by hand: syncsvc links add.": (
        "Supprimez le CI si personne n'en a besoin, ou liez-le à la main : syncsvc links add."
    ),
    "Link the right one by hand: syncsvc links add. If none of them is, link it all the same and part the two again "
    "(syncsvc links remove): a parted record is not taken for it any more.": (
        "Liez la bonne à la main : syncsvc links add. Si aucune ne l'est, liez-la quand même, puis séparez les deux "
        "(syncsvc links remove) : une fiche séparée n'est plus prise pour celle-là."
    ),
    "See the subcategory's own error; the next run tries again.": (
        "Voyez l'erreur de la sous-catégorie elle-même; la prochaine synchronisation réessaiera."
    ),
    "The asset seems to exist already, perhaps in another category: join the two by hand (syncsvc links add), or correct the "
    "value.": (
        "L'actif semble exister déjà, peut-être dans une autre catégorie : liez les deux à la main (syncsvc links add), ou "
        "corrigez la valeur."
    ),
    "The CI seems to exist already, perhaps in another category: join the two by hand (syncsvc links add), or correct the "
    "value.": (
        "Le CI semble exister déjà, peut-être dans une autre catégorie : liez les deux à la main (syncsvc links add), ou "
        "corrigez la valeur."
    ),
}
