#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first process of a guest that runs one command (guest.py): put an overlay over the read-only root, load
# modules, carry the order out, leave its exit status in the shared directory.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

if [ "${1-}" != inside ]; then
        mount -t proc proc /proc
        labdir=$(tr ' ' '\n' </proc/cmdline | sed -n 's/^labdir=//p')
        release=$(uname -r)
        modules=/usr/lib/uml/modules/$release
        insmod "$modules/kernel/fs/overlayfs/overlay.ko"
        mount -t tmpfs -o mode=755 tmpfs /mnt
        mkdir /mnt/upper /mnt/work /mnt/new
        mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/new
        cd /mnt/new || exit 1
        mkdir -p lib/modules guest
        ln -sfn "$modules" "lib/modules/$release"
        umount /proc
        # Without a fork before it: the kernel looks for modules in the root of this very process.
        exec switch_root . "$labdir/guest-init.sh" inside "$labdir"
fi

labdir=$2
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t hostfs -o "$labdir" guest /guest
results=$(cat /guest/results)
[ -z "$results" ] || mount -t hostfs -o "$results" results "$results"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns
ip link set lo up
# shellcheck disable=SC2046
modprobe -a $(cat /guest/modules)

stty -onlcr </dev/console
echo "guest: begin" >/dev/console
{
        sh /guest/order </dev/null
        echo $? >/guest/status
} 2>&1 | cat >/dev/console
echo "guest: end" >/dev/console
systemctl poweroff -f -f
