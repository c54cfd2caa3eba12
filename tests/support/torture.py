"""SIP messages that are nobody's: after the manner of RFC 4475, of our own making. Each is for our port, from a
trunk's address; `cases` says what must be answered: a set of statuses, of which NOTHING (silence) may be one."""
import random

NOTHING = 0
SDP = ("v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
       "a=rtpmap:0 PCMU/8000\r\n")


def request(name, port, ours, method="OPTIONS", transport="UDP", uri=None, body="", leave=(), add=(), length=None,
            cseq=None, **fields):
    """One well-formed request but for what the arguments say; `name` makes its Call-ID and branch."""
    headers = {"Via": f"SIP/2.0/{transport} 127.0.0.1:{ours};branch=z9hG4bK{name};rport",
               "From": f"<sip:x@127.0.0.1:{ours}>;tag=t{name}", "To": f"<sip:osame@127.0.0.1:{port}>",
               "Call-ID": f"torture-{name}", "CSeq": cseq or f"1 {method}", "Max-Forwards": "70",
               "Contact": f"<sip:x@127.0.0.1:{ours}>"}
    headers.update({key.replace("_", "-"): value for key, value in fields.items()})
    if body:
        headers.setdefault("Content-Type", "application/sdp")
    headers["Content-Length"] = str(len(body) if length is None else length)
    lines = [f"{method} {uri or f'sip:osame@127.0.0.1:{port}'} SIP/2.0"]
    lines += [f"{key}: {value}" for key, value in headers.items() if key not in leave] + list(add)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body.encode("latin-1")


