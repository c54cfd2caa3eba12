/*
 * THE list of configuration keys. The structs of config.h, the parser, `osamed
 * --dump` and the manual page are made from it; nothing else names a key's type
 * or limits. To add a key: add a line here (and, for a port's struct, the member
 * in the port's header); the tests compare docs/configuration.md with this list.
 *
 *   X(key, member, TYPE, when, value, least, most, choices, words)
 *
 * key      its name in the file
 * member   of the section's struct
 * TYPE     of table.h: what the value looks like, and the member's C type
 * when     REQUIRED  must be in the file; `value` is the example that --dump shows
 *          DEFAULT   may be left out; `value` is the default ("" = none)
 *          EXAMPLE   may be left out; `value` is an example, shown as a comment
 *          SHOWN     as EXAMPLE, but --dump shows it without the comment
 * least, most  of a number, in the member's own unit (bytes, ms, s, min); for
 *          words, `most` is the room of the member and is not written here
 * choices  of CHOICE, LEVEL and ROLES: "a|b|c"
 */
#ifndef ENGINE_CONFIG_KEYS_H
#define ENGINE_CONFIG_KEYS_H

#define MS_S 1000LL
#define MS_MIN (60 * MS_S)
#define MS_H (60 * MS_MIN)
#define MS_D (24 * MS_H)
#define MOST_TARIFF_SEN 1000000LL /* 10,000 yen */

#define CONFIG_ROLE_WORDS "administrator|manager|staff|operator|auditor|vendor"

/* clang-format off */

