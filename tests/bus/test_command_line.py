# SPDX-License-Identifier: LGPL-2.1-or-later
"""mainstayctl where something is missing: a daemon, the bus, the right to change something, a reader of what it writes. It
says so in one line, and its exit status is what its manual says."""

import json

import pytest
from test_libdbus import CONFIG

from lab.mainstay import DAEMONS, Mainstay

FAILED, NOT_THERE, USAGE = 1, 3, 64

READING = [["status"], ["status", "--json"], ["events"], ["events", "--json"], ["servers"], ["servers", "--json"],
           ["maintenance", "status"]]
CHANGING = [["reload"], ["resign", "VI_1"], ["priority", "VI_1", "7"], ["announce", "VI_1"], ["maintenance", "on"],
            ["drain", "--node"], ["disable", "10.0.0.11:80"], ["enable", "--node"], ["weight", "10.0.0.11:80", "3"],
            ["check", "10.0.0.11:80"]]


@pytest.fixture(scope="module")
def mainstay(shared_lab):
    return Mainstay(shared_lab.netns("a", eth0="10.0.0.1/24"), CONFIG, daemons=tuple(DAEMONS)).wait_state("MASTER")


def ctl(mainstay, words, tail="", **options):
    command = " ".join([str(mainstay.mainstayctl), *words])
    return mainstay.node.run(["sh", "-c", f"{command} {tail}"], check=False, **options)


def one_line(result):
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result


@pytest.mark.parametrize("words", READING + [["config", "explain", "priority"], ["version"], ["help"]], ids=" ".join)
def test_what_cannot_be_written_is_a_failure(mainstay, words):
    result = ctl(mainstay, words, ">/dev/full")
    assert result.returncode == FAILED
    assert result.stderr.splitlines()[-1:] == ["mainstayctl: the output could not be written"]


@pytest.mark.parametrize("words", [["watch"], ["events", "--follow"], ["status"]], ids=" ".join)
def test_a_reader_that_is_gone_ends_it_quietly(mainstay, words):
    """Also below a parent that ignores SIGPIPE, as units do."""
    for trap in ("", "trap '' PIPE; "):
        result = mainstay.node.run(
            ["sh", "-c", f"{trap}exec 3>&1; {{ {mainstay.mainstayctl} {' '.join(words)}; echo $? >&3; }} | true"], check=False)
        assert result.stdout.strip() in ("0", "141"), result
        assert result.stderr == ""


@pytest.mark.parametrize("words", [w for w in READING if "--json" in w] + [["check", "10.0.0.11:80", "--json"]], ids=" ".join)
def test_json_is_json(mainstay, words):
    out = ctl(mainstay, words).stdout
    if words[0] == "events":
        assert [json.loads(line) for line in out.splitlines()]
    else:
        assert json.loads(out) is not None


@pytest.mark.parametrize("words", CHANGING, ids=" ".join)
def test_only_root_changes(mainstay, words):
    result = ctl(mainstay, words, user="nobody")
    assert result.returncode == FAILED and "only root" in result.stdout + result.stderr, result
    if words[0] == "check":
        assert "not run" in result.stdout and "bad" not in result.stdout, "it says nothing of the server"
    elif words != ["reload"]:   # each daemon says it
        one_line(result)


@pytest.mark.parametrize("words", [["nonsense"], ["resign"], ["status", "nonsense"], ["priority", "VI_1", "300"], ["drain", "--force"],
                                   ["maintenance", "perhaps"], ["wait-ready", "--timeout", "x"]], ids=" ".join)
def test_wrong_usage_is_64(mainstay, words):
    assert one_line(ctl(mainstay, words)).returncode == USAGE


def test_without_daemons_and_without_a_bus(mainstay):
    mainstay.stop()
    for missing in ("daemons", "bus"):
        for words in READING + CHANGING:
            result = ctl(mainstay, words)
            assert result.returncode == NOT_THERE, (missing, words, result)
            assert len(result.stderr.strip().splitlines()) <= len(DAEMONS) and "Traceback" not in result.stderr, (missing, words, result)
            if "--json" in words and result.stdout:
                json.loads(result.stdout.splitlines()[0] if words[0] == "events" else result.stdout)
        mainstay.bus.process.terminate()
