"""What is said of the two systems, and of a run as a whole, in English as the code says it and in French; see ``french.py``."""

from __future__ import annotations

from collections.abc import Mapping

SYSTEMS: Mapping[str, str] = {
    "Something happened that syncsvc does not know how to handle ({words}).": (
        "Il est arrivé quelque chose que syncsvc ne sait pas traiter ({words})."
    ),
    "Another run is under way.": "Une autre synchronisation est en cours.",
    "Another run is under way: {words}.": "Une autre synchronisation est en cours : {words}.",
    "This run no longer holds the lock: {words}.": "Cette synchronisation a perdu son verrou : {words}.",
    "{system} refused the credentials.": "{system} a refusé les identifiants.",
    "{system} refused the credentials: {words}": "{system} a refusé les identifiants : {words}",
    "{system} was not asked: it has refused these credentials since {moment} (“{words}”).": (
        "Rien n'a été demandé à {system}, qui refuse ces identifiants depuis {moment} (« {words} »)."
    ),
    "{system} could not be reached at {where} ({words}).": "{system} n'a pas pu être joint à l'adresse {where} ({words}).",
    "{system} gave no complete answer ({words}).": "{system} n'a pas donné de réponse complète ({words}).",
    "{system} could not be reached safely ({call}): {words}.": "{system} n'a pas pu être joint en sûreté ({call}) : {words}.",
    "{call}: no answer in {seconds} s, and it was not waited for any longer.": (
        "{call} : aucune réponse en {seconds} s, et on n'a pas attendu davantage."
    ),
    "{call} answered with a web page instead of data ({words}).": (
        "{call} : une page web est arrivée au lieu de données ({words})."
    ),
    "{call} answered with broken or cut JSON ({came}, {n} bytes): {words}.": (
        "{call} : du JSON brisé ou coupé est arrivé ({came}, {n} octets) : {words}."
    ),
    "{call} answered with HTTP {status}: {words}": "{call} : réponse HTTP {status} : {words}",
    "{call} answered with HTTP {status} ({words}).": "{call} : réponse HTTP {status} ({words}).",
    "{call}: the account may not do this: {words}": "{call} : le compte n'en a pas le droit : {words}",
    "{call}: the account may not do this ({words}).": "{call} : le compte n'en a pas le droit ({words}).",
    "{call}: there is no such record.": "{call} : cette fiche n'existe pas.",
    "{call}: the answer {words}.": "{call} : la réponse n'est pas celle qui est attendue ({words}).",
    "{system} refused it: no reason was given": "{system} l'a refusé sans dire pourquoi",
    "{system} refused it: no reason was given (Status {status}).": "{system} l'a refusé sans dire pourquoi (Status {status}).",
    "{system} refused it: {words}": "{system} l'a refusé : {words}",
    "C2 does not say in which section “{field}” stands, so it cannot be set on a new CI.": (
        "C2 ne dit pas dans quelle section se trouve « {field} »; on ne peut donc pas le remplir dans un nouveau CI."
    ),
    "C2: CI {ci} does not show {fields}, though its category has that field.": (
        "C2 : le CI {ci} ne montre pas {fields}, bien que sa catégorie ait ce champ."
    ),
    "C2 accepted the {field} “{value}”, but holds “{held}”.": "C2 a accepté « {value} » pour {field}, mais contient « {held} ».",
    "C2: page {n} of a list repeats the pages before it: the server does not turn pages.": (
        "C2 : la page {n} d'une liste répète les précédentes : le serveur ne tourne pas les pages."
    ),
    "{system}: a list goes on beyond {n} records: the server seems to make up new ones.": (
        "{system} : une liste dépasse {n} fiches : le serveur semble en inventer."
    ),
    "Hector: the list kept changing while it was read ({words}: {n} records seen, {all} announced).": (
        "Hector : la liste changeait sans cesse pendant la lecture ({words} : {n} fiches vues, {all} annoncées)."
    ),
    "Hector: {words}, though every record should have it.": "Hector : toute fiche devrait en avoir un ({words}).",
    # -- what to do ------------------------------------------------------------------------------------------------------
    "What was done is stored. SYNCSVC_LOG__LEVEL=debug shows where it happened; please report it.": (
        "Ce qui était fait est enregistré. SYNCSVC_LOG__LEVEL=debug montre où c'est arrivé; signalez-le."
    ),
    "Wait until it ends; syncsvc runs shows what it is doing.": "Attendez qu'elle finisse; syncsvc runs montre ce qu'elle fait.",
    "Nothing more was written. Once the database can be reached again, start the run anew.": (
        "Rien de plus n'a été écrit. Quand la base de données répondra de nouveau, relancez la synchronisation."
    ),
    "Check {setting}. Nothing was tried twice, so that the account is not locked.": (
        "Vérifiez {setting}. Rien n'a été essayé deux fois, pour que le compte ne soit pas bloqué."
    ),
    "Check {setting}. Nothing was tried twice, so that the account is not locked. The answer is not in {system}'s form: check "
    "{other_setting} as well.": (
        "Vérifiez {setting}. Rien n'a été essayé deux fois, pour que le compte ne soit pas bloqué. La réponse n'a pas la forme "
        "de celles que donne {system} : vérifiez aussi {other_setting}."
    ),
    "Correct {setting}. If they are right after all (the account was locked, say), run: syncsvc sync (or plan, or doctor) "
    "--retry-credentials": (
        "Corrigez {setting}. S'ils sont pourtant bons (le compte était bloqué, par exemple), lancez : syncsvc sync (ou plan, ou "
        "doctor) --retry-credentials"
    ),
    "Give the service account this right in {system}.": "Donnez ce droit au compte de service dans {system}.",
    "Something between syncsvc and the system cuts answers short, or this is not its API.": (
        "Quelque chose coupe les réponses entre syncsvc et le système, ou ce n'est pas son API."
    ),
    "This server differs from the contract that syncsvc knows; `syncsvc doctor` shows where.": (
        "Ce serveur diffère du contrat que syncsvc connaît; « syncsvc doctor » montre où."
    ),
    "A login page or a proxy stands in between: check {setting}.": (
        "Une page de connexion ou un serveur mandataire est entre les deux : vérifiez {setting}."
    ),
    "The connection was too slow.": "La connexion était trop lente.",
    "A proxy in between asks for a user name and password: they stand in HTTPS_PROXY.": (
        "Un serveur mandataire demande un nom et un mot de passe : ils se mettent dans HTTPS_PROXY."
    ),
    "The proxy that HTTPS_PROXY names does not let the call through.": (
        "Le serveur mandataire nommé par HTTPS_PROXY ne laisse pas passer l'appel."
    ),
    "Check {setting} and {other_setting}.": "Vérifiez {setting} et {other_setting}.",
    "Lower {setting} if this happens often.": "Diminuez {setting} si cela arrive souvent.",
    "Lower {setting}.": "Diminuez {setting}.",
    "It sends calls elsewhere, as to a login page: check {setting}.": (
        "Le serveur envoie les appels ailleurs, comme vers une page de connexion : vérifiez {setting}."
    ),
    "{system} failed by itself; it usually passes. If it does not, ask its support.": (
        "{system} est tombé en panne de lui-même; cela passe d'habitude. Sinon, écrivez à son soutien."
    ),
    "Check the network, and {setting}.": "Vérifiez le réseau, et {setting}.",
    "Check the network, the proxy that HTTPS_PROXY names, and {setting}.": (
        "Vérifiez le réseau, le serveur mandataire que nomme HTTPS_PROXY, et {setting}."
    ),
    "Check the network; {setting} says how long a request may take.": (
        "Vérifiez le réseau; {setting} dit combien de temps un appel peut prendre."
    ),
    "The next run tries again.": "La prochaine synchronisation réessaiera.",
    "Something between syncsvc and the system repacks answers; it must leave them as they are, or use gzip.": (
        "Quelque chose réemballe les réponses entre syncsvc et le système; il faut les laisser telles quelles, ou en gzip."
    ),
    "Check the category's form in C2.": "Vérifiez le formulaire de la catégorie dans C2.",
    "Check that the service account may see the field; `syncsvc doctor` shows what the server sends.": (
        "Vérifiez que le compte de service peut voir ce champ; « syncsvc doctor » montre ce que le serveur envoie."
    ),
    "If this tenant has names in one language only, map its {field} instead of Name.": (
        "Si ce locataire n'a de noms que dans une langue, liez son {field} au lieu de Name."
    ),
    "Set SYNCSVC_C2__PAGE_SIZE so high that the list fits into one page.": (
        "Réglez SYNCSVC_C2__PAGE_SIZE assez haut pour que la liste tienne en une page."
    ),
    "Check SYNCSVC_C2__URL and the account; `syncsvc doctor` shows what the server sends.": (
        "Vérifiez SYNCSVC_C2__URL et le compte; « syncsvc doctor » montre ce que le serveur envoie."
    ),
    "Try again when fewer people are at work in Hector; or the server does not turn pages (`syncsvc doctor`).": (
        "Réessayez quand moins de gens travaillent dans Hector; ou bien le serveur ne tourne pas les pages (« syncsvc doctor »)."
    ),
    "Check SYNCSVC_HECTOR__URL; `syncsvc doctor` shows what the server sends.": (
        "Vérifiez SYNCSVC_HECTOR__URL; « syncsvc doctor » montre ce que le serveur envoie."
    ),
    # -- why no run begins when somebody asks for one --------------------------------------------------------------------
    "Another run that was asked for here is under way.": "Une autre synchronisation demandée ici est en cours.",
    "Wait until it ends, or cancel it.": "Attendez sa fin, ou annulez-la.",
    "The service is about to end: no run begins any more.": "Le service va s'arrêter : plus aucune synchronisation ne commence.",
    "Ask again when it is back.": "Redemandez quand il sera de retour.",
    "Run {run} does not wait for approval: it is “{status}”.": (
        "La synchronisation {run} n'attend pas d'approbation (« {status} »)."
    ),
    "Only a run that a guard held can be approved; syncsvc runs shows which are held.": (
        "Seule une synchronisation retenue peut être approuvée; syncsvc runs montre lesquelles le sont."
    ),
    "Run {run} was approved already: run {by} carried it out.": (
        "La synchronisation {run} a déjà été approuvée : la synchronisation {by} l'a menée à bien."
    ),
    "A run is approved once. What is still to be done is in the next run, under the same guards.": (
        "On n'approuve qu'une fois. Ce qui reste à faire est dans la prochaine, sous les mêmes garde-fous."
    ),
}