#define CONFIG_ENGINE(X) \
	X(var, var, PATH, REQUIRED, "/var/spool/osame", 0, 0, NULL, \
	  "root of the spool: the engine's own folders (a local file system)") \
	X(specs, specs, PATH, REQUIRED, "/etc/osame/specs", 0, 0, NULL, \
	  "folder of layouts, campaigns, scenarios, calendars, lexicon and texts") \
	X(schemas, schemas, PATH, REQUIRED, "/usr/local/share/osame/schemas", 0, 0, NULL, \
	  "folder of the XML Schemas that specs are checked against") \
	X(city, city, CITY, REQUIRED, "202096", 0, 0, NULL, \
	  "the city's code (全国地方公共団体コード), six digits with the check digit") \
	X(city_name, city_name, TEXT, REQUIRED, "伊那市", 0, 0, NULL, \
	  "the city's name, as it is written") \
	X(person_width, person_width, INT, DEFAULT, "0", 0, 15, NULL, \
	  "every 宛名番号 of the city has so many characters: a shorter or longer one is refused; 0: they " \
	  "vary, and one that lost its zeros in a spreadsheet is not noticed") \
	X(person_zeros, person_zeros, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "a 宛名番号 that is too short gets its zeros back, with a warning; no: its row is refused") \
	X(socket, socket, PATH, DEFAULT, "/run/osame/operators.sock", 0, 0, NULL, \
	  "the operators' Unix socket (mode 0660); who may do what: the [user] sections") \
	X(socket_group, socket_group, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "group that may connect to the socket; none: the group that the engine runs as") \
	X(log_level, log_level, LEVEL, DEFAULT, "info", 0, 0, "debug|info|warn|error", \
	  "lines of a lower level are not written") \
	X(tick, tick, MS, DEFAULT, "1 s", 10, 10 * MS_S, NULL, \
	  "the longest that the engine sleeps before it looks at its due times") \
	X(rehearsal, rehearsal, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "run on the rehearsal clock, which jumps over idle time; only if the trunk, the SMS " \
	  "gateway and every drop are on loopback") \
	X(rehearsal_start, rehearsal_start, INSTANT, EXAMPLE, "2026-12-01 08:00", 0, 0, NULL, \
	  "where the rehearsal clock starts (Asia/Tokyo); none: now") \
	X(calls_per_second, calls_per_second, INT, DEFAULT, "5", 1, MAX_CALLS_PER_SECOND, NULL, \
	  "the pacer: most calls started in a second, over all runs") \
	X(number_attempts_day, number_attempts_day, INT, DEFAULT, "3", 1, 20, NULL, \
	  "most attempts to one telephone number in a day, over all departments") \
	X(number_conversations_day, number_conversations_day, INT, DEFAULT, "1", 1, 20, NULL, \
	  "most conversations with one telephone number in a day, over all departments") \
	X(receipt_wait, receipt_wait, MS, DEFAULT, "30 min", MS_S, 72 * MS_H, NULL, \
	  "how long an SMS waits for its receipt before it ends as 61; later ones are corrections") \
	X(results_every, results_every, MS, DEFAULT, "10 min", MS_S, MS_D, NULL, \
	  "results that wait are written to a file at least this often") \
	X(results_rows, results_rows, INT, DEFAULT, "10000", 1, 1000000, NULL, \
	  "a file of results is written as soon as this many rows wait") \
	X(preliminary_wait, preliminary_wait, MS, DEFAULT, "3 d", MS_S, 60 * MS_D, NULL, \
	  "a preliminary payment (速報) that is not taken back for so long counts as final") \
	X(debit_wait, debit_wait, MS, DEFAULT, "10 d", MS_S, 60 * MS_D, NULL, \
	  "nobody is contacted for so long while the result of a direct debit is awaited, if its row " \
	  "does not say until when") \
	X(payments_kept, payments_kept, MS, DEFAULT, "14 d", 0, 366 * MS_D, NULL, \
	  "payments are kept for so long, for debts whose targets file comes later; 0 s: not at all") \
	X(full_missing, full_missing, INT, DEFAULT, "20", 0, 100, NULL, \
	  "a full targets file (全件) that lacks more than this percentage of the open debts waits for " \
	  "an operator's word before they are withdrawn") \
	X(deliver_alert, deliver_alert, MS, DEFAULT, "1 h", MS_S, 7 * MS_D, NULL, \
	  "a file that could not be delivered for so long raises an alert; it is tried on") \
	X(hush_alert, hush_alert, MS, DEFAULT, "15 min", MS_S, 7 * MS_D, NULL, \
	  "a file that may stop contact (payments, withdrawals, exclusions, key changes, holds, " \
	  "numbers) and is not read to its end after so long raises an alert; nobody new is contacted " \
	  "meanwhile") \
	X(book_every, book_every, MS, DEFAULT, "1 d", MS_S, 7 * MS_D, NULL, \
	  "holds and numbers that changed are written to a file at least this often") \
	X(hold_promise_days, hold_promise_days, INT, DEFAULT, "14", 0, 366, NULL, \
	  "a promise to pay stops contact until so many days after its date") \
	X(hold_paid_days, hold_paid_days, INT, DEFAULT, "14", 0, 366, NULL, \
	  "somebody who says that he has paid is not contacted for so many days") \
	X(hold_promise_most, hold_promise_most, INT, DEFAULT, "60", 1, 366, NULL, \
	  "a promised date may lie so many days ahead; a later one becomes a task") \
	X(poll, poll, MS, DEFAULT, "30 s", 100, MS_H, NULL, \
	  "how often each drop is looked at") \
	X(prepare_ahead, prepare_ahead, INT, DEFAULT, "64", 1, MAX_PREPARING, NULL, \
	  "targets whose prompts are made before their turn comes") \
	X(callback_ring, callback_ring, MS, DEFAULT, "4 s", 100, 15 * MS_S, NULL, \
	  "how long somebody who rings back may wait for his prompts; then the general announcement is said") \
	X(callback_for, callback_for, MS, DEFAULT, "60 d", MS_D, 366 * MS_D, NULL, \
	  "how long after the end of a run its people are known when they ring back")

#define CONFIG_STORE(X) \
	X(home, home, PATH, DEFAULT, "", 0, 0, NULL, \
	  "folder of the store, its own, mode 0700; none: store under engine.var") \
	X(cache, cache, SIZE, DEFAULT, "192 MiB", 1 << 20, 64LL << 30, NULL, \
	  "the store's cache in memory") \
	X(checkpoint, checkpoint, SIZE, DEFAULT, "64 MiB", 1 << 20, 1LL << 30, NULL, \
	  "a checkpoint is made each time this much log was written: less is a faster start")

