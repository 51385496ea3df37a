"""Settings: read from the environment, from `.env` and from the policy file, with every fault at once."""

from bot.settings.environment import SettingsFault, hand_on, load, load_policy, withhold
from bot.settings.variables import EXAMPLES, OF_LIBRARIES, VARIABLES, Settings

__all__ = [
    "EXAMPLES",
    "OF_LIBRARIES",
    "VARIABLES",
    "Settings",
    "SettingsFault",
    "hand_on",
    "load",
    "load_policy",
    "withhold",
]
