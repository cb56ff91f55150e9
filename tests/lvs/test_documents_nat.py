# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents' web farm, with the kernel's address translation in the place of nginx on the directors."""

import pytest

from lab import until
from nat import FARM_VIP, WebFarm


@pytest.fixture(scope="module")
def farm(shared_lab):
    farm = WebFarm(shared_lab)
    farm.wait_answers("web38", "web48")
    return farm


def test_both_webs_answer_through_the_kernel(farm):
    assert farm.directors[100].saved() == {
        f"-t {FARM_VIP}:80": {"": "-s rr", "192.168.64.38:80": "-m -w 1", "192.168.64.48:80": "-m -w 1"}}


def test_a_stopped_web_is_left_out(farm):
    farm.webs[38].stop()
    farm.wait_answers("web48")
    farm.webs[38].start()
    farm.wait_answers("web38", "web48")


def test_a_director_that_does_not_balance_gives_the_address_away(farm):
    """What the documents' script does when nginx is stopped."""
    master = farm.directors[100]
    master.stop("ipvsd")
    farm.owner_is(90)
    farm.wait_answers("web38", "web48")
    master.start("ipvsd")
    farm.owner_is(100)
    farm.wait_answers("web38", "web48")


def test_a_stopped_director_hands_over_at_once(farm):
    master = farm.directors[100]
    master.stop("vrrpd")
    until(lambda: farm.directors[90].has(FARM_VIP), 2, "the backup has it within its skew")
    assert not master.has(FARM_VIP)
    farm.wait_answers("web38", "web48")
    master.start("vrrpd")
    farm.owner_is(100)