#define CONFIG_DROP(X) \
	X(kind, kind, CHOICE, REQUIRED, "local", 0, 0, "local|sftp", \
	  "local: a folder of this machine; sftp: the core system's server") \
	X(folder, folder, PATH, SHOWN, "/srv/osame/drop", 0, 0, NULL, \
	  "local: the folder that holds in/ and out/") \
	X(host, host, HOST, EXAMPLE, "core.example.lg.jp", 0, 0, NULL, \
	  "sftp: the server's name or address") \
	X(port, port, INT, DEFAULT, "22", 1, 65535, NULL, \
	  "sftp: the server's port") \
	X(user, user, TEXT, EXAMPLE, "osame", 0, 0, NULL, \
	  "sftp: our account there") \
	X(key_file, key_file, KEY_FILE, EXAMPLE, "/etc/osame/drop.key", 0, 0, NULL, \
	  "sftp: our private key, mode 0600") \
	X(key_passphrase, key_passphrase, SECRET, EXAMPLE, "", 0, 0, NULL, \
	  "sftp: the private key's passphrase, if it has one") \
	X(host_key, host_key, HOST_KEY, EXAMPLE, "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", 0, 0, NULL, \
	  "sftp: the server's pinned key, as `ssh-keygen -l` prints it; any other is refused") \
	X(root, root, TEXT, DEFAULT, ".", 0, 0, NULL, \
	  "sftp: the remote folder that holds in/ and out/") \
	X(timeout, timeout_ms, MS, DEFAULT, "30 s", 100, 10 * MS_MIN, NULL, \
	  "sftp: no answer for this long ends the connection") \
	X(retry_first, retry_first_ms, MS, DEFAULT, "1 s", 10, MS_H, NULL, \
	  "the first wait before a new connection; it doubles each time") \
	X(retry_most, retry_most_ms, MS, DEFAULT, "5 min", 10, MS_D, NULL, \
	  "the longest wait before a new connection") \
	X(temporary, temporary, TEXT, DEFAULT, "*.tmp *.part *.filepart .*", 0, 0, NULL, \
	  "patterns, with spaces between, of names that are uploads in progress: left alone")

#define CONFIG_VOICE(X) \
	X(bind, bind, ADDRESS, DEFAULT, "127.0.0.1", 0, 0, NULL, \
	  "listener: our address for SIP") \
	X(port, port, INT, DEFAULT, "5060", 0, 65535, NULL, \
	  "listener: our port for SIP; 0: any free one") \
	X(media_bind, media_bind, ADDRESS, DEFAULT, "127.0.0.1", 0, 0, NULL, \
	  "listener: our address for RTP") \
	X(media_from, media_from, INT, DEFAULT, "20000", 0, 65534, NULL, \
	  "listener: the first RTP port, even; 0 here and in media_to: any free one") \
	X(media_to, media_to, INT, DEFAULT, "20998", 0, 65534, NULL, \
	  "listener: the last RTP port, even; a line takes two ports") \
	X(tls_port, tls_port, INT, DEFAULT, "5061", 0, 65535, NULL, \
	  "listener: our port for SIP over TLS, if a trunk uses it; 0: any free one") \
	X(tls_folder, tls_folder, PATH, DEFAULT, "", 0, 0, NULL, \
	  "TLS: a folder with cafile.pem, the certificates of those who may vouch for trunks, and, if " \
	  "a trunk wants to see ours, agent.pem, our certificate and its key, mode 0600") \
	X(lines, lines, INT, DEFAULT, "10", 1, MAX_LINES, NULL, \
	  "most calls at once, over all trunks") \
	X(key_tones, tones, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "hear keys as tones also where the trunk sends them as events (RFC 4733); where it does not, they are always heard") \
	X(detection, detect, BOOL, DEFAULT, "yes", 0, 0, NULL, \
	  "tell machines, screening devices and faxes from people") \
	X(keep_sound, keep_sound, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "keep what residents say, spoken answers and messages (<record>), where the scenario announces " \
	  "it; [retention] recordings says how long") \
	X(hangup_wait, hangup_wait_ms, MS, DEFAULT, "10 s", 100, 2 * MS_MIN, NULL, \
	  "a peer that does not answer our hang-up frees its line after this") \
	X(inbound, inbound, BOOL, DEFAULT, "yes", 0, 0, NULL, \
	  "answer calls that come in, from the trunk alone; no: they hear busy") \
	X(inbound_from, inbound_from, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "IPv4 addresses that the trunk's calls come from, with spaces between; none: the trunk's own, " \
	  "if it is written as an address") \
	X(hear_all, hear_all, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "no: what comes to the SIP port from another address than the trunks' and inbound_from's is " \
	  "dropped unheard, if every trunk is written as an address; yes: it is refused with an answer") \
	X(caller_id, caller_id, LEVEL, DEFAULT, "either", 0, 0, "either|asserted|from", \
	  "whose number is believed: P-Asserted-Identity, From, or the first of them that holds one") \
	X(called_id, called_id, LEVEL, DEFAULT, "request", 0, 0, "request|to", \
	  "where the dialled number stands: in the Request-URI or in To")

