# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory itself: one switch, the nodes on it, one directory. Ending it ends all."""

import pathlib
import shutil
import tempfile

from . import sandbox
from .network import Switch
from .node import NetnsNode
from .nspawn import NspawnNode
from .uml import UmlNode


class Lab:
    """A network of nodes that lives as long as the `with` block, or until close()."""

    def __init__(self):
        sandbox.demand()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lab-", dir="/run"))
        self.directory.chmod(0o755)
        self.switch = Switch()
        self.nodes = {}
        self._instruments = []

    def netns(self, name, layers=(), **interfaces):
        """A node of namespaces: interface="address/prefix", or a list of them."""
        return self._keep(NetnsNode(self, name, _lists(interfaces), layers))

    def nspawn(self, name, layers=(), **interfaces):
        """A node with systemd; it boots while others are being made."""
        return self._keep(NspawnNode(self, name, _lists(interfaces), layers))

    def uml(self, name, layers=(), **interfaces):
        """A node with a kernel of its own and systemd; it boots while others are being made."""
        return self._keep(UmlNode(self, name, _lists(interfaces), layers))

    def _keep(self, node):
        self.nodes[node.name] = node
        return node

    def on_close(self, close):
        """Have `close` called when the nodes are gone, the last one first."""
        self._instruments.append(close)

    def report(self):
        return "".join(node.report() for node in self.nodes.values())

    def close(self):
        for node in self.nodes.values():
            if node.alive:
                node.kill()
        while self._instruments:
            self._instruments.pop()()
        self.switch.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _lists(interfaces):
    return {name: [value] if isinstance(value, str) else list(value) for name, value in interfaces.items()}