def cases(port, ours, transport="UDP"):
    """{name: (bytes, statuses)}"""
    made = {}

    def case(name, statuses, method="OPTIONS", **how):
        made[name] = (request(name, port, ours, method, transport, **how), statuses)

    # ---- valid, in a way that few expect ----
    case("folded", {200}, Subject="a\r\n  b\r\n\t c")
    case("short-names", {200}, leave=("Content-Length", "Subject"), add=("l: 0", "s: short", "k: timer"))
    case("odd-spaces", {200}, CSeq="0001    OPTIONS", Max_Forwards="  0070  ")
    case("escaped", {200}, uri=f"sip:os%61me@127.0.0.1:{port}")
    case("long-values", {200}, Subject="x" * 4000)
    case("many-headers", {200}, add=[f"X-{n}: {n}" for n in range(500)])
    case("utf-8", {200}, Subject="市役所".encode().decode("latin-1"))
    case("unknown-header", {200}, add=["NewFangled: (;;,,\"\\\")"])
    # ---- methods ----
    case("method-unknown", {501}, "FROBNICATE")
    case("method-long", {501}, "M" * 3000)
    case("method-small", {501}, "options")
    for method in ("MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REGISTER"):
        case(f"method-{method}", {405}, method)
    case("refer", {405}, "REFER", add=["Refer-To: <sip:0900000000@192.0.2.1>"])
    for method in ("BYE", "CANCEL", "PRACK", "UPDATE", "INFO"):
        case(f"nowhere-{method}", {200 if method == "INFO" else 481}, method,
             To=f"<sip:osame@127.0.0.1:{port}>;tag=none")
    case("ack-nowhere", {NOTHING}, "ACK")
    case("require", {420}, "INVITE", Require="nothingSupportsThis", body=SDP)
    case("proxy-require", {200}, Proxy_Require="nothingSupportsThis")
    # ---- malformed ----
    case("no-call-id", {400, NOTHING}, leave=("Call-ID",))
    case("no-cseq", {400}, leave=("CSeq",))
    case("no-from", {400}, leave=("From",))
    case("no-to", {400}, leave=("To",))
    case("no-via", {NOTHING}, leave=("Via",))
    case("cseq-other-method", {400}, cseq="1 INVITE")
    case("cseq-huge", {400}, cseq="36893488147419103232 OPTIONS")
    case("cseq-negative", {400}, cseq="-1 OPTIONS")
    case("forwards-none", {200}, Max_Forwards="0")
    case("forwards-huge", {200}, Max_Forwards="99999999999")
    case("version", {505}, add=[])
    made["version"] = (made["version"][0].replace(b" SIP/2.0\r\n", b" SIP/7.0\r\n", 1), made["version"][1])
    case("uri-spaces", {400, NOTHING}, uri="sip:osame @127.0.0.1")
    case("uri-brackets", {400}, uri="<sip:osame@127.0.0.1>")
    case("uri-scheme", {416}, uri="nobodyknows:osame")
    case("uri-long", {200}, uri="sip:" + "a" * 5000 + "@127.0.0.1")
    case("uri-percent", {400, NOTHING}, uri="sip:%zz%@127.0.0.1")
    case("uri-nul", {200}, uri="sip:osame%00@127.0.0.1")
    case("from-quote", {400}, From="\"unfinished <sip:x@127.0.0.1>;tag=1")
    case("from-none", {400}, From=";;;tag=")
    case("to-list", {400}, To="<sip:a@b>, <sip:c@d>")
    case("contact-bad", {400}, Contact="<sip:x@[::1>;expires=abc;q=9.9")
    case("two-call-ids", {400}, add=["Call-ID: another"])
    case("nul-bytes", {400} if transport == "UDP" else {NOTHING}, Subject="a\0b\0")
    case("controls", {200}, Subject="".join(map(chr, range(1, 9))))
    case("route-bad", {200}, add=["Route: <sip:%>;;lr,,"])
    case("date-bad", {200}, Date="Fri, 99 Foo 0000 99:99:99 XYZ")
    case("warning-bad", {200}, Warning="abc")
    case("replaces", {420}, "INVITE", add=["Replaces: a;to-tag=b;from-tag=c"], Require="replaces", body=SDP)
    case("expires-bad", {400}, "INVITE", add=["Supported: timer", "Session-Expires: -5"], body=SDP)
    # ---- bodies ----
    case("no-audio", {488}, "INVITE", body=SDP.replace("m=audio", "m=video"))
    case("sdp-garbage", {488}, "INVITE", body="v=0\r\n" + "\x01\xff" * 300)
    case("sdp-huge", {488}, "INVITE", body=SDP + "a=x:" + "y" * 9000 + "\r\n")
    case("sdp-multicast", {488}, "INVITE", body=SDP.replace("c=IN IP4 127.0.0.1", "c=IN IP4 224.2.1.1/127"))
    case("sdp-name", {488}, "INVITE", body=SDP.replace("c=IN IP4 127.0.0.1", "c=IN IP4 evil.example"))
    case("body-other", {488}, "INVITE", body="<x/>", Content_Type="text/xml")
    case("body-multipart", {488}, "INVITE", body="--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP,
         Content_Type="multipart/mixed;boundary=b")
    if transport == "UDP":
        case("length-more", {200}, length=5000)
        case("length-less", {488}, "INVITE", body=SDP, length=20)
        case("length-negative", {400}, length=-1)
        case("length-huge", {400}, length=10 ** 30)
        made["answer-nobody-asked"] = (f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKx\r\n"
                                       f"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: none\r\n"
                                       "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".encode(), {NOTHING})
        made["answer-999"] = (b"SIP/2.0 999999 x\r\n\r\n", {NOTHING})
        made["half"] = (request("half", port, ours)[:90], {NOTHING})
        made["only-line"] = (b"INVITE\r\n\r\n", {NOTHING})
        made["empty-lines"] = (b"\r\n" * 400, {NOTHING})
        made["nothing"] = (b"", {NOTHING})
        made["zeros"] = (b"\0" * 1400, {NOTHING})
        made["largest"] = (b"A" * 65000, {NOTHING})
    return made


def mutations(port, ours, count, seed=4475):
    """Valid requests with a few bytes changed, cut or doubled; the same ones each time."""
    dice = random.Random(seed)
    for n in range(count):
        method = dice.choice(("OPTIONS", "INVITE", "BYE", "INFO", "CANCEL", "UPDATE", "ACK", "REFER"))
        message = bytearray(request(f"m{seed}-{n}", port, ours, method, body=SDP if method == "INVITE" else ""))
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(message))
            kind = dice.randrange(4)
            if kind == 0:
                message[at] = dice.randrange(256)
            elif kind == 1:
                del message[at:at + dice.randint(1, 40)]
            elif kind == 2:
                message[at:at] = message[at:at + dice.randint(1, 200)]
            else:
                message[at:at] = dice.choice((b"\r\n", b"\0", b";", b",", b"<", b"\"", b"%", b":" * 50, b"9" * 30))
        yield bytes(message)
