#!/bin/sh
# Makes the secrets of the compose file, each once; Xero's client secret is put in by hand.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
make() { [ -e "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"; }
draw() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
make postgres_password "$(draw)"
make database_url "postgresql://counterfoil:$(draw)@database:5432/counterfoil"
make metrics_token "$(draw)"
make xero_client_secret ""
# The container's account has another number than yours and must read them; on this machine the folder keeps others out.
chmod 0444 secrets/*
chmod 0700 secrets
