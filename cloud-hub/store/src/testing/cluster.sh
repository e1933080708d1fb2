# Supervises the private PostgreSQL of the tests: cluster.sh BIN DIR USERS
# BIN holds initdb and postgres, DIR is made and removed here, USERS is the file every test process holds a shared lock on.
set -eu
bin=$1 dir=$2 users=$3

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    user=nobody
    if id postgres >/dev/null 2>&1; then user=postgres; fi
    as="setpriv --reuid $user --regid $(id -g $user) --clear-groups"
else
    as="setpriv"
fi

case $dir in */vyavs-pg-*/server) rm -rf "$dir" ;; *) echo "not our directory: $dir"; exit 1 ;; esac
mkdir "$dir"
if [ "$(id -u)" = 0 ]; then chown "$user" "$dir"; fi
cd "$dir"

$as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-instructions
# SIGINT, a fast shutdown, also when this script is killed.
$as --pdeathsig INT "$bin/postgres" -D "$dir/data" -c listen_addresses= -c unix_socket_directories="$dir" \
    -c max_connections=300 -c shared_buffers=256MB -c max_wal_size=2GB &
server=$!
trap 'kill -INT $server 2>/dev/null || true; wait $server || true; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP

until "$bin/pg_isready" -q -h "$dir"; do
    kill -0 $server
    sleep 0.05
done
touch "$dir/ready"

exec 9<"$users"
while kill -0 $server 2>/dev/null; do
    flock -x 9
    # Nobody is left; but the next test process may be about to start.
    flock -u 9
    sleep 3
    if flock -n -x 9; then
        # Kept while the server stops: who comes now waits, and starts anew.
        exit 0
    fi
done
