/*
 * The handlers of all commands; command_table.c says which words lead to which.
 */

#ifndef NODE_COMMAND_TABLE_H
#define NODE_COMMAND_TABLE_H

#include "command.h"

#define FL_HANDLER(name)                                                                 \
    enum fl_status fl_command_##name(struct fl_call *call, struct fl_error *out_error)

/* Entries of a room: nouns together, as in fl_command_at(). */
struct fl_command_table {
    const struct fl_command *commands;
    size_t count;
};

extern const struct fl_command_table fl_command_endpoint_table;
extern const struct fl_command_table fl_command_mapping_table;
extern const struct fl_command_table fl_command_object_table;
extern const struct fl_command_table fl_command_invoice_table;
extern const struct fl_command_table fl_command_report_table;
extern const struct fl_command_table fl_command_duplicate_table;

/* command_setup.c */
FL_HANDLER(init);
FL_HANDLER(node_list);
FL_HANDLER(node_add);
FL_HANDLER(node_revoke);
FL_HANDLER(node_suspend);
FL_HANDLER(node_resume);

/* command_configuration.c */
FL_HANDLER(configuration_load);
FL_HANDLER(configuration_learn);
FL_HANDLER(configuration_show);
/* predefined/command_predefined.c */
FL_HANDLER(configuration_predefined);
/* configuration_diff.c */
FL_HANDLER(configuration_diff);

/* command_object.c */
FL_HANDLER(object_get);
FL_HANDLER(object_list);
FL_HANDLER(object_put);
FL_HANDLER(object_delete);
FL_HANDLER(batch);

/* version/command_history.c, version/command_version.c */
FL_HANDLER(object_history);
FL_HANDLER(object_diff);
FL_HANDLER(object_restore);
FL_HANDLER(object_keep);

/* bank/invoice.c */
FL_HANDLER(invoice_list);

/* endpoint/command_endpoint.c */
FL_HANDLER(endpoint_add);
FL_HANDLER(endpoint_list);
FL_HANDLER(endpoint_show);
FL_HANDLER(endpoint_change);
FL_HANDLER(endpoint_remove);
FL_HANDLER(endpoint_poll);
FL_HANDLER(endpoint_settings);

/* enterprisedata/correspondent_command.c */
FL_HANDLER(endpoint_doubts);
FL_HANDLER(endpoint_match);
FL_HANDLER(endpoint_held);
/* enterprisedata/correspondent_try.c */
FL_HANDLER(mapping_try);

/* mapping/command_mapping.c */
FL_HANDLER(mapping_check);

/* report/command_report.c */
FL_HANDLER(report);
FL_HANDLER(report_list);

/* report/command_close_day.c */
FL_HANDLER(report_close_day);

/* duplicate/command_duplicate.c */
FL_HANDLER(duplicate_list);
FL_HANDLER(duplicate_show);
FL_HANDLER(duplicate_merge);
FL_HANDLER(duplicate_undo);

/* whole_file.c: reads the file that the call names. In the daemon it goes on in shares:
   `codec` lives as long as the call, fl_call_keep(). */
struct fl_endpoint_codec;
enum fl_status fl_whole_import(
    struct fl_call *call,
    const struct fl_endpoint_codec *codec,
    struct fl_error *out_error);
/* whole_export.c: writes it, likewise. */
enum fl_status fl_whole_export(
    struct fl_call *call,
    const struct fl_endpoint_codec *codec,
    struct fl_error *out_error);

/* command_package.c */
FL_HANDLER(import);
FL_HANDLER(export);

/* window/command_window.c, window/command_window_plan.c */
FL_HANDLER(window_add);
FL_HANDLER(window_change);
FL_HANDLER(window_remove);
FL_HANDLER(window_list);
FL_HANDLER(window_show);
FL_HANDLER(window_group);
FL_HANDLER(window_plan);
FL_HANDLER(window_import);
FL_HANDLER(window_export);

/* command_status.c */
FL_HANDLER(status);
FL_HANDLER(reload);
FL_HANDLER(version);

/* command_sync.c */
FL_HANDLER(sync_now);

/* command_compare.c */
FL_HANDLER(compare);

/* command_image.c */
FL_HANDLER(image_create);
FL_HANDLER(image_load);

/* command_collision.c */
FL_HANDLER(collision_list);
FL_HANDLER(collision_show);
/* command_collision_resolve.c */
FL_HANDLER(collision_resolve);

/* command_register.c */
FL_HANDLER(register);
FL_HANDLER(unregister);

/* command_tree.c */
FL_HANDLER(node_leave);
FL_HANDLER(node_remove);
FL_HANDLER(node_role);

/* command_plan.c */
FL_HANDLER(plan_list);
FL_HANDLER(plan_show);
FL_HANDLER(plan_create);
FL_HANDLER(plan_set);
FL_HANDLER(plan_add);
FL_HANDLER(plan_remove);
FL_HANDLER(plan_rule);

/* command_rules.c */
FL_HANDLER(filter_import);

/* command_filter.c */
FL_HANDLER(filter_set);
FL_HANDLER(filter_clear);
FL_HANDLER(filter_value);
FL_HANDLER(filter_show);
FL_HANDLER(filter_explain);

/* command_store.c */
FL_HANDLER(store_check);
FL_HANDLER(store_backup);
FL_HANDLER(store_compact);

/* command_quarantine.c */
FL_HANDLER(quarantine_list);
FL_HANDLER(quarantine_show);
FL_HANDLER(quarantine_retry);
FL_HANDLER(quarantine_drop);

/* command_explain.c */
FL_HANDLER(node_explain);
FL_HANDLER(node_release);

/* command_recovery.c */
FL_HANDLER(store_restore);
FL_HANDLER(store_adopt);

/* key/command_join.c */
FL_HANDLER(invite);
FL_HANDLER(join);
FL_HANDLER(node_waiting);
FL_HANDLER(node_approve);
FL_HANDLER(node_reject);
FL_HANDLER(node_accept);

/* key/command_key.c */
FL_HANDLER(key_show);
FL_HANDLER(key_rotate);
FL_HANDLER(key_statement);
FL_HANDLER(key_accept);
FL_HANDLER(key_forget);

/* carry/command_carry.c */
FL_HANDLER(carry_out);
FL_HANDLER(carry_in);

/* audit/command_audit.c */
FL_HANDLER(audit_list);
FL_HANDLER(audit_verify);
FL_HANDLER(audit_export);

/* http/command_http.c */
FL_HANDLER(http_token);

/* Options that stand beside their handlers. */
extern const struct fl_option fl_command_audit_list_options[];
extern const struct fl_option fl_command_window_add_options[];
extern const struct fl_option fl_command_window_change_options[];
extern const struct fl_option fl_command_window_group_options[];
extern const struct fl_option fl_command_window_plan_options[];
extern const struct fl_option fl_command_window_import_options[];
extern const struct fl_option fl_command_audit_verify_options[];
extern const struct fl_option fl_command_carry_out_options[];
extern const struct fl_option fl_command_carry_in_options[];
extern const struct fl_option fl_command_key_rotate_options[];
extern const struct fl_option fl_command_join_options[];
extern const struct fl_option fl_command_node_approve_options[];

#endif
