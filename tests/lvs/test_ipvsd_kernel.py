# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipvsd's hands on a kernel that balances: what is written is there, what fails is told, and nothing else is touched.

The kernel's own answer is read by ipvsadm, which knows nothing of ours.
"""

import itertools
import pathlib
import re

import pytest

from lab import tools, until

TOOL = tools.BUILD / "tests" / "lvs" / "ipvs-tool"

MANY = """\
-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.11:80 -m -w 1
-a -t 10.0.0.100:80 -r 10.0.0.12:8080 -m -w 3 -x 100 -y 50
-A -t 10.0.0.100:443 -s sh -p 300 -M 255.255.255.0 -b sh-fallback,sh-port
-a -t 10.0.0.100:443 -r 10.0.0.11:443 -g -w 0
-a -t 10.0.0.100:443 -r 10.0.0.13:443 -i -w 2 --tun-type ipip
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
-a -t [2001:db8::100]:80 -r 10.0.0.11:80 -i -w 1 --tun-type ipip
-A -t [2001:db8::100]:443 -s rr -p 300 -M 64
-A -f 7 -6 -s fo
-a -f 7 -6 -r [2001:db8::11]:0 -g -w 1
"""

# ipvsadm -S does not tell of them.
WITHOUT_THRESHOLDS = MANY.replace(" -x 100 -y 50", "")

FOREIGN = """\
-A -t 10.0.0.200:25 -s rr
-a -t 10.0.0.200:25 -r 10.0.0.21:25 -m -w 1
"""


@pytest.fixture(scope="module")
def kernel(shared_lab):
    return shared_lab.netns("lb", eth0="10.0.0.1/24")


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
        return number, [line.removeprefix("failed ") for line in lines if line.startswith("failed ")], result

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


def test_a_new_table_is_empty(table):
    assert table.tool("dump") == ([], 0)


def test_every_kind_of_service_and_server_is_as_ipvsadm_would_make_it(table):
    assert table.apply(MANY) == (20, [], 0)
    assert table.rules() == lines(WITHOUT_THRESHOLDS)
    assert ["->", "10.0.0.12:8080", "100", "50", "0", "0"] in [
        line.split() for line in table.ipvsadm("-Ln", "--thresholds")]
    assert sorted(table.dump()) == lines(MANY)
    assert table.apply(MANY, MANY) == (0, [], 0)


def test_what_ipvsadm_made_is_taken_as_it_is(table):
    table.restore(MANY)
    assert sorted(table.dump()) == lines(MANY)
    assert table.apply(MANY, MANY) == (0, [], 0)


def test_everything_can_be_changed_where_it_is(table):
    table.restore(MANY)
    changed = (MANY.replace("-s wrr", "-s mh -b mh-port").replace("-s rr", "-s wlc").replace(" -o", "")
               .replace("-p 300", "-p 17").replace("-M 64", "-M 48").replace(" --pe sip", "")
               .replace("-A -f 7 -s wlc -p 50", "-A -f 7 -s lc")
               .replace("-w 1", "-w 7").replace("-x 100 -y 50", "-x 9 -y 8")
               .replace("10.0.0.11:443 -g", "10.0.0.11:443 -m").replace("--tun-port 6080 --tun-nocsum", "--tun-port 7 --tun-csum"))
    count, failures, result = table.apply(changed, MANY)
    assert (failures, result) == ([], 0)
    assert sorted(table.dump()) == lines(changed)
    assert count == sum(a != b for a, b in zip(MANY.splitlines(), changed.splitlines()))


def test_what_is_not_ours_is_not_touched(table):
    table.restore(FOREIGN + MANY)
    assert table.apply("", MANY) == (9, [], 0)
    assert table.rules() == lines(FOREIGN)


def test_a_scheduler_that_the_kernel_lacks_stops_nothing_else(table):
    count, failures, result = table.apply("""\
