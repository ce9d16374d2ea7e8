"""Where a camera is: what an address may say, and hosts that cannot exist."""

from __future__ import annotations

import pytest

from cuelang.address import BadAddress, impossible, parse, parse_far, port_at, unread

COMPILED = """show "S"
camera foh "{camera}"
    http "{http}"
output web "{output}"
input desk "{inward}"
    allow "10.0.0.0/24"
switcher vision "{switcher}"
"""
FINE = {
    "camera": "visca+udp://10.0.0.21", "http": "http://10.0.0.21", "output": "http://10.0.0.5",
    "inward": "osc+udp://0.0.0.0:53000", "switcher": "sim://vision",
}  # fmt: skip


def codes(**given: str) -> list[tuple[str, str, str]]:
    from cuelang.lang.compile import Compiler
    from cuelang.library import Library
    from cuelang.source import Source

    found = Compiler(Library()).compile(Source("s.cues", COMPILED.format(**FINE | given)))
    return [(d.code, d.message, d.hint) for d in found.diagnostics if d.is_error]


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.300", "10.0.0", "10.0.0.21.4", "256.1.1.1", "10.0.0.021", "10.0.0.", "10,0,0,21", "10.0..21", "cam.123",
        "-cam", "cam_1-", "a" * 64, "cam..local", "cam 1", "10.0.0.21a.5",
    ],
)  # fmt: skip
def test_a_host_that_cannot_exist(host: str) -> None:
    assert impossible(host)
    for scheme in ("visca+udp", "visca+tcp", "sony", "cgi"):
        with pytest.raises(BadAddress):
            parse(f"{scheme}://{host}")


@pytest.mark.parametrize(
    "host", ["10.0.0.21", "127.0.0.1", "cam", "cam-1.local", "cam_1.local", "kamera-süd.local", "cam1.local.", "2nd",
             "::1", "fe80::1%eth0", "1.cam.local"],
)  # fmt: skip
def test_a_host_that_may_exist(host: str) -> None:
    assert impossible(host) == ""


@pytest.mark.parametrize(
    "given",
    [
        {"camera": "visca+udp://10.0.0.300"}, {"camera": "sony://10.0.0.300:52381"}, {"http": "http://10.0.0.300"},
        {"http": "https://10.0.0.300:8443/x"}, {"output": "http://10.0.0.300"},
        {"output": "osc+udp://10.0.0.300:8000"}, {"inward": "osc+tcp://10.0.0.300:53000"},
        {"inward": "tsl+udp://10.0.0.300"}, {"switcher": "atem://10.0.0.300"}, {"switcher": "obs://10.0.0.300:4455"},
        {"switcher": "vmix://10.0.0.300"},
    ],
)  # fmt: skip
def test_a_typo_in_an_address_is_seen_before_the_day(given: dict[str, str]) -> None:
    ((code, message, hint),) = codes(**given)
    assert code == "E303" and "300 is more than 255" in message and hint


@pytest.mark.parametrize("host", ["0.0.0.0", "255.255.255.255", "224.0.0.1", "[::]", "[ff02::1]"])
@pytest.mark.parametrize(
    ("what", "url"),
    [("camera", "visca+udp://{}"), ("camera", "sony://{}"), ("camera", "cgi://{}"), ("http", "https://{}"),
     ("output", "osc+tcp://{}:8000"), ("output", "http://{}"), ("switcher", "atem://{}"), ("switcher", "obs://{}:4455")],
)  # fmt: skip
def test_an_address_of_nobody_or_of_many_is_not_sent_to(what: str, url: str, host: str) -> None:
    ((code, message, _),) = codes(**{what: url.format(host)})
    assert code == "E303" and host.strip("[]") in message


@pytest.mark.parametrize("scheme", ["visca+udp", "visca+tcp", "sony", "cgi"])
def test_a_simulated_camera_may_listen_at_every_address(scheme: str) -> None:
    assert parse(f"{scheme}://0.0.0.0").host == "0.0.0.0"
    with pytest.raises(BadAddress, match="stands for all addresses"):
        parse_far(f"{scheme}://0.0.0.0")