#define CONFIG_TRUNK(X) \
	X(uri, uri, SIP_URI, REQUIRED, "sip:127.0.0.1:5070", 0, 0, NULL, \
	  "its proxy: sip:HOST:PORT, with ;transport=tcp or tls if it is not UDP; sips: is TLS") \
	X(domain, domain, HOST, REQUIRED, "ina.example", 0, 0, NULL, \
	  "the domain of From, To and of the registration") \
	X(user, user, TEXT, EXAMPLE, "0265784111", 0, 0, NULL, \
	  "our account there") \
	X(password, password, SECRET, EXAMPLE, "", 0, 0, NULL, \
	  "its password") \
	X(register, do_register, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "register there; while that fails it takes no calls") \
	X(register_for, register_s, S, DEFAULT, "1 h", 30, 86400, NULL, \
	  "how long a registration lasts; it is renewed in time") \
	X(keepalive, keepalive_s, S, DEFAULT, "30 s", 0, 3600, NULL, \
	  "ask it so often whether it is there (OPTIONS); any answer but 503 will do, and without one " \
	  "it takes no calls; 0 s: never asked") \
	X(priority, priority, INT, DEFAULT, "10", 0, 1000, NULL, \
	  "calls go by the trunk with the lowest number that can take them; equal ones share") \
	X(lines, lines, INT, DEFAULT, "0", 0, MAX_LINES, NULL, \
	  "most calls at once on this trunk; 0: lines of [voice]") \
	X(calls_per_second, per_second, INT, DEFAULT, "0", 0, MAX_CALLS_PER_SECOND, NULL, \
	  "most calls started on this trunk in a second; 0: calls_per_second of [engine]") \
	X(identity, identity, LEVEL, DEFAULT, "preferred", 0, 0, "preferred|asserted|none", \
	  "the header that names the caller number beside From: P-Preferred-Identity, " \
	  "P-Asserted-Identity (a trunk that trusts us wants it), none") \
	X(srtp, srtp, LEVEL, DEFAULT, "no", 0, 0, "no|required", \
	  "required: the sound goes encrypted (SRTP), or there is no call; the trunk must be on TLS") \
	X(session_expires, session_s, S, DEFAULT, "30 min", 0, 86400, NULL, \
	  "longer calls are confirmed in time (RFC 4028, at least each 90 s), and end where nobody " \
	  "confirms them; 0 s: only if the trunk asks for it")

#define CONFIG_SMS(X) \
	X(in_flight, in_flight, INT, DEFAULT, "100", 1, MAX_SMS_IN_FLIGHT, NULL, \
	  "most submissions at once, over all gateways") \
	X(receipt_bind, receipt_bind, ADDRESS, DEFAULT, "127.0.0.1", 0, 0, NULL, \
	  "listener: our address for delivery receipts") \
	X(receipt_port, receipt_port, INT, DEFAULT, "0", 0, 65535, NULL, \
	  "listener: our port for delivery receipts; 0: any free one") \
	X(receipt_host, receipt_host, HOST, DEFAULT, "", 0, 0, NULL, \
	  "our address as the gateway sees it; none: receipt_bind")

