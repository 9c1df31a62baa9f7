#!/bin/bash
# Run once by the image of Postgres, when its volume is new: a role of notifyd's own, which owns one database and nothing
# else, instead of the superuser.
set -euo pipefail

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/database_password)" \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE notifyd LOGIN PASSWORD :'password';
CREATE DATABASE notify OWNER notifyd TEMPLATE template0;
REVOKE ALL ON DATABASE notify FROM PUBLIC;
SQL
