"""Names that read like real small firms, and what they buy and sell."""

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Amber Ash Beacon Birch Bramble Brook Calder Canal Cedar Chapel Clover Copper Corner Cross Dale Drift "
    "Eagle East Ember Fairway Fern Field Flint Forge Foundry Fox Gable Glen Granite Grove Harbour Hart "
    "Hazel Heron Highland Hill Holly Ivy Juniper Kestrel Kings Lantern Larch Linden Lock Lowland Maple "
    "Marsh Meadow Mill Moor Moss North Oak Old Orchard Otter Park Pebble Pine Plough Quarry Quay Red "
    "Ridge River Robin Rowan Saddle Salt Sand Sparrow Spring Station Stone Summit Swift Thistle Timber "
    "Tower Vale Walnut Weaver West Wharf Willow Wren Yew "
)
_SECOND = _words(
    "bank bridge brook court croft field ford gate green ham haven hurst lane leigh mere mouth point side "
    "stead stone ton view ward well wick wood worth yard "
)
_TRADES = _words(
    "Bakery Bikes Books Brewing Builders Carpentry Catering Ceramics Clinic Coaching Coffee Dental Design "
    "Electrical Estates Events Finance Fitness Flooring Florists Foods Furniture Garages Gardens Glass "
    "Homes Hospitality Hotels Interiors Joinery Kitchens Landscapes Legal Lettings Logistics Media Motors "
    "Music Nurseries Opticians Outdoor Outfitters Packaging Pharmacy Photography Physio Plumbing Press "
    "Print Properties Recruitment Removals Roofing Schools Solar Studios Surveyors Tailors Textiles Toys "
    "Travel Veterinary Vineyards Wellness "
)
_GIVEN = _words(
    "Aisha Alex Amelia Arjun Beth Callum Carys Chloe Daniel Dev Ed Ella Esme Fatima Finn Freya George "
    "Grace Hana Harry Imogen Isaac Jack Jamila Jess Joe Kai Katie Leah Liam Lucy Maya Mei Mo Nadia Nia "
    "Noah Olu Owen Priya Rhys Rosa Ruby Sam Sara Sian Tariq Tess Theo Tom Yusuf Zoe "
)
_FAMILY = _words(
    "Adeyemi Ahmed Bailey Barker Begum Bell Brooks Byrne Carter Chan Chapman Clarke Cole Davies Dixon "
    "Doyle Evans Fisher Foster Garcia Gibson Grant Green Hall Hughes Hussain Jones Kaur Kelly Khan King "
    "Lewis Lloyd Marsh Mason Murphy Nguyen Okafor Owen Palmer Patel Price Reid Roberts Rossi Scott Shah "
    "Singh Taylor Thomas Walker Webb Wilson Wood Wright Young "
)

SOFTWARE_SUPPLIERS = (
    "Figwork",
    "Cloudharbour Hosting",
    "Notelane",
    "Mailbird Campaigns",
    "Pixelstock",
    "Standup Video",
    "Typeshare Fonts",
    "Searchwise Analytics",
)

SERVICES = {
    "studio": (
        ("Brand identity workshop", 180_000),
        ("Website design, per day", 62_000),
        ("Front-end build, per day", 58_000),
        ("Monthly support retainer", 95_000),
        ("Copywriting, per page", 14_500),
        ("Hosting and maintenance", 4_500),
        ("Search advertising management", 45_000),
        ("Photography, half day", 37_500),
        ("Illustration set", 52_000),
        ("Print production", 23_750),
        ("Accessibility audit", 120_000),
        ("Project management, per hour", 8_500),
    ),
    "trades": (
        ("Call-out and first hour", 16_500),
        ("Labour, per hour", 9_800),
        ("Switchboard upgrade", 145_000),
        ("Hot water system, supplied and fitted", 189_000),
        ("LED downlights, each", 6_850),
        ("Smoke alarm, hard-wired", 14_200),
        ("Blocked drain, jetting", 38_500),
        ("Safety inspection and certificate", 22_000),
        ("Split system installation", 97_500),
        ("Materials", 21_460),
    ),
}

# (description, account code, cents)
SUBSCRIPTIONS = (
    ("Team plan, monthly", "463", 4_800),
    ("Extra seats", "463", 1_150),
    ("Usage above plan", "463", 3_742),
)
PURCHASES = (
    ("Stock photography", "463", 2_900),
    ("Subcontracted work", "325", 64_000),
    ("Materials and parts", "310", 31_255),
    ("Online advertising", "400", 40_000),
    ("Bookkeeping", "412", 22_500),
    ("Office supplies", "453", 6_437),
    ("Electricity", "445", 18_120),
    ("Fuel", "449", 7_215),
    ("Rent", "469", 165_000),
    ("Phones and broadband", "489", 9_650),
    ("Train fares", "493", 8_840),
)


def make_person(rng: Random) -> tuple[str, str]:
    """Return a given name and a family name."""
    return rng.choice(_GIVEN), rng.choice(_FAMILY)


def make_firm(rng: Random, suffixes: tuple[str, ...], taken: set[str]) -> str:
    """Return a firm's name that nobody in `taken` has yet, and take it."""
    while True:
        name = _firm(rng, suffixes)
        if name in taken:
            # Large organisations run out of plain names: say where it is.
            name = f"{name} ({rng.choice(_FIRST)}{rng.choice(_SECOND)})"
        if name not in taken:
            taken.add(name)
            return name


def _firm(rng: Random, suffixes: tuple[str, ...]) -> str:
    shape = rng.random()
    if shape < 0.45:
        return f"{rng.choice(_FIRST)}{rng.choice(_SECOND)} {rng.choice(_TRADES)} {rng.choice(suffixes)}"
    if shape < 0.7:
        return f"{rng.choice(_FIRST)} {rng.choice(_TRADES)}"
    if shape < 0.9:
        return f"{rng.choice(_FAMILY)} & {rng.choice(_FAMILY)} {rng.choice(_TRADES)}"
    return " ".join(make_person(rng))