#define CONFIG_GATEWAY(X) \
	X(kind, kind, CHOICE, DEFAULT, "kannel", 0, 0, "kannel|karaden", \
	  "whose interface: Kannel's sendsms, or Karaden's SMS API") \
	X(url, url, HTTP_URL, REQUIRED, "http://127.0.0.1:13013/cgi-bin/sendsms", 0, 0, NULL, \
	  "kannel: where messages are submitted; karaden: its API, https://prg.karaden.jp/api") \
	X(user, user, TEXT, EXAMPLE, "osame", 0, 0, NULL, \
	  "kannel: our account") \
	X(password, password, SECRET, EXAMPLE, "", 0, 0, NULL, \
	  "kannel: its password; karaden: the token") \
	X(smsc, smsc, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "kannel: the SMS centre that it shall use; none: its choice") \
	X(tenant, tenant, ID, EXAMPLE, "159bfd33-b9b7-f424-4755-c119b324591d", 0, 0, NULL, \
	  "karaden: our tenant (テナントID)") \
	X(service, service, INT, DEFAULT, "0", 0, 2147483647, NULL, \
	  "karaden: the service setting that messages are sent by (サービス設定ID)") \
	X(version, version, TEXT, DEFAULT, "2023-01-01", 0, 0, NULL, \
	  "karaden: the version of its API") \
	X(timeout, timeout_ms, MS, DEFAULT, "30 s", 100, 5 * MS_MIN, NULL, \
	  "no answer for this long leaves the message's fate unknown (90), unless it can be asked for") \
	X(rate, rate, INT, DEFAULT, "0", 0, 10000, NULL, \
	  "most messages in a second; 0: as fast as it answers") \
	X(validity, validity_min, MIN, DEFAULT, "12 h", 1, 4320, NULL, \
	  "how long the gateway may try to deliver a message") \
	X(poll, poll_ms, MS, DEFAULT, "15 s", 20, MS_H, NULL, \
	  "karaden: the result of a message is asked for after this, then ever more rarely, for 72 h") \
	X(poll_rate, poll_rate, INT, DEFAULT, "20", 1, 10000, NULL, \
	  "karaden: most such questions in a second")

#define CONFIG_MONEY(X) \
	X(call, tariff.call_sen, YEN, DEFAULT, "0", 0, MOST_TARIFF_SEN, NULL, \
	  "an answered call") \
	X(talk, tariff.talk_sen, YEN, DEFAULT, "0", 0, MOST_TARIFF_SEN, NULL, \
	  "each step of talk that is begun") \
	X(step, tariff.step_ms, MS, DEFAULT, "1 min", MS_S, MS_H, NULL, \
	  "the step of talk that is billed") \
	X(segment, tariff.segment_sen, YEN, DEFAULT, "0", 0, MOST_TARIFF_SEN, NULL, \
	  "an SMS segment") \
	X(callback, tariff.callback_sen, YEN, DEFAULT, "0", 0, MOST_TARIFF_SEN, NULL, \
	  "an answered call that came in, where we pay for it") \
	X(callback_talk, tariff.callback_talk_sen, YEN, DEFAULT, "0", 0, MOST_TARIFF_SEN, NULL, \
	  "each step of it that is begun") \
	X(month, tariff.month_sen, YEN, DEFAULT, "0", 0, MOST_SEN, NULL, \
	  "fixed, a month: lines, numbers, the gateways' basic charges") \
	X(limit, money.limit, YEN, DEFAULT, "0", 0, MOST_SEN, NULL, \
	  "most that is spent in a month, the fixed part among it; 0: no limit") \
	X(alert, money.alert, INT, DEFAULT, "80", 1, 100, NULL, \
	  "an alert is raised when so many percent of a limit are spent") \
	X(answer_rate, money.answer_rate, INT, DEFAULT, "35", 0, 100, NULL, \
	  "forecast: how many percent of calls are answered") \
	X(talk_time, money.talk_time, MS, DEFAULT, "1 min", MS_S, MS_H, NULL, \
	  "forecast: how long an answered call lasts")

