/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/instance-bus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/bus-authorize.h"
#include "common/bus-error.h"
#include "common/bus-getter.h"
#include "common/bus-table.h"
#include "common/macro.h"
#include "vrrpd/operator.h"
#include "vrrpd/port.h"
#include "vrrpd/router.h"
#include "vrrpd/sync.h"
#include "vrrpd/tracking.h"
#include "vrrpd/vrrpd.h"
#include "vrrpd/words.h"

static const struct bus_table table;

/* Properties */

BUS_GETTER(get_state) {
        const struct vrrp_router *r = userdata;

        return sd_bus_message_append(reply, "s", vrrp_state_to_string(r->instance.state));
}

BUS_GETTER(get_reason) {
        const struct vrrp_router *r = userdata;

        return sd_bus_message_append(reply, "s",
                        r->reason[0] ? r->reason : vrrp_words_reason(r->instance.reason));
}

/* A phrase each, into the array that is open in the message. */
static void append_phrase(const char *text, void *userdata) {
        (void) sd_bus_message_append(userdata, "s", text);
}

BUS_GETTER(get_fault_reasons) {
        const struct vrrp_router *r = userdata;
        int e = sd_bus_message_open_container(reply, 'a', "s");

        if (e < 0)
                return e;
        vrrp_router_describe_faults(r, append_phrase, reply);
        return sd_bus_message_close_container(reply);
}

BUS_GETTER(get_interface) {
        const struct vrrp_router *r = userdata;

        return sd_bus_message_append(reply, "s", r->conf->interface ?: "");
}

BUS_GETTER(get_group) {
        const struct vrrp_router *r = userdata;

        return sd_bus_message_append(reply, "s", r->sync ? r->sync->name : "");
}

BUS_GETTER(get_family) {
        const struct vrrp_router *r = userdata;

        return sd_bus_message_append(reply, "s", r->conf->family == AF_INET6 ? "inet6" : "inet");
}

BUS_GETTER(get_byte) {
        const struct vrrp_router *r = userdata;
        uint8_t value = 0;

        if (streq(property, "VirtualRouterId"))
                value = r->conf->vrid;
        else if (streq(property, "Version"))
                value = r->conf->version;
        else if (streq(property, "BasePriority"))
                value = r->conf->priority;
        else if (streq(property, "OrderedPriority"))
                value = r->ordered_priority;
        else if (streq(property, "EffectivePriority"))
                value = vrrp_instance_priority(&r->instance);
        return sd_bus_message_append(reply, "y", value);
}

BUS_GETTER(get_usec) {
        const struct vrrp_router *r = userdata;
        usec_t value = 0;

        if (streq(property, "LastTransitionUsec"))
                value = r->transition_realtime;
        else if (streq(property, "AdvertIntervalUsec"))
                value = vrrp_instance_advert_interval(&r->instance);
        else if (streq(property, "MasterDownIntervalUsec"))
                value = vrrp_instance_down_interval(&r->instance);
        else if (streq(property, "SkewUsec"))
                value = vrrp_instance_skew(&r->instance);
        return sd_bus_message_append(reply, "t", value);
}

BUS_GETTER(get_preempt) {
        const struct vrrp_router *r = userdata;

        return sd_bus_message_append(reply, "b", r->instance.params.preempt);
}

BUS_GETTER(get_master_address) {
        const struct vrrp_router *r = userdata;
        bool self = r->instance.state == VRRP_STATE_MASTER;
        char ip[IP_ADDR_STRLEN];

        return sd_bus_message_append(reply, "s",
                        ip_addr_format(self ? &r->instance.params.source : &r->instance.master,
                                        ip));
}

BUS_GETTER(get_master_priority) {
        const struct vrrp_router *r = userdata;
        bool self = r->instance.state == VRRP_STATE_MASTER;

        return sd_bus_message_append(reply, "y",
                        self ? vrrp_instance_priority(&r->instance) : r->instance.master_priority);
}

