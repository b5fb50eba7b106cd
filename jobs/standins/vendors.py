"""The vendors there are stand-ins for, by name."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.standins.landingai import LandingAI
from jobs.standins.llamacloud import LlamaCloud
from jobs.standins.openai_compatible import OpenAICompatible
from jobs.standins.unsiloed import Unsiloed
from jobs.standins.vendor import Vendor

VENDORS: Mapping[str, type[Vendor]] = {
    "llamacloud": LlamaCloud,
    "landingai": LandingAI,
    "unsiloed": Unsiloed,
    "openai": OpenAICompatible,
}
