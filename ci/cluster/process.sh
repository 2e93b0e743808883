# Starting, waiting for and ending the cluster's own processes; each leaves a file in $STATE/run and a log in $STATE/log.
# shellcheck shell=bash

# By bash itself; by whole seconds where it is too old for that: an older macOS's date has no finer ones either.
now_ms() {
  local now=${EPOCHREALTIME:-$(date +%s).000000}
  echo $((${now/[.,]/} / 1000))
}

# lap WHAT: a line with the seconds since the last one.
lap() {
  local now; now=$(now_ms)
  printf 'cluster: %6s s  %s\n' "$(awk "BEGIN { printf \"%.1f\", ($now - $LAP) / 1000 }")" "$1"
  LAP=$now
}

# A pid alone may be somebody else's by now: it is ours if it began when ours did.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

alive() {
  local pid start
  read -r pid start 2>/dev/null <"$STATE/run/$1.pid" || return 1
  # No start was noted of one that had ended by then.
  [ -n "$start" ] && [ "$(began "$pid")" = "$start" ]
}

# start NAME COMMAND...: unless it runs already.
start() {
  local name=$1; shift
  alive "$name" && return 0
  setsid nohup "$@" >>"$STATE/log/$name.log" 2>&1 </dev/null &
  local pid=$!
  echo "$pid $(began $pid)" >"$STATE/run/$name.pid"
}

# stop NAME...: asks them all, waits up to three seconds, then insists: nothing here is kept.
stop() {
  local name pid start left
  for name in "$@"; do
    alive "$name" && read -r pid start <"$STATE/run/$name.pid" && kill "$pid" 2>/dev/null
  done
  for _ in $(seq 30); do
    left=
    for name in "$@"; do alive "$name" && left="$left $name"; done
    [ -z "$left" ] && break
    sleep .1
  done
  for name in $left; do read -r pid start <"$STATE/run/$name.pid" && kill -9 "$pid" 2>/dev/null; done
  for name in "$@"; do rm -f "$STATE/run/$name.pid"; done
}

# wait_for NAME COMMAND...: until the command succeeds. What died is told at once, so patience costs only where nothing dies: a machine just
# thawed, or with a busy disk, has taken longer to read a program than the program takes to start. When it's out, it is told what the
# command said last, how NAME stands and how short the machine is of what, and the ends of the logs of NAME and of whatever died meanwhile.
wait_for() {
  local limit=$(($(now_ms) + PATIENCE * 1000)) name=$1 said each pid=; shift
  until said=$("$@" 2>&1); do
    if [ -e "$STATE/run/$name.pid" ] && ! alive "$name"; then
      echo "cluster: $name died; its log ends:" >&2; tail -n 15 "$STATE/log/$name.log" >&2; return 1
    fi
    if [ "$(now_ms)" -gt "$limit" ]; then
      {
        printf 'cluster: %s is not there after %s s: %s\n%s\n' "$name" "$PATIENCE" "$*" "$said"
        # Neither may be there; the caller ends at the first command that fails.
        grep -s some /proc/pressure/{cpu,io,memory} || true
        for each in $(cd "$STATE/run" && ls -- *.pid); do
          each=${each%.pid}
          if ! alive "$each"; then echo "cluster: $each died; its log ends:"
          elif [ "$each" = "$name" ]; then
            read -r pid _ <"$STATE/run/$name.pid"
            grep -sE '^(State|VmRSS|RssFile)' "/proc/$pid/status" || true
            echo "cluster: its log ends:"
          else continue; fi
          tail -n 15 "$STATE/log/$each.log"
        done
      } >&2
      return 1
    fi
    sleep .2
  done
}
