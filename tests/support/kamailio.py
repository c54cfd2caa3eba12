"""The trunk: kamailio as a digest registrar and proxy, in memory, on a free loopback port.

Accounts are name -> password. A call to NUMBER goes to the contact that registered as NUMBER,
or to the address that `routes` gives for it (a sipp callee that does not register); anything
else is 404 with Q.850 cause 1. Only accounts may call and register. With `tls` (certificate, key, CA
whose clients alone may come, or None) it has a port for TLS too.

Each request and reply is one line of `kamailio.log`, to be joined with ours by Call-ID; dir=relay
is an INVITE that passed digest and goes on to a callee, once (retransmissions are absorbed):
  SIPLOG epoch=1795380165.925 dir=request method=INVITE status=0 callid=7.1@127.0.0.1 to=0265784111
"""
import re

from tests.support.peer import Peer, free_port, tcp_open

CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children={children}
tcp_children=2
tcp_connection_lifetime=3605
{tls_switch}
auto_aliases=no
dns=no
rev_dns=no
server_signature=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
{tls_listen}
mpath="{modules}"
loadmodule "jsonrpcs.so"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "sanity.so"
loadmodule "auth.so"
loadmodule "htable.so"

{tls_module}
modparam("jsonrpcs", "transport", 0)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 3600)
modparam("registrar", "min_expires", {min_expires})
modparam("rr", "append_fromtag", 0)
modparam("tm", "failure_reply_mode", 3)
modparam("tm", "fr_timer", 5000)
modparam("tm", "fr_inv_timer", 120000)
modparam("auth", "nonce_expire", {nonce_expire})
modparam("htable", "htable", "users=>size=8;")
modparam("htable", "htable", "routes=>size=8;")
modparam("xlog", "prefix", "")
modparam("xlog", "buf_size", 4096)

event_route[htable:mod-init] {{
{tables}
}}

request_route {{
	xlog("L_ERR", "SIPLOG epoch=$TV(Sn) dir=request method=$rm status=0 callid=$ci to=$rU from=$fU\\n");
	if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
	if (!sanity_check()) exit;
	if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
	if (has_totag()) {{
		if (loose_route()) {{ t_relay(); exit; }}
		if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
		sl_send_reply("404", "Not here");
		exit;
	}}
	t_check_trans();
	if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
	if (is_method("REGISTER")) {{
		if (!pv_www_authenticate("$td", "$sht(users=>$au)", "0")) {{ www_challenge("$td", "0"); exit; }}
		if ($au != $tU) {{ sl_send_reply("403", "Not yours"); exit; }}
		consume_credentials();
		if (!save("location", "0x04")) sl_reply_error();
		exit;
	}}
	if (!is_method("INVITE")) {{ sl_send_reply("405", "Method Not Allowed"); exit; }}
	if (!pv_proxy_authenticate("$fd", "$sht(users=>$au)", "0")) {{ proxy_challenge("$fd", "0"); exit; }}
	consume_credentials();
	record_route();
	t_on_reply("LOG");
	if ($sht(routes=>$rU) != $null) {{
		$du = $sht(routes=>$rU);
	}} else if (!lookup("location")) {{
		append_to_reply("Reason: Q.850;cause=1;text=\\"Unallocated number\\"\\r\\n");
		sl_send_reply("404", "Not Found");
		xlog("L_ERR", "SIPLOG epoch=$TV(Sn) dir=reply method=$rm status=404 callid=$ci to=$rU from=$fU\\n");
		exit;
	}}
	xlog("L_ERR", "SIPLOG epoch=$TV(Sn) dir=relay method=$rm status=0 callid=$ci to=$tU from=$fU\\n");
	if (!t_relay()) sl_reply_error();
}}

onreply_route[LOG] {{
	xlog("L_ERR", "SIPLOG epoch=$TV(Sn) dir=reply method=$rm status=$rs callid=$ci to=$tU from=$fU\\n");
}}
"""

MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"


def quoted(text):
    if not re.fullmatch(r"[A-Za-z0-9_.:;=@/+-]+", text):
        raise ValueError(f"not for a kamailio string: {text!r}")
    return f'"{text}"'


class Kamailio(Peer):
    name = "kamailio"

    def __init__(self, folder, accounts, routes=None, domain="ina.example", children=2,
                 min_expires=10, nonce_expire=300, tls=None):
        super().__init__(folder)
        self.accounts = dict(accounts)
        self.routes = dict(routes or {})  # number -> "sip:127.0.0.1:5070"
        self.domain = domain
        self.settings = {"children": children, "min_expires": min_expires,
                         "nonce_expire": nonce_expire}
        self.port = None
        self.tls, self.tls_port = tls, None

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    @property
    def tls_uri(self):
        return f"sip:127.0.0.1:{self.tls_port};transport=tls"

    def tls_settings(self):
        if not self.tls:
            return {"tls_switch": "enable_tls=no", "tls_listen": "", "tls_module": ""}
        certificate, key, clients = self.tls
        wanted = f'modparam("tls", "ca_list", "{clients}")\nmodparam("tls", "verify_certificate", 1)\n' \
                 'modparam("tls", "require_certificate", 1)' if clients else ""
        return {"tls_switch": "enable_tls=yes", "tls_listen": f"listen=tls:127.0.0.1:{self.tls_port}",
                "tls_module": f'loadmodule "tls.so"\nmodparam("tls", "tls_method", "TLSv1.2+")\nmodparam("tls", "certificate", "{certificate}")\n'
                              f'modparam("tls", "private_key", "{key}")\n{wanted}'}

    def run(self, port=None):
        self.port = port or free_port()
        self.tls_port = self.tls_port or (free_port() if self.tls else None)
        tables = [f"\t$sht(users=>{user}) = {quoted(password)};"
                  for user, password in self.accounts.items()]
        tables += [f"\t$sht(routes=>{number}) = {quoted(uri)};"
                   for number, uri in self.routes.items()]
        for key in list(self.accounts) + list(self.routes):
            quoted(key)
        config = self.folder / "kamailio.cfg"
        config.write_text(CONFIG.format(port=self.port, modules=MODULES,
                                        tables="\n".join(tables), **self.settings, **self.tls_settings()))
        run = self.folder / "run"
        run.mkdir(exist_ok=True)
        run.chmod(0o777)
        # -DD: no daemon, children in our session; -Y: its runtime folder; little shared memory.
        argv = ["/usr/sbin/kamailio", "-f", config, "-DD", "-E", "-Y", run, "-m", "32", "-M", "8",
                "-P", run / "kamailio.pid"]
        return self.start(argv, ready=lambda: tcp_open(self.port), drop_root=True)

    def lines(self):
        """[{'epoch': float, 'dir', 'method', 'status': int, 'callid', 'to', 'from'}]"""
        found = []
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return found
        for line in re.findall(r"SIPLOG (epoch=.*)", text):
            entry = dict(part.split("=", 1) for part in line.split(" ") if "=" in part)
            entry["epoch"] = float(entry["epoch"])
            entry["status"] = int(entry["status"])
            found.append(entry)
        return found
