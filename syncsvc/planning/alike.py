"""How much two names seem to mean the same thing, in French or English: ``Fabricant`` and ``Maker``, ``Écrans`` and ``Monitors``.

A name is reduced to a *concept*: without case, accents, punctuation and little words, each known word or phrase replaced by the
first one of its row. Rows say what names inventories commonly give to a thing; nothing depends on a row being complete.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

SAME = 0.85
"""From this likeness on, two names are taken to mean the same thing."""
_KNOWN = 1.0
_ROWS = """
maker | manufacturer | fabricant | constructeur | marque | brand | make | vendor | oem
model | modele | model name | nom du modele | numero de modele | model number
description | desc | designation | libelle
serial number | numero de serie | no de serie | no serie | n de serie | num serie | numero serie | serie | serial
| serial no | sn | s n | service tag
asset tag | etiquette | tag | asset number | numero d inventaire | no d inventaire | no inventaire | numero inventaire
| inventory number | inventory tag | code a barres | barcode | code barre | numero d actif | asset id
| immatriculation interne
purchase date | date d achat | date achat | date d acquisition | date acquisition | acquisition date | purchased
| bought | achat | acquis le | achete le
assigned date | date d attribution | date d assignation | assignment date | attribue le
return date | date de retour | date retour | retour prevu
maintenance date | date de maintenance | date d entretien | date entretien | next maintenance
end of life date | date de fin de vie | fin de vie | end of life | eol | date de remplacement | replacement date
price | prix | cout | cost | prix d achat | purchase price | montant | amount | valeur
weight | poids
vendor sku | sku | reference fournisseur | code fournisseur | no de piece | part number | numero de piece
note | notes | remarque | remarques | commentaire | commentaires | comment | comments | remarks | memo
user | utilisateur | utilisatrice | assigned to | attribue a | assigne a | owner | proprietaire | detenteur
| responsable | usager
status | statut | etat | state | condition
under warranty | sous garantie | garantie | warranty
title | titre
name | nom | hostname | nom d hote | host name | computer name | nom de l ordinateur | nom du poste
mac address | adresse mac | mac
ip address | adresse ip | ip
imei | numero imei
vin | niv | numero d identification du vehicule | vehicle identification number
plate | plaque | license plate | licence plate | plaque d immatriculation | immatriculation
odometer | odometre | kilometrage | mileage
line number | numero de ligne | phone number | numero de telephone | no de telephone | telephone number
memory | memoire | ram | memoire vive
storage | stockage | disque | disque dur | hard disk | disk | ssd
processor | processeur | cpu
operating system | systeme d exploitation | os | se
colour | color | couleur
screen size | taille | taille de l ecran | taille ecran | taille d ecran | size | diagonale | diagonal
ports | nombre de ports | nb de ports | number of ports | port count
location | emplacement | lieu | local | site | room | piece | endroit
department | departement | service | direction
school | ecole | etablissement
laptops | laptop | portables | portable | ordinateurs portables | ordinateur portable | notebooks | notebook
| laptop computers
desktops | desktop | postes de travail | poste de travail | ordinateurs de bureau | ordinateur de bureau | workstations
| workstation | postes fixes | desktop computers
computers | computer | ordinateurs | ordinateur | pc
monitors | monitor | ecrans | ecran | moniteurs | moniteur | displays | display | screens
printers | printer | imprimantes | imprimante
scanners | scanner | numeriseurs | numeriseur
phones | phone | telephones | telephone | cellulaires | cellulaire | cell phones | mobiles | smartphones | smartphone
| telephones mobiles | mobile phones | telephones intelligents
tablets | tablet | tablettes | tablette | ipads | ipad
network gear | network | reseau | equipements reseau | equipement reseau | equipements de reseau | network equipment
| network devices | reseautique | materiel reseau
switches | switch | commutateurs | commutateur
routers | router | routeurs | routeur
access points | access point | points d acces | point d acces | bornes wifi | bornes sans fil
servers | server | serveurs | serveur
projectors | projector | projecteurs | projecteur | canons
interactive whiteboards | tableaux interactifs | tableau blanc interactif | tbi | tni | smart boards
cameras | camera | appareils photo
vehicles | vehicle | vehicules | vehicule | voitures | fleet | parc automobile | cars
keyboards | clavier | claviers | keyboard
docks | docking stations | station d accueil | stations d accueil
batteries | battery | onduleurs | ups
furniture | mobilier | meubles
tools | outils | outillage
"""
_LITTLE = frozenset({"de", "du", "des", "d", "l", "la", "le", "les", "of", "the", "a", "an", "un", "une", "en"})
_UNITS = frozenset({"gb", "go", "gib", "mb", "mo", "po", "in", "inch", "inches", "pouces", "kg", "lb", "lbs", "km", "mi", "cad"})


def likeness(these: Iterable[str], those: Iterable[str]) -> float:
    """Say from 0 to 1 how much two things seem to be the same by their names; each may have several (one a language)."""
    own, other = {concept(name) for name in these} - {""}, {concept(name) for name in those} - {""}
    if own & other:
        return _KNOWN
    return max((difflib.SequenceMatcher(None, one, two).ratio() for one in own for two in other), default=0.0)


@cache
def concept(name: str) -> str:
    """Reduce a name to what it means, so that names of one thing become equal."""
    whole = _bare(name)
    if whole in _concepts():
        return _concepts()[whole]
    words = [word for word in whole.split() if word not in _LITTLE]
    kept = [word for word in words if word not in _UNITS] or words
    phrase = " ".join(kept)
    return _concepts().get(phrase, phrase)


@cache
def _concepts() -> dict[str, str]:
    """Give the first name of its row for every name; also for names without their little words."""
    found: dict[str, str] = {}
    for row in _ROWS.replace("\n|", " |").strip().splitlines():
        names = [name.strip() for name in row.split("|")]
        for name in names:
            found.setdefault(name, names[0])
            found.setdefault(" ".join(word for word in name.split() if word not in _LITTLE), names[0])
    return found


def _bare(name: str) -> str:
    """Take case, accents and punctuation away."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(ch))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.replace("_", " ")).split())
