"""The countries and the regions of Chile that every fake starts with.

Odoo ships them as data; names are Odoo's, and so is the change of the regions' codes (numbers on 14, ISO 3166-2 on 19).
"""

from __future__ import annotations

from typing import Final

ISO_CODES_SINCE = 17

COUNTRIES: Final = {
    "AR": "Argentina",
    "BO": "Bolivia",
    "BR": "Brazil",
    "CL": "Chile",
    "CO": "Colombia",
    "ES": "Spain",
    "MX": "Mexico",
    "PE": "Peru",
    "US": "United States",
    "UY": "Uruguay",
}

REGIONS: Final = (
    ("Tarapacá", "01", "CL-TA"),
    ("Antofagasta", "02", "CL-AN"),
    ("Atacama", "03", "CL-AT"),
    ("Coquimbo", "04", "CL-CO"),
    ("Valparaíso", "05", "CL-VS"),
    ("del Libertador Gral. Bernardo O'Higgins", "06", "CL-LI"),
    ("del Maule", "07", "CL-ML"),
    ("del BíoBio", "08", "CL-BI"),
    ("de la Araucania", "09", "CL-AR"),
    ("de los Lagos", "10", "CL-LL"),
    ("Aysén del Gral. Carlos Ibáñez del Campo", "11", "CL-AI"),
    ("Magallanes", "12", "CL-MA"),
    ("Metropolitana", "13", "CL-RM"),
    ("Los Ríos", "14", "CL-LR"),
    ("Arica y Parinacota", "15", "CL-AP"),
    ("del Ñuble", "16", "CL-NB"),
)


def region_code(region: tuple[str, str, str], version: int) -> str:
    """Give a region's code as that version's data has it."""
    return region[2] if version >= ISO_CODES_SINCE else region[1]