BUS_GETTER(get_addresses) {
        const struct vrrp_router *r = userdata;
        int e = sd_bus_message_open_container(reply, 'a', "s");

        for (size_t i = 0; i < r->setup->n_virtuals && e >= 0; i++) {
                const struct vrrp_virtual *v = &r->setup->virtuals[i];
                const struct vrrp_address *a = vrrp_claim_address(v->claim);
                char text[IP_ADDR_STRLEN + IF_NAMESIZE + 16], ip[IP_ADDR_STRLEN];

                (void) snprintf(text, sizeof(text), "%s/%u dev %s", ip_addr_format(&a->addr, ip),
                                (unsigned) a->prefix, v->link->name);
                e = sd_bus_message_append(reply, "s", text);
        }
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

BUS_GETTER(get_extras) {
        const struct vrrp_router *r = userdata;
        const struct vrrp_extras *extras = &r->setup->extras;
        const char *noun = streq(property, "Rules") ? "rule" : "route";
        int e = sd_bus_message_open_container(reply, 'a', "s");

        for (size_t i = 0; i < extras->n && e >= 0; i++)
                if (streq(extras->items[i].noun, noun))
                        e = sd_bus_message_append(reply, "s", extras->items[i].words);
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

static usec_t realtime(const struct vrrpd *v, usec_t monotonic) {
        return usec_sub(v->clock.real, usec_sub(v->clock.now, monotonic));
}

BUS_GETTER(get_conflicts) {
        const struct vrrp_router *r = userdata;
        int e = sd_bus_message_open_container(reply, 'a', "(sst)");

        for (size_t i = 0; i < r->setup->n_virtuals && e >= 0; i++) {
                const struct vrrp_virtual *v = &r->setup->virtuals[i];
                char ip[IP_ADDR_STRLEN], mac[VRRP_WORDS_MAC_MAX];

                if (!vrrp_conflict_exists(&v->conflict))
                        continue;
                e = sd_bus_message_append(reply, "(sst)",
                                ip_addr_format(&vrrp_claim_address(v->claim)->addr, ip),
                                vrrp_words_mac(v->conflict.mac, mac),
                                realtime(r->vrrpd, v->conflict.since));
        }
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

BUS_GETTER(get_trackers) {
        const struct vrrp_router *r = userdata;
        int e = sd_bus_message_open_container(reply, 'a', "(ssii)");

        for (size_t i = 0; i < r->setup->n_tracks && e >= 0; i++) {
                const struct vrrp_track_source *source = &r->setup->track_sources[i];
                const struct vrrp_track *t = &r->setup->tracks[i];

                e = sd_bus_message_append(reply, "(ssii)",
                                source->link ? source->link->name : source->tracker->name,
                                vrrp_track_verdict_to_string(t->verdict), t->weight,
                                vrrp_track_delta(t));
        }
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

BUS_GETTER(get_counter) {
        const struct vrrp_router *r = userdata;
        uint64_t value = 0;

        if (streq(property, "AdvertsSent"))
                value = r->adverts_sent;
        else if (streq(property, "AdvertsReceived"))
                value = r->adverts_received;
        else if (streq(property, "BecameMaster"))
                value = r->became_master;
        else if (streq(property, "ReleasedMaster"))
                value = r->released_master;
        else if (streq(property, "PriorityZeroSent"))
                value = r->resignations_sent;
        else if (streq(property, "PriorityZeroReceived"))
                value = r->resignations_received;
        else if (streq(property, "AddressConflicts"))
                value = r->conflicts;
        return sd_bus_message_append(reply, "t", value);
}

/* By kind; those of other VRIDs are counted where they come in. */
static uint64_t packet_errors(const struct vrrp_router *r, unsigned kind) {
        if (kind == VRRP_PACKET_FOREIGN_VRID)
                return r->port ? vrrp_receiver_strays(r->port->receiver) : 0;
        return r->packets.count[kind];
}

BUS_GETTER(get_packet_errors) {
        const struct vrrp_router *r = userdata;
        int e = sd_bus_message_open_container(reply, 'a', "{st}");

        for (unsigned k = VRRP_PACKET_OK + 1; k < _VRRP_PACKET_RESULT_MAX && e >= 0; k++)
                e = sd_bus_message_append(reply, "{st}",
                                vrrp_packet_result_to_string((enum vrrp_packet_result) k),
                                packet_errors(r, k));
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

/* Methods. The caller's right is asked for first; by then the router may have gone. */

static int feed_master(sd_bus_message *m, struct vrrpd *v, enum vrrp_input_type type,
                sd_bus_error *ret_error) {
        struct vrrp_router *r = bus_table_find_again(&table, v, m, ret_error);

        if (!r)
                return -ENOENT;
        if (r->instance.state != VRRP_STATE_MASTER)
                return sd_bus_error_setf(ret_error, BUS_ERROR_NOT_MASTER, "it is %s, not MASTER",
                                vrrp_state_to_string(r->instance.state));
        vrrpd_wake(v);
        vrrp_router_feed_plain(r, type);
        return sd_bus_reply_method_return(m, "");
}

static int resign(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return feed_master(m, userdata, VRRP_INPUT_RESIGN, ret_error);
}

static int send_announcements(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return feed_master(m, userdata, VRRP_INPUT_SEND_ANNOUNCEMENTS, ret_error);
}

static int set_priority(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        struct vrrp_router *r = bus_table_find_again(&table, userdata, m, ret_error);
        uint8_t priority;
        int e;

        if (!r)
                return -ENOENT;
        e = sd_bus_message_read(m, "y", &priority);
        if (e < 0)
                return e;
        vrrpd_wake(r->vrrpd);
        e = vrrp_operator_set_priority(r, priority);
        if (e == -EPERM)
                return sd_bus_error_setf(ret_error, BUS_ERROR_ADDRESS_OWNER,
                                "Priority 255 means that the router owns its addresses, which only the "
                                "configuration can say");
        if (e < 0)
                return sd_bus_error_setf(ret_error, SD_BUS_ERROR_IO_ERROR,
                                "The order cannot be kept: %s", strerrordesc_np(-e));
        return sd_bus_reply_method_return(m, "");
}

static int method_set_priority(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct vrrp_router *r = userdata;

        return bus_authorize(m, set_priority, r->vrrpd);
}

static int method_resign(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct vrrp_router *r = userdata;

        return bus_authorize(m, resign, r->vrrpd);
}

static int method_send_announcements(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const struct vrrp_router *r = userdata;

        return bus_authorize(m, send_announcements, r->vrrpd);
}

/* The same values as the properties, in this order, without their names. */
int instance_bus_summarise(struct vrrp_router *r, sd_bus_message *reply) {
        static const struct {
                const char *property;
                sd_bus_property_get_t get;
        } fields[] = {
                { "State", get_state },
                { "Interface", get_interface },
                { "Group", get_group },
                { "VirtualRouterId", get_byte },
                { "BasePriority", get_byte },
                { "OrderedPriority", get_byte },
                { "EffectivePriority", get_byte },
                { "Reason", get_reason },
                { "LastTransitionUsec", get_usec },
                { "MasterAddress", get_master_address },
                { "MasterPriority", get_master_priority },
                { "Addresses", get_addresses },
                { "Routes", get_extras },
                { "Rules", get_extras },
                { "Trackers", get_trackers },
                { "FaultReasons", get_fault_reasons },
                { "Conflicts", get_conflicts },
        };
        int e;

        e = sd_bus_message_open_container(reply, 'r', INSTANCE_SUMMARY_FIELDS);
        if (e >= 0)
                e = sd_bus_message_append(reply, "s", r->name);
        for (size_t i = 0; i < ARRAY_SIZE(fields) && e >= 0; i++)
                e = fields[i].get(NULL, r->path, INSTANCE_INTERFACE, fields[i].property, reply, r,
                                NULL);
        return e < 0 ? e : sd_bus_message_close_container(reply);
}

#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable instance_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", NULL, offsetof(struct vrrp_router, name),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", get_state, 0, CHANGES),
        SD_BUS_PROPERTY("Reason", "s", get_reason, 0, CHANGES),
        SD_BUS_PROPERTY("LastTransitionUsec", "t", get_usec, 0, CHANGES),
        SD_BUS_PROPERTY("FaultReasons", "as", get_fault_reasons, 0, CHANGES),
        SD_BUS_PROPERTY("Interface", "s", get_interface, 0, CHANGES),
        SD_BUS_PROPERTY("Group", "s", get_group, 0, CHANGES),
        SD_BUS_PROPERTY("VirtualRouterId", "y", get_byte, 0, CHANGES),
        SD_BUS_PROPERTY("Version", "y", get_byte, 0, CHANGES),
        SD_BUS_PROPERTY("Family", "s", get_family, 0, CHANGES),
        SD_BUS_PROPERTY("BasePriority", "y", get_byte, 0, CHANGES),
        SD_BUS_PROPERTY("OrderedPriority", "y", get_byte, 0, CHANGES),
        SD_BUS_PROPERTY("EffectivePriority", "y", get_byte, 0, CHANGES),
        SD_BUS_PROPERTY("AdvertIntervalUsec", "t", get_usec, 0, CHANGES),
        SD_BUS_PROPERTY("MasterDownIntervalUsec", "t", get_usec, 0, CHANGES),
        SD_BUS_PROPERTY("SkewUsec", "t", get_usec, 0, CHANGES),
        SD_BUS_PROPERTY("Preempt", "b", get_preempt, 0, CHANGES),
        SD_BUS_PROPERTY("MasterAddress", "s", get_master_address, 0, CHANGES),
        SD_BUS_PROPERTY("MasterPriority", "y", get_master_priority, 0, CHANGES),
        SD_BUS_PROPERTY("Addresses", "as", get_addresses, 0, CHANGES),
        SD_BUS_PROPERTY("Routes", "as", get_extras, 0, CHANGES),
        SD_BUS_PROPERTY("Rules", "as", get_extras, 0, CHANGES),
        SD_BUS_PROPERTY("Trackers", "a(ssii)", get_trackers, 0, CHANGES),
        SD_BUS_PROPERTY("Conflicts", "a(sst)", get_conflicts, 0, CHANGES),
        SD_BUS_PROPERTY("AdvertsSent", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("AdvertsReceived", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("BecameMaster", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("ReleasedMaster", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("PriorityZeroSent", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("PriorityZeroReceived", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("AddressConflicts", "t", get_counter, 0, 0),
        SD_BUS_PROPERTY("PacketErrors", "a{st}", get_packet_errors, 0, 0),
        SD_BUS_METHOD_WITH_ARGS("Resign", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_resign,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SendAnnouncements", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT,
                        method_send_announcements, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetPriority", SD_BUS_ARGS("y", priority), SD_BUS_NO_RESULT,
                        method_set_priority, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

const sd_bus_vtable *instance_bus_vtable(void) {
        return instance_vtable;
}

static void *find(const void *owner, const char *name, const char *inner_name) {
        return vrrpd_find_router(owner, name);
}

static void *next(const void *owner, const void *object) {
        const struct vrrpd *v = owner;
        const struct vrrp_router *r = object;

        return r ? r->hh.next : v->routers;
}

static const char *path_of(const void *object) {
        const struct vrrp_router *r = object;

        return r->path;
}

static const struct bus_table table = {
        .prefix = "/org/mainstay/vrrp1/instance",
        .interface = INSTANCE_INTERFACE,
        .vtable = instance_vtable,
        .find = find,
        .next = next,
        .path = path_of,
};

int instance_bus_export(struct vrrpd *v, sd_bus *bus) {
        return bus_table_export(&table, bus, v);
}

int instance_bus_path(const char *name, char **ret) {
        return bus_table_path(&table, name, NULL, ret);
}

void instance_bus_added(struct vrrp_router *r) {
        daemon_object_added(r->vrrpd->daemon, r->path);
}

void instance_bus_removed(struct vrrp_router *r) {
        daemon_object_removed(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE);
}

void instance_bus_changed(struct vrrp_router *r) {
        DAEMON_CHANGED(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE, "State", "Reason",
                        "LastTransitionUsec", "FaultReasons", "EffectivePriority",
                        "MasterDownIntervalUsec", "SkewUsec", "MasterAddress", "MasterPriority");
}

void instance_bus_grouped(struct vrrp_router *r) {
        DAEMON_CHANGED(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE, "Group");
}

void instance_bus_tracked(struct vrrp_router *r) {
        DAEMON_CHANGED(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE, "FaultReasons",
                        "EffectivePriority", "MasterDownIntervalUsec", "SkewUsec", "MasterAddress",
                        "MasterPriority", "Trackers");
}

void instance_bus_ordered(struct vrrp_router *r) {
        DAEMON_CHANGED(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE, "OrderedPriority");
}

void instance_bus_conflict(struct vrrp_router *r) {
        DAEMON_CHANGED(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE, "Conflicts");
}

void instance_bus_reconfigured(struct vrrp_router *r) {
        DAEMON_CHANGED(r->vrrpd->daemon, r->path, INSTANCE_INTERFACE, "BasePriority",
                        "OrderedPriority", "EffectivePriority", "AdvertIntervalUsec",
                        "MasterDownIntervalUsec", "SkewUsec", "Preempt", "Addresses", "Routes",
                        "Rules", "Conflicts", "Trackers", "FaultReasons");
}
