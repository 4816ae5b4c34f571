#!/bin/sh
# The layer is pure: what its archive leaves undefined is its own project's (fl_*), memory
# and text (mem*, str*), and what compilers and sanitizers put in. No clock, file, socket,
# thread, randomness or foreign library can hide behind that.
set -eu
archive=$1
command -v nm >/dev/null || { echo "SKIP: nm is not installed"; exit 77; }

strangers=$(nm --undefined-only "$archive" | awk '$1 == "U" { print $2 }' | sort -u |
    grep -Ev '^(fl_|mem|str|__mem|__str)' |
    grep -Ev '^(__asan|__ubsan|__tsan|__sanitizer|__lsan|__gcov|__llvm|__sancov)' |
    grep -Ev '^(__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__start___|__stop___)' || true)
if [ -n "$strangers" ]; then
    echo "replication uses what a pure layer must not:"
    echo "$strangers"
    exit 1
fi
