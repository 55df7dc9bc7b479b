"""How many users there may be."""

import pytest

from chatsim.errors import ConfigurationError
from chatsim.population import check_size


@pytest.mark.parametrize("users", [1, 2, 2**31 - 1])
def test_sizes_in_range_pass(users):
    check_size(users)


@pytest.mark.parametrize(
    ("users", "said"),
    [
        (0, "of 0 users"),
        (-5, "of -5 users"),
        (2**31, "2,147,483,648"),
        (2.5, "2.5"),
        (True, "True"),
    ],
)
def test_others_are_refused_with_the_number_and_the_range(users, said):
    with pytest.raises(ConfigurationError, match="from 1 to 2,147,483,647") as refusal:
        check_size(users)
    assert said in str(refusal.value)
