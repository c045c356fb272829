"""The words that the generated data is made of."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city as addresses write it; `region` only where that is usual."""

    city: str
    region: str | None
    postal_code: str
    country: str
    dial: str


PLACES = (
    Place("Århus", None, "8200", "Denmark", "+45"),
    Place("Kraków", None, "31-007", "Poland", "+48"),
    Place("Łódź", None, "90-001", "Poland", "+48"),
    Place("Münster", None, "48143", "Germany", "+49"),
    Place("Köln", None, "50667", "Germany", "+49"),
    Place("Genève", None, "1204", "Switzerland", "+41"),
    Place("Orléans", None, "45000", "France", "+33"),
    Place("Besançon", None, "25000", "France", "+33"),
    Place("A Coruña", None, "15003", "Spain", "+34"),
    Place("Cádiz", None, "11005", "Spain", "+34"),
    Place("São Paulo", "SP", "01310-100", "Brazil", "+55"),
    Place("Maceió", "AL", "57020-000", "Brazil", "+55"),
    Place("Mérida", None, "97000", "Mexico", "+52"),
    Place("Bogotá", None, "110111", "Colombia", "+57"),
    Place("Tromsø", None, "9008", "Norway", "+47"),
    Place("Malmö", None, "211 20", "Sweden", "+46"),
    Place("Jyväskylä", None, "40100", "Finland", "+358"),
    Place("Győr", None, "9021", "Hungary", "+36"),
    Place("Plzeň", None, "301 00", "Czechia", "+420"),
    Place("Αθήνα", None, "105 57", "Greece", "+30"),
    Place("札幌市", None, "060-0001", "Japan", "+81"),
    Place("İzmir", None, "35210", "Türkiye", "+90"),
    Place("Cork", "Co. Cork", "T12 W8KP", "Ireland", "+353"),
    Place("Leeds", None, "LS1 4DY", "UK", "+44"),
    Place("Halifax", "NS", "B3J 1M3", "Canada", "+1"),
    Place("Portland", "OR", "97205", "USA", "+1"),
    Place("Santa Fe", "NM", "87501", "USA", "+1"),
    Place("Duluth", "MN", "55802", "USA", "+1"),
)
FIRST_NAMES = (
    "Agnès", "Björn", "Chloë", "Dagmar", "Émile", "Faye", "Grażyna",
    "Håkon", "Ingrid", "Jürgen", "Kaori", "Łukasz", "María", "Noël",
    "Óscar", "Petra", "Quentin", "Renée", "Søren", "Thérèse", "Uğur",
    "Vera", "Wendell", "Ximena", "Yannick", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Andersen", "Bouchard", "Čapek", "D'Angelo", "Eriksen", "Fernández",
    "Grönholm", "Hernádi", "Ibáñez", "Jørgensen", "Kowalski", "Lefèvre",
    "Müller", "Nakamura", "O'Sullivan", "Peña", "Quiroga", "Rossi",
    "Schäfer", "Takács", "Ubaldi", "van Dijk", "Weiß", "Yavuz", "Żak",
)  # fmt: skip
TITLES = (
    "Owner", "Sales Representative", "Purchasing Manager", "Accountant",
    "Order Administrator", "Marketing Assistant",
)  # fmt: skip
TRADES = (
    "Bakery", "Bistro", "Canteen", "Delicatessen", "Épicerie", "Feinkost",
    "Grocers", "Kiosk", "Market", "Provisions", "Stores", "Traiteur",
)  # fmt: skip
STREETS = (
    "Harbour Street", "Rue de l'Église", "Marktplatz", "Calle Mayor",
    "Ulica Długa", "Storgata", "Market Square", "Via Nuova", "Kirchweg",
)  # fmt: skip
CATEGORIES = (
    ("Beverages", "Soft drinks, coffees, teas, beers, and ales"),
    ("Condiments", "Sauces, relishes, spreads,\nand seasonings"),
    ("Confections", 'Desserts, candies and "sweet breads"'),
    ("Dairy Products", "Cheeses 🧀"),
    ("Grains/Cereals", "Breads, crackers, pasta, and cereal"),
    ("Meat/Poultry", ""),
    ("Produce", "Dried fruit and bean curd"),
    ("Seafood", None),
)
FOODS = (
    "Lager", "Mustard", "Nougat", "Brie", "Rye Bread", "Salami", "Figs",
    "Herring", "Cider", "Chutney", "Marzipan", "Gouda", "Oatcakes", "Pâté",
    "Tofu", "Crab",
)  # fmt: skip
ADJECTIVES = ("Old", "Smoked", "Königlicher", "Piquant", "Señor's")
PACKS = (
    "24 - 12 oz bottles",
    "10 boxes x 20 bags",
    "500 g pkgs.",
    "1 kg pkg.",
)
REGIONS = ("Eastern", "Western", "Northern", "Southern")
SHIPPERS = (
    "Swift Parcels", "Harbour Freight & Sons", "Nordvind Spedition",
    "Correos Rápidos", "Blue Van", "Overland",
)  # fmt: skip
TERRITORIES = (
    "Amesbury", "Brattle", "Carver", "Dunmore", "Elgin", "Fairfax", "Galena",
    "Hollis", "Ithaca", "Jasper", "Keene", "Lisbon", "Monroe", "Newport",
    "Oswego", "Palmyra", "Quincy", "Rutland",
)  # fmt: skip
STATES = (
    "Alabama AL south", "Alaska AK north", "Arizona AZ west",
    "Arkansas AR south", "California CA west", "Colorado CO west",
    "Connecticut CT east", "Delaware DE east",
    "District of Columbia DC east", "Florida FL south", "Georgia GA south",
    "Hawaii HI west", "Idaho ID midwest", "Illinois IL midwest",
    "Indiana IN midwest", "Iowa IA midwest", "Kansas KS midwest",
    "Kentucky KY south", "Louisiana LA south", "Maine ME north",
    "Maryland MD east", "Massachusetts MA north", "Michigan MI north",
    "Minnesota MN north", "Mississippi MS south", "Missouri MO south",
    "Montana MT west", "Nebraska NE midwest", "Nevada NV west",
    "New Hampshire NH east", "New Jersey NJ east", "New Mexico NM west",
    "New York NY east", "North Carolina NC east",
    "North Dakota ND midwest", "Ohio OH midwest", "Oklahoma OK midwest",
    "Oregon OR west", "Pennsylvania PA east", "Rhode Island RI east",
    "South Carolina SC east", "South Dakota SD midwest",
    "Tennessee TN midwest", "Texas TX west", "Utah UT west",
    "Vermont VT east", "Virginia VA east", "Washington WA west",
    "West Virginia WV south", "Wisconsin WI midwest", "Wyoming WY west",
)  # fmt: skip
