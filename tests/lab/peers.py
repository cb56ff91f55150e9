# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other people's programs in a node: keepalived, nginx. Each is started in the foreground and ready when
the constructor returns."""

from . import wait


class Keepalived:
    """Debian's keepalived with one configuration text."""

    def __init__(self, node, config, path="/etc/keepalived/keepalived.conf"):
        self.node = node
        self.path = path
        node.write(path, config)
        self.start()

    def start(self):
        self.process = self.node.spawn(["keepalived", "-n", "-l", "-D", "-P", "-f", self.path], name="keepalived")

    def stop(self):
        return self.process.terminate()

    def reload(self, config):
        self.node.write(self.path, config)
        self.process.popen.send_signal(1)


class Nginx:
    """nginx that answers every request with `text`."""

    CONFIG = """
worker_processes 1;
error_log /lab/nginx-error.log;
pid /run/nginx.pid;
events {{ }}
http {{
    access_log off;
    {upstream}
    server {{
        listen {port};
        location / {{ {action} }}
    }}
}}
"""

    def __init__(self, node, text=None, backends=(), port=80):
        if backends:
            upstream = "upstream webs { " + " ".join(
                f"server {b} max_fails=1 fail_timeout=1s;" for b in backends) + " }"
            action = "proxy_pass http://webs; proxy_connect_timeout 1s; proxy_next_upstream error timeout;"
        else:
            upstream, action = "", f'default_type text/plain; return 200 "{text}\\n";'
        self.node = node
        self.port = port
        node.write("/etc/nginx/nginx.conf", self.CONFIG.format(upstream=upstream, port=port, action=action))
        self.start()

    def start(self):
        """By the command an operator uses: it returns when nginx listens."""
        self.node.run("nginx")

    def stop(self):
        self.node.run("nginx -s stop")
        wait.until(lambda: not self.running, 5, "nginx has ended")

    @property
    def running(self):
        return self.node.run("pidof nginx", check=False).returncode == 0