-A -t 10.0.0.100:1 -s rr
-a -t 10.0.0.100:1 -r 10.0.0.11:80 -m -w 1
-A -t 10.0.0.100:2 -s twos
-a -t 10.0.0.100:2 -r 10.0.0.11:80 -m -w 1
-A -t 10.0.0.100:3 -s rr -p 60 --pe none-such
-A -t 10.0.0.100:4 -s rr
-a -t 10.0.0.100:4 -r 224.0.0.1:80 -m -w 1
-a -t 10.0.0.100:4 -r 10.0.0.11:80 -m -w 1 -x 5 -y 6
-a -t 10.0.0.100:4 -r 10.0.0.12:80 -m -w 1
-a -t 10.0.0.100:4 -r [2001:db8::11]:80 -m -w 1
""")
    assert failures == [
        "2 cannot add service 10.0.0.100 2 TCP: the kernel has no scheduler twos",
        "3 cannot add server 10.0.0.11 80 of service 10.0.0.100 2 TCP: the service is not in the kernel's table",
        "2 cannot add service 10.0.0.100 3 TCP: the kernel has no scheduler rr or no persistence engine none-such",
        "34 cannot add server 10.0.0.11 80 of service 10.0.0.100 4 TCP: its lower threshold 6 is above the upper one, 5",
        "22 cannot add server 224.0.0.1 80 of service 10.0.0.100 4 TCP: the kernel cannot send to this address",
        "22 cannot add server 2001:db8::11 80 of service 10.0.0.100 4 TCP: "
        "only TUN reaches a server of another address family"]
    assert (count, result) == (10, 0)
    assert table.rules() == lines("""\
