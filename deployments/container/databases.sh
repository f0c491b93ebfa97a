#!/bin/sh
# Makes a role and a database for each part; the image of Postgres runs it once, when its volume is
# empty. Staging's role cannot read production's journal.
set -eu

for role in prefect production staging gateway; do
    psql --set=ON_ERROR_STOP=1 --set=role="$role" --set=password="$(cat "/run/secrets/postgres-$role")" \
        --username=postgres --dbname=postgres <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE CONNECT ON DATABASE :"role" FROM PUBLIC;
SQL
done

# Prefect searches names with trigrams, and only a superuser may add that.
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=prefect \
    --command='CREATE EXTENSION IF NOT EXISTS pg_trgm'
