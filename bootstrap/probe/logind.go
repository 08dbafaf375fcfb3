package probe

// partLogind gets a stock server out of the reach of systemd-logind, which ends what
// a login leaves behind if it is told so (KillUserProcesses), and says how that
// went, in the words of protocol/health: our own server does it by itself. Without
// a session of logind's, busctl or systemd-run there is nothing to do.
const partLogind = `
gmosh_keep=;
gmosh_login() {
	busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager $1 2>/dev/null;
};
gmosh_guard() {
	if [ -z "$XDG_SESSION_ID" ]; then return; fi;
	case $(gmosh_login KillUserProcesses) in "b true") ;; *) return;; esac;
	case $(gmosh_login KillExcludeUsers) in *\"$(id -un)\"*) return;; esac;
	gmosh_linger=false; gmosh_moved=false; gmosh_exposed=true;
	case $(loginctl show-user "$gmosh_uid" -p Linger --value 2>/dev/null) in yes) gmosh_linger=true;; esac;
	if systemd-run --user --scope --quiet true >/dev/null 2>&1; then
		gmosh_moved=true; gmosh_keep="systemd-run --user --scope --quiet --slice=app.slice --";
	fi;
	case $gmosh_moved$gmosh_linger in truetrue) gmosh_exposed=false;; esac;
	gmosh_tell LOGIND "{\"kills\":true,\"exposed\":$gmosh_exposed,\"moved\":$gmosh_moved,\"manager\":$gmosh_moved,\"linger\":$gmosh_linger,\"stop_delay\":10000000000}";
};
`
