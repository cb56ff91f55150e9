/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lab-node: the first process of a laboratory node.
 *
 *     lab-node NAME DIRECTORY [LAYER...] [-- SEEN...]
 *
 * A node is one machine of a test network without a kernel of its own: namespaces of its own for
 * mounts, processes, host name and IPC, in the network namespace that the caller has put us into. Its
 * root is an overlay over the real one (the LAYERs, for instance an installation, on top of it), so
 * that a node may write everywhere and nothing on the machine changes; /run is empty, and DIRECTORY/share
 * is seen inside as /lab. The SEEN directories are the machine's own, at the same place, because an overlay does not
 * show what is mounted below the root. What a node writes lies in memory and is gone with it.
 *
 * The parent stays outside and prints "PID\n", the node's process 1 as the caller's PID namespace names
 * it, once everything is mounted. It lives as long as the node. Killing either ends every process of the
 * node (pid_namespaces(7)); so does the death of the caller (PR_SET_PDEATHSIG). */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/macro.h"

static void mount_or_die(const char *what, const char *where, const char *type, unsigned long flags,
                const char *data) {
        if (mount(what, where, type, flags, data) < 0)
                err(1, "mount %s on %s", type ? type : what, where);
}

static void make_directory(const char *path) {
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                err(1, "mkdir %s", path);
}

/* Mount the overlay on DIRECTORY/root; the working directory is DIRECTORY. */
static void mount_root(char *const *layers) {
        char lower[4096] = "", options[4200];
        size_t n = 0;

        make_directory("upper");
        make_directory("work");
        make_directory("root");
        make_directory("share");

        for (; *layers; layers++) {
                n += (size_t) snprintf(lower + n, sizeof(lower) - n, "%s:", *layers);
                if (n >= sizeof(lower))
                        errx(1, "too many layers");
        }

        snprintf(options, sizeof(options), "lowerdir=%s/,upperdir=upper,workdir=work", lower);
        mount_or_die("overlay", "root", "overlay", 0, options);
}

/* Show the machine's directory @path at the same place in the node. */
static void mount_seen(const char *path) {
        char buffer[4096];

        snprintf(buffer, sizeof(buffer), "root%s", path);
        for (char *slash = strchr(buffer, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                make_directory(buffer);
                *slash = '/';
        }
        make_directory(buffer);
        mount_or_die(path, buffer, NULL, MS_BIND | MS_REC, NULL);
}

static void mount_inside(char *const *seen) {
        make_directory("root/lab");
        mount_or_die("share", "root/lab", NULL, MS_BIND, NULL);
        mount_or_die("/dev", "root/dev", NULL, MS_BIND | MS_REC, NULL);
        mount_or_die("proc", "root/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
        mount_or_die("sysfs", "root/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
        mount_or_die("tmpfs", "root/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
        for (; *seen; seen++)
                mount_seen(*seen);
}

static void enter_root(void) {
        if (chdir("root") < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
                err(1, "pivot_root");
        if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                err(1, "leave the old root");
}

static void raise_loopback(void) {
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                err(1, "lo up");
}

static void run_node(const char *name, char *const *layers, char *const *seen, int ready) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                err(1, "PR_SET_PDEATHSIG");

        mount_or_die(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
        mount_root(layers);
        mount_inside(seen);
        enter_root();
        raise_loopback();
        if (sethostname(name, strlen(name)) < 0)
                err(1, "sethostname");

        (void) signal(SIGCHLD, SIG_IGN); /* the kernel reaps what is orphaned to us */
        if (write(ready, "", 1) != 1)
                err(1, "report");
        (void) close(ready);
        for (;;)
                pause();
}

int main(int argc, char **argv) {
        char **seen = argv;
        int channel[2];
        char byte;
        pid_t pid;

        if (argc < 3)
                errx(2, "usage: lab-node NAME DIRECTORY [LAYER...] [-- SEEN...]");

        /* The layers end where the list of what is seen begins. */
        while (*seen && !streq(*seen, "--"))
                seen++;
        if (*seen)
                *seen++ = NULL;

        (void) umask(022);
        if (chdir(argv[2]) < 0)
                err(1, "%s", argv[2]);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || pipe2(channel, O_CLOEXEC) < 0)
                err(1, "set up");
        if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) < 0)
                err(1, "unshare");

        pid = fork();
        if (pid < 0)
                err(1, "fork");
        if (pid == 0)
                run_node(argv[1], argv + 3, seen, channel[1]);

        (void) close(channel[1]);
        if (read(channel[0], &byte, 1) != 1)
                errx(1, "the node did not come up");
        printf("%d\n", pid);
        fflush(stdout);
        (void) waitpid(pid, NULL, 0);
        return 0;
}
