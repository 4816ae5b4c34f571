/*
 * The daemon of a node: filiald --node DIR.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/daemon.h"
#include "language.h"
#include "log.h"
#include "settings.h"

enum { EXIT_DONE = 0, EXIT_FAILED_RUN = 1, EXIT_USAGE = 2 };

static const char *const help = N_(
    "filiald --node DIR [--check]\n"
    "\n"
    "Runs the node in DIR (made by `filial init`): listens for branches and connects\n"
    "to the parent as DIR/node.conf says, synchronises in its window, and takes the\n"
    "commands of `filial`. Ends on SIGTERM or Ctrl-C; it may be killed at any moment.\n"
    "\n"
    "  --node DIR  the node's directory; the environment's FILIAL_NODE when absent\n"
    "  --check     print the settings in force and end\n"
    "  --version   print the version and end\n"
    "  --help      this text\n"
    "\n"
    "It logs to standard error, one event a line. Example:\n"
    "\n"
    "  filial init /var/lib/filial --code BR01 --configuration dump\n"
    "  filiald --node /var/lib/filial\n");

struct arguments {
    const char *node;
    bool check;
};

/* An exit status, or -1: go on. */
static int parse(int argc, char **argv, struct arguments *arguments)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--node") == 0 && i + 1 < argc) {
            arguments->node = argv[++i];
        } else if (strcmp(argv[i], "--check") == 0) {
            arguments->check = true;
        } else if (strcmp(argv[i], "--version") == 0) {
            (void)printf("filiald %s\n", FL_VERSION);
            return EXIT_DONE;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            (void)fputs(_(help), stdout);
            return EXIT_DONE;
        } else {
            (void)fprintf(
                stderr, _("filiald: unknown argument %s; see filiald --help\n"), argv[i]);
            return EXIT_USAGE;
        }
    }
    if (!arguments->node) {
        arguments->node = getenv("FILIAL_NODE");
    }
    if (!arguments->node) {
        (void)fputs(
            _("filiald: which node? Give --node DIR or set FILIAL_NODE\n"), stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static int complain(const struct fl_error *error, int status)
{
    (void)fprintf(stderr, "filiald: %s\n", error->text);
    return status;
}

static int check(const char *directory)
{
    struct fl_settings settings;
    struct fl_error error = {0};
    char *path = fl_node_path(directory, "node.conf");
    enum fl_status status =
        path ? fl_settings_load(path, &settings, &error) : FL_NO_MEMORY;

    fl_free(path);
    if (status != FL_OK) {
        return complain(&error, EXIT_USAGE);
    }
    fl_settings_print(&settings, stdout);
    return EXIT_DONE;
}

static int run(const char *directory)
{
    struct fl_error error = {0};
    struct fl_node *node = NULL;
    struct fl_daemon *daemon = NULL;
    enum fl_status status = fl_node_open(directory, &node, &error);
    int exit_status = EXIT_DONE;

    if (status != FL_OK) {
        return complain(&error, status == FL_MALFORMED ? EXIT_USAGE : EXIT_FAILED_RUN);
    }
    status = fl_daemon_open(node, &daemon, &error);
    if (status == FL_OK) {
        status = fl_daemon_run(daemon, &error);
    }
    if (status != FL_OK) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_DAEMON_FAILED, "error=%s",
            fl_log_value(error.text).text);
        exit_status = EXIT_FAILED_RUN;
    } else {
        fl_log(FL_LOG_INFO, FL_LOG_EVENT_DAEMON_STOPPED, "reason=signal");
    }
    fl_daemon_close(daemon);
    fl_node_close(node);
    return exit_status;
}

/* Each child has one: as many as are allowed. Nothing here uses select(). */
static void raise_descriptors(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    /* What lies in memory is keys and customers: it never goes into a core file. */
    struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    raise_descriptors();
    fl_language_init();
    int status = parse(argc, argv, &arguments);

    if (status >= 0) {
        return status;
    }
    return arguments.check ? check(arguments.node) : run(arguments.node);
}
