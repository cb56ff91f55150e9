# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipvsd's hands on a kernel that balances: what is written is there, what fails is told, and nothing else is touched.

The kernel's own answer is read by ipvsadm, which knows nothing of ours.
"""

import itertools
import re

import pytest

from lab import tools, uml

TOOL = tools.BUILD / "tests" / "lvs" / "ipvs-tool"

MANY = """\
-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.11:80 -m -w 1
-a -t 10.0.0.100:80 -r 10.0.0.12:8080 -m -w 3 -x 100 -y 50
-A -t 10.0.0.100:443 -s sh -p 300 -M 255.255.255.0 -b sh-fallback,sh-port
-a -t 10.0.0.100:443 -r 10.0.0.11:443 -g -w 0
-a -t 10.0.0.100:443 -r 10.0.0.13:443 -i -w 2
-A -u 10.0.0.100:53 -s rr -o
-a -u 10.0.0.100:53 -r 10.0.0.11:53 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-a -u 10.0.0.100:53 -r 10.0.0.12:53 -i -w 1 --tun-type gre --tun-csum
-A -u 10.0.0.100:5060 -s rr -p 60 --pe sip
-A --sctp-service 10.0.0.100:9000 -s lc
-a --sctp-service 10.0.0.100:9000 -r 10.0.0.11:9000 -m -w 1
-A -f 7 -s wlc -p 50
-a -f 7 -r 10.0.0.11:0 -g -w 1
-A -t [2001:db8::100]:80 -s mh -b mh-fallback,mh-port
-a -t [2001:db8::100]:80 -r [2001:db8::11]:80 -m -w 1
-a -t [2001:db8::100]:80 -r 10.0.0.11:80 -i -w 1
-A -t [2001:db8::100]:443 -s rr -p 300 -M 64
-A -f 7 -6 -s fo
-a -f 7 -6 -r [2001:db8::11]:0 -g -w 1
"""

FOREIGN = """\
-A -t 10.0.0.200:25 -s rr
-a -t 10.0.0.200:25 -r 10.0.0.21:25 -m -w 1
"""


@pytest.fixture(scope="module")
def kernel(shared_lab):
    if uml.available():
        pytest.skip(uml.available())
    return shared_lab.uml("lb", eth0="10.0.0.1/24")


class Table:
    """The kernel's table in a network namespace of its own."""

    numbers = itertools.count()

    def __init__(self, node):
        self.node = node
        self.name = f"t{next(self.numbers)}"
        self.inside = ["ip", "netns", "exec", self.name]
        node.run(["sh", "-ec", f"""
            ip netns add {self.name}
            ip -n {self.name} link set lo up
            ip -n {self.name} link add d0 type dummy
            ip -n {self.name} address add 10.0.0.1/24 dev d0
            ip -n {self.name} -6 address add 2001:db8::1/64 dev d0 nodad
            ip -n {self.name} link set d0 up"""])

    def tool(self, *arguments, input=""):
        """What the tool said, and the result of its call."""
        said = self.node.output([TOOL, "-n", self.name, *arguments], input=input)
        lines = said.splitlines()
        return lines[:-1], int(lines[-1].split()[1])

    def apply(self, wanted, ours=""):
        return self._apply("apply", wanted, ours)

    def apply_blind(self, wanted, believed):
        """Carry out a plan that was made from what the kernel was believed to have."""
        return self._apply("apply-blind", wanted, believed)

    def _apply(self, verb, wanted, rules):
        self.node.write("/run/rules", rules)
        lines, result = self.tool(verb, "/run/rules", input=wanted)
        number = int(re.match(r"operations (\d+)", lines[0])[1])
        return number, [line.removeprefix("failed ") for line in lines[2:]], result

    def dump(self):
        lines, result = self.tool("dump")
        assert result == 0
        return lines

    def ipvsadm(self, *arguments, input=None):
        return self.node.output([*self.inside, "ipvsadm", *arguments], input=input).splitlines()

    def restore(self, rules):
        self.ipvsadm("-R", input=rules)

    def rules(self):
        """Sorted, because ipvsadm's order is that of the kernel's hash."""
        return sorted(line.strip() for line in self.ipvsadm("-Sn"))


@pytest.fixture
def table(kernel):
    return Table(kernel)


def lines(rules):
    return sorted(rules.splitlines())


def test_there_is_a_table_when_it_is_first_asked_for(table):
    """The module is loaded by the kernel, because somebody asks for it."""
    assert table.tool("dump") == ([], 0)


def test_every_kind_of_service_and_server_is_as_ipvsadm_would_make_it(table):
    assert table.apply(MANY) == (20, [], 0)
    assert table.rules() == lines(MANY)
    assert sorted(table.dump()) == lines(MANY)
    assert table.apply(MANY, MANY) == (0, [], 0)


def test_what_ipvsadm_made_is_taken_as_it_is(table):
    table.restore(MANY)
    assert sorted(table.dump()) == lines(MANY)
    assert table.apply(MANY, MANY) == (0, [], 0)
