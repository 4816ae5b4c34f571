/*
 * This node as the site: 1C comes to it with the protocol that it speaks with sites
 * (1c_exchange.php), and needs no change for that.
 *
 * Sessions live in memory; files lie in DIR/endpoints/NUMBER/upload until the next init.
 * One session at a time holds the upload of a peer. What `query` has shown is confirmed
 * by `success` of the same session only.
 */

#ifndef NODE_SITE_SERVER_H
#define NODE_SITE_SERVER_H

#include "http/http_request.h"

struct fl_site_server;

struct fl_site_server *fl_site_server_new(struct fl_node *node); /* NULL: no memory */
void fl_site_server_free(struct fl_site_server *server);         /* takes NULL */

/* GET, POST .../1c_exchange.php and 1c_intranet.php */
void fl_site_serve(struct fl_http_request *request);

#endif