#define CONFIG_RECOGNITION(X) \
	X(enabled, enabled, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "listen for spoken answers where a scenario takes them; else every field is answered by keys") \
	X(model, model, PATH, DEFAULT, "/usr/share/pocketsphinx/model/en-us/en-us", 0, 0, NULL, \
	  "folder of the acoustic model (Debian: pocketsphinx-en-us)") \
	X(workers, workers, INT, DEFAULT, "1", 1, 16, NULL, \
	  "utterances heard at once; one thread hears some ten seconds of speech in a second") \
	X(queue, queue, INT, DEFAULT, "16", 1, 256, NULL, \
	  "utterances that may wait; when it is full, fields go on by keys") \
	X(least_score, least_score, INT, DEFAULT, "55", 0, 100, NULL, \
	  "an utterance that fits its nearest word worse is none of the words")

#define CONFIG_SPEECH(X) \
	X(program, program, PATH, DEFAULT, "/usr/bin/open_jtalk", 0, 0, NULL, \
	  "the synthesiser, Open JTalk's command") \
	X(dictionary, dictionary, PATH, DEFAULT, "/var/lib/mecab/dic/open-jtalk/naist-jdic", 0, 0, NULL, \
	  "its dictionary folder") \
	X(voice, voice, PATH, DEFAULT, "/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice", \
	  0, 0, NULL, \
	  "its voice") \
	X(lexicon, lexicon, PATH, DEFAULT, "", 0, 0, NULL, \
	  "folder of readings; none: lexicon under engine.specs") \
	X(workers, workers, INT, DEFAULT, "2", 1, 16, NULL, \
	  "sentences made at once") \
	X(timeout, timeout_ms, MS, DEFAULT, "20 s", 100, MS_MIN, NULL, \
	  "a sentence that takes longer is given up") \
	X(cache, cache_bytes, SIZE, DEFAULT, "128 MiB", 1 << 20, 16LL << 30, NULL, \
	  "memory for finished sentences") \
	X(speed, speed, REAL, DEFAULT, "1.0", 50, 200, NULL, \
	  "speed of the voice")

/* What payments_check is, in the order of its choices. */
enum payments_check { PAYMENTS_BUSINESS_DAY, PAYMENTS_AGE, PAYMENTS_OFF };

#define CONFIG_EXPECT(X) \
	X(drop, drop, ID, REQUIRED, "core", 0, 0, NULL, \
	  "the drop that the files come to") \
	X(pattern, pattern, TEXT, REQUIRED, "*_202096_keshikomi_{n}.csv", 0, 0, NULL, \
	  "their names: * and ? as ever, {n} a sequence number, {set} what names of one set share, " \
	  "{part} the number of a part") \
	X(gap, gap, CHOICE, DEFAULT, "alert", 0, 0, "alert|wait", \
	  "a number is missing: the next file is taken and said (alert), or waits for it (wait)") \
	X(with, with, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "names of other [expect] sections, with spaces between: taken only when the files of the " \
	  "same {set} are there too") \
	X(parts, parts, INT, DEFAULT, "0", 0, 99, NULL, \
	  "a set is {part} 1 to so many: taken only when all are there; 0: no parts") \
	X(by, by, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "HH:MM: an alert if no file has come by then since the time before; none: no time") \
	X(days, days, CHOICE, DEFAULT, "weekdays", 0, 0, "weekdays|all", \
	  "on which days: weekdays that are no holidays, or all") \
	X(stale, stale, MS, DEFAULT, "0 s", 0, 366 * MS_D, NULL, \
	  "an older file is a left-over: it is not taken by itself; 0 s: any age is good") \
	X(contact, contact, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "whom to ring when a file is missing")

