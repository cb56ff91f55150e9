#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first process of a user-mode-linux node: put an overlay on its disk over the read-only root, strip it at the
# first boot, start systemd.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
labdir=$(tr ' ' '\n' </proc/cmdline | sed -n 's/^labdir=//p')
release=$(uname -r)
modules=/usr/lib/uml/modules/$release
plan() {
        python3 -c "import json; plan = json.load(open('$labdir/plan.json')); print($1)"
}

insmod "$modules/kernel/fs/overlayfs/overlay.ko"

# Two seconds of writes may be lost with the power, as on any machine.
mount -t ext4 -o noatime,commit=2 /dev/ubda /mnt
mkdir -p /mnt/upper /mnt/work /mnt/new
# Each layer is mounted by itself: an overlay does not take a directory below another of its own.
layers=
for layer in $(plan '" ".join(plan["layers"])'); do
        mkdir -p "/mnt/layers/$layer"
        mount -t hostfs -o "$layer" layer "/mnt/layers/$layer"
        layers=$layers/mnt/layers/$layer:
done
mount -t overlay overlay -o "lowerdir=$layers/,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/new
cd /mnt/new || exit 1

strip() {
        mkdir -p lib/modules lab
        ln -sfn "$modules" "lib/modules/$release"
        rm -rf .dockerenv etc/systemd/system/*.wants
        : >etc/fstab
        : >etc/machine-id
        plan 'plan["name"]' >etc/hostname
        for unit in systemd-udevd.service systemd-logind.service systemd-networkd.service systemd-timesyncd.service \
                getty@tty1.service dev-hugepages.mount; do
                ln -sfn /dev/null "etc/systemd/system/$unit"
        done
        ln -sfn /lib/systemd/system/multi-user.target etc/systemd/system/default.target
        mkdir -p etc/systemd/system/multi-user.target.wants
        cat >etc/systemd/system/lab-agent.service <<END
[Service]
Type=exec
ExecStartPre=mount -t hostfs -o $labdir lab /lab
ExecStart=/usr/bin/python3 /lab/uml-agent.py
END
        # The other end of the terminal that "con1=pts" makes (terminal.py): each shell ends with a NUL.
        cat >etc/systemd/system/lab-shell.service <<END
[Service]
ExecStart=sh -c 'while :; do bash --norc -i; printf "\\\\\\\\000"; done'
StandardInput=tty
StandardOutput=tty
TTYPath=/dev/tty1
WorkingDirectory=/
Environment=HOME=/root TERM=linux "PS1=%H# "
END
        for unit in lab-agent lab-shell; do
                ln -sfn ../$unit.service etc/systemd/system/multi-user.target.wants/$unit.service
        done
}

[ -e lab ] || strip
umount /proc
exec switch_root . /lib/systemd/systemd
