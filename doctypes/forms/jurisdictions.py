"""Places whose law contracts name: countries, and the states and provinces that have a law of their own."""

from __future__ import annotations

import re

from doctypes.forms.characters import fold

_UNITED_STATES = (
    "Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, District of "
    "Columbia, Florida, Georgia, Guam, Hawaii, Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, "
    "Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota, Mississippi, Missouri, Montana, "
    "Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York, North Carolina, North Dakota, "
    "Ohio, Oklahoma, Oregon, Pennsylvania, Puerto Rico, Rhode Island, South Carolina, South Dakota, "
    "Tennessee, Texas, Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming"
)
_OTHER_PARTS = (
    "Alberta, British Columbia, Manitoba, New Brunswick, Newfoundland and Labrador, Nova Scotia, Ontario, "
    "Prince Edward Island, Quebec, Saskatchewan, England, Wales, Scotland, Northern Ireland, Jersey, "
    "Guernsey, Isle of Man, Gibraltar, New South Wales, Queensland, South Australia, Tasmania, Victoria, "
    "Western Australia, Hong Kong, Macau, Dubai, Abu Dhabi, Cayman Islands, British Virgin Islands, "
    "Bermuda, Anguilla, Curacao"
)
_COUNTRIES = (
    "Afghanistan, Albania, Algeria, Andorra, Angola, Antigua and Barbuda, Argentina, Armenia, Australia, "
    "Austria, Azerbaijan, Bahamas, Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, "
    "Bhutan, Bolivia, Bosnia and Herzegovina, Botswana, Brazil, Brunei, Bulgaria, Burkina Faso, Burundi, "
    "Cambodia, Cameroon, Canada, Cape Verde, Chad, Chile, China, Colombia, Congo, Costa Rica, Croatia, "
    "Cuba, Cyprus, Czech Republic, Czechia, Denmark, Djibouti, Dominica, Dominican Republic, Ecuador, "
    "Egypt, El Salvador, Estonia, Eswatini, Ethiopia, Fiji, Finland, France, Gabon, Gambia, Germany, "
    "Ghana, Greece, Grenada, Guatemala, Guinea, Guyana, Haiti, Honduras, Hungary, Iceland, India, "
    "Indonesia, Iran, Iraq, Ireland, Israel, Italy, Ivory Coast, Jamaica, Japan, Jordan, Kazakhstan, "
    "Kenya, Korea, South Korea, North Korea, Kosovo, Kuwait, Kyrgyzstan, Laos, Latvia, Lebanon, Lesotho, "
    "Liberia, Libya, Liechtenstein, Lithuania, Luxembourg, Madagascar, Malawi, Malaysia, Maldives, Mali, "
    "Malta, Marshall Islands, Mauritania, Mauritius, Mexico, Micronesia, Moldova, Monaco, Mongolia, "
    "Montenegro, Morocco, Mozambique, Myanmar, Namibia, Nauru, Nepal, Netherlands, New Zealand, "
    "Nicaragua, Niger, Nigeria, North Macedonia, Norway, Oman, Pakistan, Palau, Panama, Papua New Guinea, "
    "Paraguay, Peru, Philippines, Poland, Portugal, Qatar, Romania, Russia, Russian Federation, Rwanda, "
    "Saint Lucia, Samoa, San Marino, Saudi Arabia, Senegal, Serbia, Seychelles, Sierra Leone, Singapore, "
    "Slovakia, Slovenia, Somalia, South Africa, South Sudan, Spain, Sri Lanka, Sudan, Suriname, Sweden, "
    "Switzerland, Syria, Taiwan, Tajikistan, Tanzania, Thailand, Togo, Tonga, Trinidad and Tobago, "
    "Tunisia, Turkey, Turkmenistan, Tuvalu, Uganda, Ukraine, United Arab Emirates, United Kingdom, United "
    "States, United States of America, Uruguay, Uzbekistan, Vanuatu, Vatican City, Venezuela, Vietnam, "
    "Yemen, Zambia, Zimbabwe"
)
_SHORT = "USA, US, UK, PRC, UAE, NY, DC"
_KNOWN = frozenset(
    fold(place) for part in (_UNITED_STATES, _OTHER_PARTS, _COUNTRIES, _SHORT) for place in part.split(", ")
)
_JOINT = re.compile(r"\s*(?:[,;/()]|\band\b|\bor\b)\s*")
_OF = re.compile(
    r"^(?:the )?(?:[a-z']+ ){0,2}(?:republic|state|commonwealth|province|kingdom|dominion) of (?:the )?"
)


def is_known_place(name: str) -> bool:
    """Whether ``name``, or a part of it as in "Ontario, Canada", is a place that has a law of its own."""
    whole = fold(name).strip(" .").removeprefix("the ")
    parts = [whole, *_JOINT.split(whole)]
    return any(_OF.sub("", part.strip(" .").replace(".", "")) in _KNOWN for part in parts)