#define CONFIG_DEPARTMENT(X) \
	X(name, name, TEXT, REQUIRED, "税務課", 0, 0, NULL, \
	  "the department's name, as it is written and spoken") \
	X(phone, phone, PHONE, REQUIRED, "0265784111", 0, 0, NULL, \
	  "the number that residents may call back") \
	X(caller, caller, PHONE, REQUIRED, "0265784111", 0, 0, NULL, \
	  "the number that calls come from: the same on every retry") \
	X(sms_sender, sms_sender, PHONE, EXAMPLE, "0265784111", 0, 0, NULL, \
	  "the number that messages come from; none: caller") \
	X(gateways, gateways, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "names of [gateway] sections, with spaces between: tried in this order; none: all, as written") \
	X(payments_check, payments_check, LEVEL, DEFAULT, "business-day", 0, 0, "business-day|age|off", \
	  "nobody is contacted without a payments file that is newer than: payments_hour of the last " \
	  "business day before; payments_age; off: never looked at") \
	X(payments_hour, payments_hour, INT, DEFAULT, "18", 0, 23, NULL, \
	  "business-day: the hour at which the core system's day of payments ends") \
	X(payments_age, payments_age, MS, DEFAULT, "24 h", MS_MIN, 31 * MS_D, NULL, \
	  "age: how old the last payments file may be") \
	X(book_drop, book_drop, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "the [drop] to which holds and numbers go that the department's staff made; none: the first") \
	X(month_limit, month_limit, YEN, DEFAULT, "0", 0, MOST_SEN, NULL, \
	  "most that the department spends in a month; 0: no limit of its own") \
	X(trials_day, trials_day, INT, DEFAULT, "20", 0, 500, NULL, \
	  "most test messages of the department in a day, to [trial] numbers; 0: none") \
	X(callback, callback, LEVEL, DEFAULT, "scenario", 0, 0, "scenario|announcement", \
	  "who rings back hears his campaign's scenario, or always the general announcement") \
	X(callback_announcement, callback_announcement, ID, DEFAULT, "callback", 0, 0, NULL, \
	  "the announcements: NAME.vxml (general), NAME-closed.vxml and NAME-nothing.vxml of specs/scenarios") \
	X(callback_numbers, callback_numbers, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "numbers besides caller that are answered for the department, with spaces between") \
	X(callback_hours, callback_hours, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "H:MM-H:MM: when calls are answered with more than the hours; none: always") \
	X(callback_days, callback_days, LEVEL, DEFAULT, "all", 0, 0, "all|weekdays", \
	  "on which days: all, or weekdays that are no holidays")

#define CONFIG_TRANSFER(X) \
	X(number, number, PHONE, REQUIRED, "0265784111", 0, 0, NULL, \
	  "staff's telephone; scenarios name the section, never the number") \
	X(lines, lines, INT, DEFAULT, "2", 1, MAX_LINES, NULL, \
	  "most residents at once who are transferred there; each takes a second line of [voice]") \
	X(most, most, MS, DEFAULT, "10 min", 30 * MS_S, MS_H, NULL, \
	  "how long a transfer there lasts at most, whatever a scenario says")

#define CONFIG_TRIAL(X) \
	X(department, department, ID, REQUIRED, "zeimu", 0, 0, NULL, \
	  "whose staff may send to it: the name of a [department] section") \
	X(number, number, PHONE, REQUIRED, "09012340001", 0, 0, NULL, \
	  "the telephone of a member of the staff; messages go to mobile numbers alone") \
	X(owner, owner, TEXT, REQUIRED, "高遠花子", 0, 0, NULL, \
	  "whose telephone it is: shown where one picks a number")

#define CONFIG_USER(X) \
	X(uid, uid, INT, REQUIRED, "1000", 0, 2147483647, NULL, \
	  "the Unix user's number (`id -u`); 0 (root) may read and operate, never approve") \
	X(name, name, TEXT, REQUIRED, "伊那太郎", 0, 0, NULL, \
	  "the person's name, for records") \
	X(department, department, ID, REQUIRED, "zeimu", 0, 0, NULL, \
	  "the person's department: the name of a [department] section") \
	X(roles, roles, ROLES, REQUIRED, "manager operator", 0, 0, CONFIG_ROLE_WORDS, \
	  "what the person may do: one or several roles, with spaces between")