-A -t 10.0.0.100:1 -s rr
-a -t 10.0.0.100:1 -r 10.0.0.11:80 -m -w 1
-A -t 10.0.0.100:4 -s rr
-a -t 10.0.0.100:4 -r 10.0.0.12:80 -m -w 1
""")


def test_the_last_of_a_batch_fails(table):
    """It is answered once, with the error; nothing is waited for, and the error is not lost."""
    service = "-A -t 10.0.0.100:1 -s rr\n"
    assert table.apply(service.replace("rr", "twos"))[1:] == (
        ["2 cannot add service 10.0.0.100 1 TCP: the kernel has no scheduler twos"], 0)
    _, failures, result = table.apply(service + "-a -t 10.0.0.100:1 -r 224.0.0.1:80 -m -w 1\n")
    assert (len(failures), result) == (1, 0)
    assert table.rules() == lines(service)


def test_a_thousand_failures_are_all_told(table):
    rules = "-A -t 10.0.0.100:1 -s rr\n" + "".join(
        f"-a -t 10.0.0.100:1 -r 224.0.{i // 250}.{i % 250}:80 -m -w 1\n" for i in range(1000))
    _, failures, result = table.apply(rules)
    assert (len(failures), result) == (1000, 0)
    assert len(set(failures)) == 1000
    assert table.rules() == ["-A -t 10.0.0.100:1 -s rr"]


def test_refusals_that_the_kernel_had_no_room_for_are_not_taken_for_success(table):
    """It is not known what was done then; what was done stays, and the next plan has the rest."""
    rules = "-A -t 10.0.0.100:1 -s rr\n" + "".join(
        f"-a -t 10.0.0.100:1 -r 224.0.0.{i}:80 -m -w 1\n" for i in range(1, 100))
    good = "-a -t 10.0.0.100:1 -r 10.0.0.11:80 -m -w 1\n"
    said, result = table.tool("-r", "1", "apply", input=rules + good)
    assert result == -105
    assert not [line for line in said if line.startswith("failed")]
    _, failures, result = table.apply(rules + good)
    assert (len(failures), result) == (99, 0)
    assert table.rules() == lines("-A -t 10.0.0.100:1 -s rr\n" + good)


@pytest.mark.skipif("User Mode Linux" not in pathlib.Path("/proc/cpuinfo").read_text(),
                    reason="unloads the kernel's module, so it wants a kernel of its own")
def test_a_module_that_is_unloaded_and_loaded_again(table):
    """Its family then has another number."""
    table.node.run("ip -all netns delete")
    fresh = Table(table.node)
    # Namespaces end in the background.
    unload = """for i in $(seq 100); do
        rmmod $(sed -n 's/^\\(ip_vs_[a-z_]*\\) .*/\\1/p' /proc/modules) ip_vs 2>/dev/null
        grep -q '^ip_vs ' /proc/modules || exit 0
        sleep 0.1
    done
    exit 1"""
    assert fresh.tool("-c", unload, "apply", input=SERVICE)[1] == 0
    assert fresh.rules() == lines(SERVICE)
    assert fresh.tool("flush") == ([], 0)
    assert fresh.tool("-c", unload, "timeouts") == (["900 120 300"], 0)
    assert fresh.tool("-c", unload, "dump") == ([], 0)


SERVICE = """\
-A -t 10.0.0.100:80 -s rr
-a -t 10.0.0.100:80 -r 10.0.0.11:80 -m -w 1
-a -t 10.0.0.100:80 -r 10.0.0.12:80 -m -w 1
"""


def test_what_is_there_already_is_changed_instead_of_added(table):
    table.restore(SERVICE)
    assert table.apply_blind(SERVICE.replace("rr", "wlc").replace("-w 1", "-w 2"), "") == (3, [], 1)
    assert table.rules() == lines(SERVICE.replace("rr", "wlc").replace("-w 1", "-w 2"))


def test_what_has_gone_is_added_instead_of_changed(table):
    wanted = SERVICE.replace("rr", "wlc").replace("-w 1", "-w 2")
    assert table.apply_blind(wanted, SERVICE) == (3, [], 1)
    assert table.rules() == lines(wanted)


def test_a_server_that_has_gone_is_added_instead_of_changed(table):
    table.restore("\n".join(SERVICE.splitlines()[:2]))
    assert table.apply_blind(SERVICE.replace("-w 1", "-w 2"), SERVICE) == (2, [], 1)
    assert table.rules() == lines(SERVICE.replace("-w 1", "-w 2"))


def test_what_was_to_be_deleted_is_not_missed(table):
    assert table.apply_blind("", SERVICE) == (1, [], 0)
    table.restore(SERVICE.splitlines()[0])
    assert table.apply_blind(SERVICE.splitlines()[0], SERVICE) == (2, [], 0)
    assert table.rules() == [SERVICE.splitlines()[0]]


def test_servers_of_a_service_that_somebody_deleted_are_told(table):
    """The plan knows nothing of the service, so only a new one can mend this."""
    _, failures, result = table.apply_blind(SERVICE.replace("-w 1", "-w 2"), SERVICE)
    assert result == 1
    assert failures == [f"3 cannot change server 10.0.0.1{i} 80 of service 10.0.0.100 80 TCP: "
                        "the service is not in the kernel's table" for i in (1, 2)]
    assert table.apply(SERVICE, SERVICE) == (3, [], 0)


def test_a_service_is_deleted_and_made_anew(table):
    assert table.apply(SERVICE) == (3, [], 0)
    assert table.apply("", SERVICE) == (1, [], 0)
    assert table.apply(SERVICE) == (3, [], 0)
    assert table.rules() == lines(SERVICE)


@pytest.mark.timing
def test_a_thousand_servers_take_milliseconds(table):
    """By messages one at a time, each acknowledged, it is some 150 ms here."""
    rules = "-A -t 10.0.0.100:1 -s rr\n" + "".join(
        f"-a -t 10.0.0.100:1 -r 10.0.{i // 250}.{i % 250 + 1}:80 -m -w 1\n" for i in range(1000))
    # The scheduler's module may have to be loaded first.
    assert table.apply(rules.splitlines()[0]) == (1, [], 0)
    said, result = table.tool("apply", input=rules)
    assert result == 0
    assert int(re.match(r"applied in (\d+) us", said[-1])[1]) < 30_000, said
    assert table.rules() == lines(rules)


def test_a_thousand_services_with_five_servers(table):
    rules = "".join(f"-A -t 10.0.0.100:{port} -s rr\n" + "".join(
        f"-a -t 10.0.0.100:{port} -r 10.0.0.{i}:80 -m -w 1\n" for i in range(11, 16)) for port in range(1, 1001))
    assert table.apply(rules) == (6000, [], 0)
    assert sorted(table.dump()) == lines(rules)
    assert table.apply(rules.replace("10.0.0.15:80 -m -w 1", "10.0.0.15:80 -m -w 2"), rules) == (1000, [], 0)
    assert table.apply("", rules) == (1000, [], 0)
    assert table.rules() == []


def test_connections_and_bytes_are_counted(table):
    table.restore("-A -u 10.0.0.100:53 -s rr\n-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 1\n"
                  "-A -u 10.0.0.100:54 -s rr\n")
    table.node.run(["ip", "-n", table.name, "address", "add", "10.0.0.100/24", "dev", "d0"])
    table.node.run([*table.inside, "python3", "-c", """if True:
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("10.0.0.1", 4000))
        for _ in range(3):
            s.sendto(b"0123456789", ("10.0.0.100", 53))"""])

    counted = "connections 1 packets 3 3 bytes 114 198"     # nobody listens: ICMP says so
    until(lambda: set(table.tool("statistics")[0]) == {
        f"10.0.0.100 53 UDP / -: {counted}", f"10.0.0.100 53 UDP / 10.0.0.1 53: {counted}",
        "10.0.0.100 54 UDP / -: connections 0 packets 0 0 bytes 0 0"}, 10)     # the kernel adds up every two seconds
    assert table.tool("statistics", input="-A -u 10.0.0.100:53 -s rr\n") == ([
        f"10.0.0.100 53 UDP / -: {counted}", f"10.0.0.100 53 UDP / 10.0.0.1 53: {counted}"], 0)
    assert table.tool("statistics", input="-A -u 10.0.0.100:55 -s rr\n") == ([], -3)


def test_timeouts(table):
    assert table.tool("timeouts") == (["900 120 300"], 0)
    assert table.tool("timeouts", "100", "0", "10") == (["100 120 10"], 0)
    assert "Timeout (tcp tcpfin udp): 100 120 10" in table.ipvsadm("-L", "--timeout")


def test_connection_sync_daemons(table):
    assert table.tool("daemons") == ([], 0)
    assert table.tool("start", "master", "d0", "5") == ([], 0)
    assert table.tool("start", "backup", "d0", "5", "1000", "9999", "3", "224.0.0.99") == ([], 0)
    assert table.tool("start", "backup", "d0", "5")[1] == -17
    assert table.tool("daemons") == ([
        "master d0 id 5 maxlen 1472 port 8848 ttl 1 group 224.0.0.81",
        "backup d0 id 5 maxlen 1024 port 9999 ttl 3 group 224.0.0.99"], 0)
    assert "group=224.0.0.99, port=9999, ttl=3" in "".join(table.ipvsadm("-L", "--daemon"))
    assert table.tool("stop", "master") == ([], 0)
    assert table.tool("stop", "backup") == ([], 0)
    assert table.tool("stop", "backup")[1] == -3
    assert table.tool("start", "master", "none0", "5")[1] == -19
    assert table.tool("daemons") == ([], 0)


def test_flush_takes_everything(table):
    table.restore(FOREIGN + MANY)
    assert table.tool("flush") == ([], 0)
    assert table.rules() == []


def test_namespaces_are_apart(kernel):
    here, there = Table(kernel), Table(kernel)
    assert here.apply(SERVICE) == (3, [], 0)
    assert there.rules() == []
    assert kernel.output([TOOL, "-n", "none-such", "dump"]) == "result -2\n"
    assert kernel.output([TOOL, "-n", "../net", "dump"]) == "result -22\n"
    assert kernel.output([TOOL, "-n", "", "dump"]) == "result 0\n"


def test_without_rights_nothing_can_be_said(table):
    assert table.node.output([TOOL, "dump"], user="nobody") == "result -1\n"
    assert table.node.output([TOOL, "apply"], user="nobody", input=SERVICE).endswith("result -1\n")