@pytest.mark.parametrize("host", ["255.255.255.255", "10.0.0.255", "239.1.1.1", "[ff02::1]"])
def test_osc_may_be_sent_to_many(host: str) -> None:
    assert codes(output=f"osc+udp://{host}:8000") == []


@pytest.mark.parametrize(
    ("what", "url"),
    [("camera", "sony://{}"), ("http", "http://{}"), ("output", "osc+udp://{}:8000"), ("inward", "osc+udp://{}:53000"),
     ("switcher", "vmix://{}")],
)  # fmt: skip
def test_the_form_of_an_address_is_explained_in_the_words_of_addresses(what: str, url: str) -> None:
    ((_, message, _),) = codes(**{what: url.format("fe80::1")})
    assert "an IPv6 address needs brackets, as in [fe80::1]" in message
    ((_, message, _),) = codes(**{what: url.format("[fe80::1")})
    assert "the brackets of an IPv6 address are wrong" in message
    for port in ("99999", "12a", "-1"):
        ((_, message, _),) = codes(**{what: url.partition("{")[0] + f"10.0.0.21:{port}"})
        assert f"“{port}” is not a port; ports are 1 to 65535" in message


@pytest.mark.parametrize("scheme", ["pelco-d", "pelco-p", "visca+serial"])
@pytest.mark.parametrize("path", ["10.0.0.4", "10.0.0.4:4001", "moxa.local"])
def test_a_machine_on_the_network_is_not_a_serial_port(scheme: str, path: str) -> None:
    with pytest.raises(BadAddress, match="is not a serial port") as raised:
        parse(f"{scheme}://{path}")
    written = str(raised.value).rpartition("write ")[2].rstrip(".")
    assert parse(written).path == f"socket://{path.partition(':')[0]}:4001"
    for port in ("/dev/tty.usbserial", "/dev/ttyUSB0", "COM3"):
        assert parse(f"{scheme}://{port}").path == port


def test_a_port_of_windows_is_one_port_however_it_is_written() -> None:
    for written in ("//COM3", "///COM3", "//com3", "//?port=COM3"):
        assert parse(f"visca+serial:{written}").path == "COM3"
    found = parse("visca+serial://COM12?address=2&baud=38400")
    assert (found.path, found.camera, found.baud) == ("COM12", 2, 38400) and parse(str(found)) == found


@pytest.mark.parametrize(
    "given",
    [
        {"http": "http://admin:topsecret@10.0.0.21"}, {"http": "https://admin@10.0.0.21:8443"},
        {"output": "http://admin:topsecret@10.0.0.5"}, {"output": "osc+udp://a:topsecret@10.0.0.5:8000"},
        {"inward": "osc+tcp://admin:topsecret@0.0.0.0:53000"}, {"camera": "visca+tcp://admin:topsecret@10.0.0.21"},
        {"camera": "visca+udp://admin:topsecret@10.0.0.21:99999"},
    ],
)  # fmt: skip
def test_no_password_stands_in_any_address(given: dict[str, str]) -> None:
    ((code, message, hint),) = codes(**given)
    assert code == "E303" and "topsecret" not in message + hint
    if next(iter(given)) == "http" or given.get("output", "").startswith("http"):
        assert "`login " in hint