/* One member of `struct config` itself, in the section [sms]. */
#define CONFIG_SMS_OWN(X) \
	X(domain, sms_domain, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "the city's own web domain: texts may hold https links to it, and no others; none: no links") \
	X(receipt_key_file, receipt_key_file, KEY_FILE, DEFAULT, "", 0, 0, NULL, \
	  "key of receipt URLs: 64 hex digits, mode 0600; none: receipt.key under engine.var, made at " \
	  "the first start")

/* The engine's side of the web console; its own configuration is console.conf. */
#define CONFIG_CONSOLE(X) \
	X(socket, socket, PATH, DEFAULT, "", 0, 0, NULL, \
	  "the console's Unix socket (mode 0660), /run/osame/console.sock; none: there is no console") \
	X(socket_group, socket_group, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "group that may connect to it: the console user's; none: the group that the engine runs as") \
	X(user, user, TEXT, DEFAULT, "osame-console", 0, 0, NULL, \
	  "the Unix user that osame-console runs as, by name or number; nobody else is heard") \
	X(url, url, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "where staff find the console, https://osame.ina.example: for the links of new accounts") \
	X(session_idle, session_idle, MS, DEFAULT, "30 min", MS_MIN, 12 * MS_H, NULL, \
	  "a session ends after so long without a call") \
	X(session_most, session_most, MS, DEFAULT, "10 h", MS_MIN, 24 * MS_H, NULL, \
	  "a session ends after so long in any case") \
	X(invite_for, invite_for, MS, DEFAULT, "72 h", MS_MIN, 30 * MS_D, NULL, \
	  "how long the link of a new account is good") \
	X(unused_for, unused_for, MS, DEFAULT, "60 d", MS_D, 3660 * MS_D, NULL, \
	  "an account that nobody used for so long signs in no more until it is enabled") \
	X(seal_key_file, seal_key_file, KEY_FILE, DEFAULT, "", 0, 0, NULL, \
	  "key that seals the secrets of one-time codes in the store: 64 hex digits, mode 0600; none: " \
	  "accounts.key under engine.var, made at the first start. Keep a backup of it: if it is lost, each " \
	  "account needs a new link")

#define CONFIG_ARCHIVE(X) \
	X(key_file, key_file, KEY_FILE, DEFAULT, "", 0, 0, NULL, \
	  "the secret key that signs the days' manifests, mode 0600, made by `osame archive keygen`; none: " \
	  "days are sealed without a signature, and an alert says so") \
	X(key_password, key_password, SECRET, EXAMPLE, "", 0, 0, NULL, \
	  "its password, if it has one") \
	X(settle, settle, MS, DEFAULT, "1 h", 0, 7 * MS_D, NULL, \
	  "how long after its end (midnight, Asia/Tokyo) a day is sealed")

/* How long each class of the archive, and run_data, is kept. */
#define CONFIG_RETENTION(X) \
	X(exchange_in, exchange_in, MS, EXAMPLE, "1825 d", MS_D, 36500 * MS_D, NULL, \
	  "files that came in, here and in the spool's taken/ and refused/; none: they are kept") \
	X(exchange_out, exchange_out, MS, EXAMPLE, "1825 d", MS_D, 36500 * MS_D, NULL, \
	  "files that went out, here and in the spool's sent/; none: they are kept") \
	X(approvals, approvals, MS, EXAMPLE, "3650 d", MS_D, 36500 * MS_D, NULL, \
	  "who submitted, approved, started and stopped runs; none: they are kept") \
	X(configuration, configuration, MS, EXAMPLE, "3650 d", MS_D, 36500 * MS_D, NULL, \
	  "versions of configuration and specs; none: they are kept") \
	X(recordings, recordings, MS, DEFAULT, "30 d", MS_D, 30 * MS_D, NULL, \
	  "what residents said: never longer, and deleted each day whatever `daily` says") \
	X(run_data, run_data, MS, EXAMPLE, "730 d", 7 * MS_D, 36500 * MS_D, NULL, \
	  "people, debts, attempts and rows of runs that are over, in the store; counts stay; none: all " \
	  "is kept") \
	X(daily, daily, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "delete each day, without a command, what is over its time")

/* clang-format on */

#endif
