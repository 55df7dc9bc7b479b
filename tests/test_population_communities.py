"""The law of communities: what it takes."""

import pytest

from chatsim.errors import ConfigurationError
from chatsim.population import Communities


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"contacts_mean": 0.0}, "contacts_mean is 0.0"),
        ({"contacts_mean": float("nan")}, "contacts_mean is nan"),
        ({"contacts_sigma": -1.0}, "contacts_sigma is -1.0"),
        ({"groups_mean": -0.5}, "groups_mean is -0.5"),
        ({"share_community": 1.5}, "share_community is 1.5"),
        ({"share_community": 0.9, "share_region": 0.2}, "share_community . share_region is 1.1"),
        ({"regions": 0}, "regions is 0"),
        ({"group_sizes": (5, 3), "group_shares": (0.5, 0.5)}, "rising sizes of 2 members or more"),
        ({"group_sizes": (), "group_shares": ()}, "rising sizes"),
        ({"group_shares": (0.5, 0.5)}, "one share per size, together 1"),
        ({"group_sizes": (3, 4), "group_shares": (0.5, 0.6)}, "one share per size, together 1"),
    ],
)
def test_a_law_out_of_range_is_refused_with_what_it_takes(parameters, said):
    with pytest.raises(ConfigurationError, match=said):
        Communities(**parameters)