def test_an_http_output_has_a_login() -> None:
    from cuelang.lang.compile import Compiler
    from cuelang.library import Library
    from cuelang.source import Source

    def compiled(sheet: str) -> tuple[list[str], tuple[tuple[str, str] | None, ...]]:
        found = Compiler(Library()).compile(Source("s.cues", sheet))
        ports = found.plan.outputs if found.plan is not None else ()
        return [d.code for d in found.diagnostics if d.is_error], tuple(port.login for port in ports)

    login = '    login "admin" from "DESK_PASSWORD"\n'
    assert compiled('output web "http://10.0.0.5"\n' + login) == ([], (("admin", "DESK_PASSWORD"),))
    assert compiled('output web "osc+udp://10.0.0.5:8000"\n' + login)[0] == ["E209"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('trust "sha256:' + "ab" * 32 + '"', None), ('trust "SHA256:' + "AB:" * 31 + 'AB"', None),
        ('trust "sha256:abcd"', "E303"), ('trust "md5:' + "ab" * 16 + '"', "E303"), ("trust 5", "E301"),
    ],
)  # fmt: skip
def test_the_certificate_of_a_camera_is_trusted_by_its_fingerprint(line: str, code: str | None) -> None:
    from cuelang.lang.compile import Compiler
    from cuelang.library import Library
    from cuelang.source import Source

    sheet = f'camera foh "visca+udp://10.0.0.21"\n    http "https://10.0.0.21"\n    {line}\n'
    found = Compiler(Library()).compile(Source("s.cues", sheet))
    assert [d.code for d in found.diagnostics if d.is_error] == ([code] if code else [])
    if code is None:
        assert found.plan is not None and found.plan.cameras[0].trust == "ab" * 32


def test_several_cameras_behind_one_converter() -> None:
    two = parse("visca+udp://10.0.0.5:1259?address=2")
    assert (two.host, two.port, two.camera, two.chained) == ("10.0.0.5", 1259, 2, True)
    assert str(two) == "visca+udp://10.0.0.5:1259?address=2" and parse(str(two)) == two
    assert parse("visca+tcp://10.0.0.5?address=1").chained
    assert not parse("visca+tcp://10.0.0.5").chained


@pytest.mark.parametrize(
    "url",
    ["visca+udp://10.0.0.5?address=8", "visca+udp://10.0.0.5?address=0", "visca+udp://10.0.0.5?address=",
     "visca+udp://10.0.0.5?baud=9600", "sony://10.0.0.5?address=2", "cgi://10.0.0.5?address=2"],
)  # fmt: skip
def test_what_may_not_stand_behind_a_host(url: str) -> None:
    with pytest.raises(BadAddress):
        parse(url)


def test_what_may_stand_there_is_said() -> None:
    with pytest.raises(BadAddress, match=r"\?address=2"):
        parse("visca+udp://10.0.0.5?baud=9600")


@pytest.mark.parametrize(
    ("url", "kind", "host", "port", "name", "options", "is_open"),
    [
        ("osc+udp://0.0.0.0:53000?ahead=30", "osc", "0.0.0.0", 53000, "", {"ahead": "30"}, True),
        ("osc+tcp://[::1]:53000", "osc", "::1", 53000, "", {}, False),
        ("tsl+udp://localhost:8900", "tsl", "localhost", 8900, "", {}, False),
        ("http://desk.local:8000/api", "http", "desk.local", 8000, "", {}, True),
        ("mqtts://10.0.0.5:8883?retain=1", "mqtt", "10.0.0.5", 8883, "", {"retain": "1"}, True),
        ("sacn://7?priority=100", "dmx", "0.0.0.0", None, "7", {"priority": "100"}, True),
        ("artnet://0?host=127.0.0.1", "dmx", "127.0.0.1", None, "0", {"host": "127.0.0.1"}, False),
        ("midi: nanoKONTROL2: 1/2 ", "midi", "", None, "nanoKONTROL2: 1/2", {}, False),
        ("ltc:./tape.wav?channel=2", "ltc", "", None, "./tape.wav", {"channel": "2"}, False),
    ],
)
def test_an_input_s_url_is_read_once(
    url: str, kind: str, host: str, port: int | None, name: str, options: dict[str, str], is_open: bool
) -> None:
    at = port_at(url)
    assert (at.url, at.kind, at.host, at.port, at.name, dict(at.options)) == (url, kind, host, port, name, options)
    assert at.is_open is is_open


@pytest.mark.parametrize("url", ["osc+udp://127.0.0.1:99999", "ftp://10.0.0.5", "tsl+tcp://fe80::1:8900"])
def test_an_input_s_url_that_nobody_can_read(url: str) -> None:
    with pytest.raises(ValueError):
        port_at(url)
    assert unread(url).kind == {"osc+udp": "osc", "tsl+tcp": "tsl"}.get(url.partition(":")[0], "")
