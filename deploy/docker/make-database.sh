#!/bin/sh
# Makes Counterfoil's own account and database. It must not be a superuser: PostgreSQL lets superusers
# pass by row-level security, which keeps firms apart. Run once by the image, on an empty volume.
set -eu
url=$(cat /run/secrets/database_url)
password=${url#*://counterfoil:}
password=${password%%@*}
psql --set=ON_ERROR_STOP=1 --username postgres --set=password="$password" <<'SQL'
create role counterfoil login nosuperuser nocreatedb nocreaterole nobypassrls password :'password';
create database counterfoil owner counterfoil encoding 'UTF8' template template0;
SQL
