# Nodes that synchronise when they are told to, and never by themselves. Sourced:
#
#   make A "$quiet"           or echo "$quiet" >>A/node.conf
#
# A node begins its first round within five seconds of its start, however long
# sync_interval is. Where a test is about what one node has and another has not heard of
# yet, sync_window is closed: `sync now` does not keep to it.
# shellcheck shell=bash
quiet_hour=$(((10#$(date +%H) + 12) % 24))
# shellcheck disable=SC2034
printf -v quiet 'sync_window = %02d:00-%02d:01' "$quiet_hour" "$quiet_hour"
