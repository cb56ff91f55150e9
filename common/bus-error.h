/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names of errors that Mainstay's own methods return, beside the standard ones of D-Bus
 * (org.freedesktop.DBus.Error.AccessDenied, InvalidArgs, UnknownObject, ...). */

#define BUS_ERROR_CONFIG_UNUSABLE                                                                  \
        "org.mainstay.Error.ConfigUnusable" /* the file cannot be used at all */
#define BUS_ERROR_CONFIG_WORSE                                                                     \
        "org.mainstay.Error.ConfigWorse" /* a complaint that the running one lacks */
#define BUS_ERROR_CONFIG_CHANGED                                                                   \
        "org.mainstay.Error.ConfigChanged" /* the file has not the digest asked for */
#define BUS_ERROR_NOT_PREPARED                                                                     \
        "org.mainstay.Error.NotPrepared" /* Commit without a Prepare of the caller */
#define BUS_ERROR_NOT_MASTER "org.mainstay.Error.NotMaster"
#define BUS_ERROR_ADDRESS_OWNER                                                                    \
        "org.mainstay.Error.AddressOwner" /* priority 255 is a matter of the configuration */
#define BUS_ERROR_NOT_IMPLEMENTED "org.mainstay.Error.NotImplemented"
