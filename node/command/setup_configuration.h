/*
 * Giving a node its configuration: `init --configuration` and `configuration load`.
 */

#ifndef NODE_SETUP_CONFIGURATION_H
#define NODE_SETUP_CONFIGURATION_H

#include "node.h"
#include "output.h"

/* Read the dump in `directory`, take it over, and tell what it held in `output`. */
enum fl_status fl_setup_configuration_load(
    struct fl_node *node,
    struct fl_output *output,
    const char *directory,
    struct fl_error *out_error);

#endif
