# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents' farm with address translation, digests of pages, and persistence."""

import hashlib

import pytest

from lab import ipvs, until
from lab.scenario import configuration
from nat import DOCUMENTED_DIGESTS, PATHS, VIP, DigestFarm, page

# The documents' three tries after a failed check, 3 s apart, within 6 s of each other; keepalived wants a good round more.
NOTICED_DOWN = 6 + 3 * 3 + 10
NOTICED_UP = 4 * 6 + 20


def digest(host, path):
    return hashlib.md5(page(f"web{host}", path).encode()).hexdigest()


def with_digests():
    """The documents' file, with the digests of these webs' pages, and without the keyword that makes the address drop all."""
    text = configuration("s12-lvs-nat-digest.conf", ("vrrp_strict\n", ""))
    first, second = text.split("real_server 192.168.200.3")
    for path in PATHS:
        first = first.replace(DOCUMENTED_DIGESTS[2], digest(2, path), 1)
    return first + "real_server 192.168.200.3" + second.replace(DOCUMENTED_DIGESTS[3], digest(3, PATHS[0]))


@pytest.fixture(scope="module")
def farm(shared_lab):
    return DigestFarm(shared_lab, with_digests())


def test_the_table_has_persistence(farm):
    assert farm.director.saved() == {
        f"-t {VIP}:1358": {"": "-s rr -p 50", "192.168.200.2:1358": "-m -w 1", "192.168.200.3:1358": "-m -w 1"}}


def test_a_client_stays_on_its_server(farm):
    first, second = set(farm.answers(0)), set(farm.answers(1))
    assert len(first) == len(second) == 1
    assert first | second == {"web2", "web3"}
    # What keeps it there is a template of 50 s, whose client has no port.
    templates = [c for c in ipvs.connections(farm.director.node) if c[1].endswith(":0")]
    assert len(templates) == 2 and all(left <= 50 for *_, left in templates)


def test_a_changed_page_removes_the_server(farm):
    """The page of the second of three urls."""
    web = farm.webs[2]
    web.put(PATHS[1], "changed")
    until(lambda: farm.servers() == ["192.168.200.3:1358"], NOTICED_DOWN, "web2 is out")
    # Its clients have to go somewhere.
    assert set(farm.answers(0)) | set(farm.answers(1)) == {"web3"}
    web.put(PATHS[1], page("web2", PATHS[1]))
    until(lambda: farm.servers() == ["192.168.200.2:1358", "192.168.200.3:1358"], NOTICED_UP, "web2 is back")


def test_changed_pages_everywhere_are_the_sorry_page(farm):
    for web in farm.webs.values():
        web.put(PATHS[0], "changed")
    until(lambda: farm.servers() == ["192.168.200.200:1358"], NOTICED_DOWN, "the sorry server is in")
    assert set(farm.answers(0)) | set(farm.answers(1)) == {"sorry"}
