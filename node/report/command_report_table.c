/*
 * What `filial report ...` may be told.
 */

#include "command_table.h"
#include "language.h"

static const struct fl_option CLOSE_DAY[] = {
    {"zone", "ZONE", N_("whose day: Europe/Moscow (default: this machine's)")},
    {"at", "TIME",
     N_("from now on each day by itself: 00:30 closes the day before, 22:00 the same")},
    {"off", NULL, N_("no more by itself")},
    {"show", NULL, N_("only show how it stands")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"report", "close-day", "[DAY]", N_("say that a day is entered completely here"),
     N_("Travels up behind everything that was written before. A report of the centre "
        "then\nsays for each branch which day it has closed.\n"
        "\n"
        "  filial report close-day\n"
        "  filial report close-day 2026-01-31\n"
        "  filial report close-day --at 00:30 --zone Asia/Vladivostok"),
     0, 1, FL_COMMAND_WRITES, CLOSE_DAY, fl_command_report_close_day},
};

const struct fl_command_table fl_command_report_table = {
    TABLE, sizeof TABLE / sizeof TABLE[0]};
