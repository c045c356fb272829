#!/bin/sh
# Starts Redis with REDIS_PASSWORD, which must not stand on a command line.
set -eu
exec redis-server - <<CONF
requirepass $REDIS_PASSWORD
dir /data
appendonly yes
CONF
