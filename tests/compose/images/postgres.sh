#!/bin/sh
# Makes the database on the first start, then is the server.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  umask 077
  printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password
  initdb --username="$POSTGRES_USER" --pwfile=/tmp/password \
    --encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256 >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  # Nobody can reach it until all is made.
  pg_ctl start --wait --silent \
    --options="-c listen_addresses='' -c unix_socket_directories=/tmp"
  export PGPASSWORD="$POSTGRES_PASSWORD" PGHOST=/tmp PGUSER="$POSTGRES_USER"
  psql --quiet --dbname=postgres \
    --command="CREATE DATABASE \"$POSTGRES_DB\""
  for file in /docker-entrypoint-initdb.d/*.sql; do
    [ ! -e "$file" ] || psql --quiet --set=ON_ERROR_STOP=1 \
      --dbname="$POSTGRES_DB" --file="$file"
  done
  unset PGPASSWORD
  pg_ctl stop --mode=fast --silent
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
